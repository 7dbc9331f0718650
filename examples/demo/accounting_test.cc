#include "examples/demo/accounting.h"

#include <gtest/gtest.h>

namespace {

using demo::Accounting;
using demo::Kind;
using demo::StoredPlayer;
using demo::Witness;

// Numbers of the first server begin at this.
constexpr demo::Number kFirst = demo::kNumbersPerServer;

/// Ann is granted a relic (1), gains 5 (2) and sells the relic to Bob for 30 (3); all is stored.
class DemoAccounting : public testing::Test {
 protected:
  DemoAccounting() {
    tell("grant " + std::to_string(kFirst + 1) + " 1 0");
    tell("op " + std::to_string(kFirst + 2) + " 1 5 0");
    tell("trade " + std::to_string(kFirst + 3) + " 1 2 30 0");
    ann().coins = 135;
    ann().slips = {slip(Kind::grant, 1, 0), slip(Kind::play, 2, 5), slip(Kind::trade, 3, 30)};
    bob().coins = 70;
    bob().slips = {slip(Kind::trade, 3, -30)};
    bob().relics = {kFirst + 1};
  }
  void tell(const std::string& line) { ASSERT_TRUE(witness_.take(line)) << line; }
  static demo::StoredSlip slip(Kind kind, demo::Number number, std::int64_t change) {
    return {.slip = {.kind = kind, .number = kFirst + number}, .change = change};
  }
  StoredPlayer& ann() { return stored_["ann"]; }
  StoredPlayer& bob() { return stored_["bob"]; }
  Accounting settle() {
    return demo::settle({.witness = witness_, .keys = keys_, .start = start_, .kills = kills_},
                        stored_);
  }
  /// What was found, each with its count.
  std::string found() {
    std::string all;
    for (const demo::Finding& finding : settle().findings) {
      all += finding.what + " x" + std::to_string(finding.count) + "; ";
    }
    return all;
  }

  Witness witness_;
  std::map<std::int64_t, std::string> keys_{{1, "ann"}, {2, "bob"}};
  std::map<std::string, std::int64_t> start_{{"ann", 100}};
  std::map<std::int64_t, int> kills_;
  std::map<std::string, StoredPlayer> stored_;
};

TEST_F(DemoAccounting, HoldsWhenAllIsStored) {
  const Accounting books = settle();
  EXPECT_TRUE(books.holds()) << found();
  EXPECT_EQ(books.witnessed, 3U);
  EXPECT_EQ(books.stored, 3U);
  EXPECT_EQ(books.unwitnessed, 0U);
  EXPECT_EQ(books.trades, 1U);
  EXPECT_EQ(books.balance_moved, 5);
}

TEST_F(DemoAccounting, FindsALostOperation) {
  std::erase_if(ann().slips, [](const auto& one) { return one.slip.number == kFirst + 2; });
  ann().coins = 130;
  EXPECT_EQ(found(), "an operation that had returned is lost x1; ");
}

TEST_F(DemoAccounting, FindsABalanceThatDoesNotAddUp) {
  ann().coins = 136;
  EXPECT_EQ(found(), "a balance is not its start and its changes x1; ");
}

TEST_F(DemoAccounting, FindsAnOperationStoredTwice) {
  ann().slips.push_back(slip(Kind::play, 2, 5));
  ann().coins = 140;
  EXPECT_EQ(found(),
            "an operation is stored twice with its player x1; a trade is stored on one side only "
            "x1; ");
}

TEST_F(DemoAccounting, FindsHalfATrade) {
  bob() = {.coins = 100, .slips = {}, .relics = {}};
  EXPECT_EQ(found(),
            "an operation that had returned is lost x1; a traded item has no owner x1; a trade is "
            "stored on one side only x1; ");
}

TEST_F(DemoAccounting, FindsAnItemWithTwoOwners) {
  ann().relics = {kFirst + 1};
  EXPECT_EQ(found(), "a traded item has two owners x1; ");
}

TEST_F(DemoAccounting, FindsAnOperationThatNobodyWasToldOf) {
  ann().slips.push_back(slip(Kind::play, 4, 1));
  ann().coins += 1;
  EXPECT_EQ(found(), "more than one operation per kill is stored that nobody was told of x1; ");
}

TEST_F(DemoAccounting, AllowsOneSuchOperationForEachKill) {
  kills_[1] = 1;
  ann().slips.push_back(slip(Kind::play, 4, 1));
  ann().coins += 1;
  EXPECT_EQ(found(), "");
  EXPECT_EQ(settle().unwitnessed, 1U);
  ann().slips.push_back(slip(Kind::play, 5, 1));
  ann().coins += 1;
  EXPECT_EQ(found(), "more than one operation per kill is stored that nobody was told of x1; ");
}

TEST_F(DemoAccounting, FindsAPlayerWhoIsGone) {
  start_["eve"] = 3;
  EXPECT_EQ(found(), "a player is gone x1; ");
}

TEST_F(DemoAccounting, FindsASessionThatWasLeftBehind) {
  bob().owned = true;
  EXPECT_EQ(found(), "a session was left behind x1; ");
}

}  // namespace
