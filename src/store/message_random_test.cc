// Servers that crash, freeze and are cut off while their players send each other gold, lent for a
// while and for good: no piece of it is ever lost or doubled.
#include <gtest/gtest.h>

#include "src/store/message_test_game.h"

namespace keepsake::test {
namespace {

constexpr int kSteps = 60;
const std::vector<std::string> kKeys{"p0", "p1", "p2", "p3"};
constexpr std::int64_t kAllGold = 400;

class MailRun {
 public:
  explicit MailRun(std::uint64_t seed)
      : world_({.seed = seed, .tick = 50ms}), random_(world_.random()) {}

  void play() {
    for (const std::string& key : kKeys)
      put(world_, key, R"({"version":"2","gold":100,"things":[]})");
    world_.on_call([this](const World::Server&, const CallInfo& call) { return fault_of(call); });
    for (const char* id : {"a", "b"}) {
      Seat& seat = seats_.emplace_back();
      seat.server = &world_.server(id);
      sit(seat);
    }
    for (int step = 0; step < kSteps && !::testing::Test::HasFailure(); ++step) {
      Seat& seat = seats_[draw(seats_.size())];
      if (!seat.server->running() || draw(10) == 0) {
        disturb(seat);
      } else if (!seat.server->frozen()) {
        for (int i = 0; i < 3; ++i) act(*seat.game);
      }
      world_.advance(draw_ms(draw(8) == 0 ? 9000 : 400));
      expect_all_gold();
    }
    settle();
  }

 private:
  struct Seat {
    World::Server* server = nullptr;
    MailGame* game = nullptr;
  };

  std::uint64_t draw(std::uint64_t below) { return random_.next() % below; }
  Duration draw_ms(std::uint64_t below) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(draw(below)));
  }
  Injection fault_of(const CallInfo& call) {
    if (fault_percent_ == 0 || draw(100) >= fault_percent_) return {};
    switch (draw(3)) {
      case 0: return {.fault = Fault::unavailable};
      case 1: return {.fault = Fault::reply_lost};
      default: break;
    }
    const bool late = call.groups != nullptr && draw(2) == 0;
    return {.fault = Fault::request_lost, .lands_after = late ? 1ms + draw_ms(4000) : Duration{0}};
  }
  void sit(Seat& seat) {
    const auto sometimes = [this](Profile<Purse>, Purse&, const Message&) {
      return draw(4) == 0 ? Handling::later : Handling::pass;
    };
    seat.game =
        &seat.server->make<MailGame>(std::vector<MailGame::Handler>{sometimes, &MailGame::take});
  }
  void disturb(Seat& seat) {
    World::Server& server = *seat.server;
    const MonotonicTime now = world_.clock().now();
    switch (server.running() ? draw(6) : 0) {
      case 0:
      case 1: server.restart(); return sit(seat);
      case 2:
        server.freeze();
        world_.at(now + draw_ms(15'000), [&server] { server.thaw(); });
        break;
      case 3:
        server.set_reachable(false);
        world_.at(now + draw_ms(12'000), [&server] { server.set_reachable(true); });
        break;
      case 4: fault_percent_ = draw(2) == 0 ? 0 : draw(40); break;
      default: world_.lose_notifications(draw(2) == 0);
    }
  }
  void act(MailGame& game) {
    const std::string& key = kKeys[draw(kKeys.size())];
    Profile<Purse> from = game.purses.find(key);
    if (!from) {
      if (draw(3) == 0) game.purses.load(key, [](const Result<Profile<Purse>>&) {});
      return;
    }
    switch (draw(8)) {
      case 0: return from.end();
      case 1: return from.commit();
      case 2: return trade(game, from);
      default: break;
    }
    const bool again = !ids_.empty() && draw(6) == 0;
    if (!again) ids_.push_back("m" + std::to_string(ids_.size()));
    const std::int64_t gold = 1 + static_cast<std::int64_t>(draw(40));
    const WallTime until = world_.clock().wall() + 2s + draw_ms(60'000);
    from.send(purse(kKeys[draw(kKeys.size())]),
              outgoing(ids_[again ? draw(ids_.size()) : ids_.size() - 1], Gift{gold},
                       draw(2) == 0 ? until : WallTime{}),
              take_gold(gold));
  }
  void trade(MailGame& game, Profile<Purse> from) {
    Profile<Purse> to = game.purses.find(kKeys[draw(kKeys.size())]);
    if (!to || to == from) return;
    (void)game.store.transact(tie(from, to), [](Purse& a, Purse& b) -> Result<void> {
      if (a.gold < 1) return keepsake::refuse("too_poor");
      --a.gold;
      ++b.gold;
      return {};
    });
  }
  /// In rows and inboxes together: a debit and its message are one commit, as are a credit and its
  /// acknowledgement, and what comes back.
  void expect_all_gold() {
    std::int64_t gold = 0;
    for (const std::string& key : kKeys)
      gold += stored_gold(world_, key) + gold_in_inbox(world_, key);
    EXPECT_EQ(gold, kAllGold);
  }
  void settle() {
    fault_percent_ = 0;
    world_.lose_notifications(false);
    world_.advance(20s);
    for (Seat& seat : seats_) {
      seat.server->crash();
      seat.server->restart();
      seat.game = &seat.server->make<MailGame>();
    }
    std::vector<Profile<Purse>> all;
    for (const std::string& key : kKeys) all.push_back(load(world_, seats_[0].game->purses, key));
    world_.advance(90s);
    std::int64_t gold = 0;
    for (Profile<Purse>& one : all) {
      ASSERT_TRUE(one);
      EXPECT_TRUE(commit(world_, one));
      EXPECT_TRUE(inbox_of(world_, one.key().key).empty()) << one.key().key;
      gold += one->gold;
    }
    EXPECT_EQ(gold, kAllGold);
    expect_all_gold();
  }

  World world_;
  Random& random_;
  std::vector<Seat> seats_;
  std::vector<std::string> ids_;
  std::uint64_t fault_percent_ = 0;
};

class RandomMail : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomMail, KeepsAllGold) {
  constexpr std::uint64_t kSeedsEach = 25;
  for (std::uint64_t i = 0; i < kSeedsEach; ++i) {
    const std::uint64_t seed = 1 + GetParam() * kSeedsEach + i;
    SCOPED_TRACE("seed " + std::to_string(seed));
    MailRun(seed).play();
    if (::testing::Test::HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomMail, testing::Range<std::uint64_t>(0, 4));

}  // namespace
}  // namespace keepsake::test
