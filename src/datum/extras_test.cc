#include "keepsake/datum/extras.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "keepsake/datum/struct.h"

namespace keepsake {
namespace {

struct Card {
  std::string id;
  std::int64_t level = 0;
};
struct Corner {
  std::int64_t x = 0;
};
struct Deck {
  std::vector<Card> cards;
  std::optional<Corner> corner;
  std::map<std::string, Corner> corners;
  std::int64_t size = 0;
};

Bound<Deck> load(std::string_view cards) {
  const std::string text = R"({"cards":)" + std::string(cards) + R"(,"corners":{},"size":0})";
  Result<Bound<Deck>> bound = decode_json<Deck>(text);
  EXPECT_TRUE(bound.has_value()) << bound.error().text();
  return *std::move(bound);
}

/// The cards as they are saved.
std::string saved(const Bound<Deck>& bound) {
  return write_json(*parse_json(encode_json(bound.value, bound.extras))->find("cards"));
}

constexpr const char* kThree =
    R"([{"id":"a","level":1,"u":"A"},{"id":"b","level":2},{"id":"c","level":3,"u":"C"}])";

TEST(Extras, AreEmptyWhereTheStructKnowsEverything) {
  EXPECT_TRUE(load(R"([{"id":"a","level":1}])").extras.empty());
}

TEST(Extras, GoBackToWhereTheyWere) {
  const char* text =
      R"({"cards":[{"id":"a","level":1,"u":1}],"corner":{"x":1,"v":{"deep":[null]}},)"
      R"("corners":{"k":{"x":2},"l":{"x":3,"w":true}},"size":4,"later":"yes"})";
  const Result<Bound<Deck>> bound = decode_json<Deck>(text);
  ASSERT_TRUE(bound.has_value());
  EXPECT_FALSE(bound->extras.empty());
  EXPECT_EQ(encode_json(bound->value, bound->extras), text);
  EXPECT_EQ(write_json(unbind(bound->value, bound->extras)), text);
}

TEST(Extras, GoWithTheOptionalOrTheEntryThatHeldThem) {
  Bound<Deck> bound = *decode_json<Deck>(
      R"({"cards":[],"corner":{"x":1,"v":1},"corners":{"l":{"x":3,"w":1}},"size":4})");
  bound.value.corner.reset();
  bound.value.corners.erase("l");
  bound.value.corners["m"].x = 3;
  EXPECT_EQ(encode_json(bound.value, bound.extras),
            R"({"cards":[],"corners":{"m":{"x":3}},"size":4})");
}

TEST(Extras, StayWithTheirElementWhenAnotherIsErased) {
  Bound<Deck> bound = load(kThree);
  bound.value.cards.erase(bound.value.cards.begin());
  EXPECT_EQ(saved(bound), R"([{"id":"b","level":2},{"id":"c","level":3,"u":"C"}])");
}

TEST(Extras, StayWithTheirElementWhenOneIsInserted) {
  Bound<Deck> bound = load(kThree);
  bound.value.cards.insert(bound.value.cards.begin(), Card{"new", 9});
  EXPECT_EQ(saved(bound), R"([{"id":"new","level":9},{"id":"a","level":1,"u":"A"},)"
                          R"({"id":"b","level":2},{"id":"c","level":3,"u":"C"}])");
}

TEST(Extras, StayWithTheirElementWhenTheOrderChanges) {
  Bound<Deck> bound = load(kThree);
  std::reverse(bound.value.cards.begin(), bound.value.cards.end());
  EXPECT_EQ(saved(bound), R"([{"id":"c","level":3,"u":"C"},{"id":"b","level":2},)"
                          R"({"id":"a","level":1,"u":"A"}])");
}

TEST(Extras, StayWithAnElementThatIsChangedInPlace) {
  Bound<Deck> bound = load(kThree);
  bound.value.cards[2].level = 30;
  EXPECT_EQ(saved(bound), R"([{"id":"a","level":1,"u":"A"},{"id":"b","level":2},)"
                          R"({"id":"c","level":30,"u":"C"}])");
}

TEST(Extras, FollowAnElementThatIsChangedWhileOthersMove) {
  Bound<Deck> bound = load(kThree);
  std::reverse(bound.value.cards.begin(), bound.value.cards.end());
  bound.value.cards[2].level = 10;
  EXPECT_EQ(saved(bound), R"([{"id":"c","level":3,"u":"C"},{"id":"b","level":2},)"
                          R"({"id":"a","level":10,"u":"A"}])");
}

TEST(Extras, AreRememberedFromEditToEditByRebase) {
  Bound<Deck> bound = load(kThree);
  bound.value.cards[2].level = 30;
  bound.extras = rebase(bound.extras, bound.value);
  bound.value.cards.erase(bound.value.cards.begin(), bound.value.cards.begin() + 2);
  bound.extras = rebase(bound.extras, bound.value);
  bound.value.cards.push_back({"d", 4});
  EXPECT_EQ(saved(bound), R"([{"id":"c","level":30,"u":"C"},{"id":"d","level":4}])");
  bound.value.cards.clear();
  EXPECT_TRUE(rebase(bound.extras, bound.value).empty());
}

TEST(Extras, AreSharedByCopies) {
  const Bound<Deck> bound = load(kThree);
  const Bound<Deck> copy = bound;
  EXPECT_EQ(copy.extras.node(), bound.extras.node());
}

}  // namespace
}  // namespace keepsake
