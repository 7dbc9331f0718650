#include "keepsake/player/detail/roster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "src/player/roster_test_store.h"

namespace keepsake::detail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr UserId kAda{1};
constexpr UserId kBob{2};

class Roster : public testing::Test {
 protected:
  void join(UserId user) { store.roster.join(user, key(user)); }
  void leave(UserId user) { store.roster.leave(user); }
  static std::string key(UserId user) { return "Player_" + user.text(); }
  void make_ready(UserId user) {
    join(user);
    store.finish(key(user));
    store.pump();
    store.told.clear();
  }
  FakeSessions store;
};

TEST_F(Roster, TellsThatAPlayerIsReadyOnce) {
  join(kAda);
  EXPECT_FALSE(store.roster.find(kAda));
  store.finish(key(kAda));
  EXPECT_FALSE(store.roster.find(kAda));
  store.pump();
  EXPECT_THAT(store.told, ElementsAre("1 ready"));
  EXPECT_TRUE(store.roster.find(kAda));
  EXPECT_EQ(store.roster.size(), 1U);
}

TEST_F(Roster, AnswersTwoJoinsUnderWayOnce) {
  join(kAda);
  join(kAda);
  store.finish(key(kAda));
  store.pump();
  EXPECT_THAT(store.told, ElementsAre("1 ready"));
}

TEST_F(Roster, AnswersAJoinOfAReadyPlayerAgain) {
  make_ready(kAda);
  join(kAda);
  EXPECT_THAT(store.told, IsEmpty());
  EXPECT_TRUE(store.roster.find(kAda));
  store.pump();
  EXPECT_THAT(store.told, ElementsAre("1 ready"));
}

TEST_F(Roster, RefusesWithTheStoresReason) {
  join(kAda);
  store.fail(key(kAda), ErrorCode::timed_out);
  store.pump();
  EXPECT_THAT(store.told, ElementsAre("1 refused timed_out"));
  EXPECT_EQ(store.roster.known(), 0U);
}

TEST_F(Roster, SaysNothingToAPlayerWhoLeftWhileLoading) {
  join(kAda);
  leave(kAda);
  store.pump();
  EXPECT_THAT(store.told, IsEmpty());
  EXPECT_EQ(store.roster.known(), 0U);
  EXPECT_FALSE(store.owns_any());
}

TEST_F(Roster, EndsTheSessionThatCameForAPlayerWhoHadLeft) {
  join(kAda);
  store.finish(key(kAda));  // answered, but not yet delivered
  leave(kAda);
  store.pump();
  EXPECT_TRUE(store.owns_any());
  store.finish(key(kAda));
  store.pump();
  EXPECT_THAT(store.told, IsEmpty());
  EXPECT_FALSE(store.owns_any());
  EXPECT_EQ(store.roster.known(), 0U);
}

TEST_F(Roster, LetsInAPlayerWhoLeftAndCameBackBeforeTheAnswer) {
  join(kAda);
  store.finish(key(kAda));
  leave(kAda);
  join(kAda);
  store.pump();
  EXPECT_THAT(store.told, ElementsAre("1 ready"));
}

TEST_F(Roster, LoadsAgainForAPlayerWhoCameBackAfterTheCancel) {
  join(kAda);
  leave(kAda);
  join(kAda);
  store.pump();  // the answer "cancelled" of the first load
  EXPECT_THAT(store.told, IsEmpty());
  store.finish(key(kAda));
  store.pump();
  EXPECT_THAT(store.told, ElementsAre("1 ready"));
}

TEST_F(Roster, EndsTheSessionOfAPlayerWhoLeaves) {
  make_ready(kAda);
  leave(kAda);
  EXPECT_FALSE(store.roster.find(kAda));
  EXPECT_EQ(store.roster.size(), 0U);
  leave(kAda);
  store.finish(key(kAda));
  store.pump();
  EXPECT_THAT(store.told, ElementsAre("1 ended released"));
  EXPECT_EQ(store.roster.known(), 0U);
}

TEST_F(Roster, LoadsAfterTheEndThatIsUnderWay) {
  make_ready(kAda);
  leave(kAda);
  join(kAda);
  EXPECT_FALSE(store.roster.find(kAda));
  store.finish(key(kAda));
  store.pump();
  store.finish(key(kAda));
  store.pump();
  EXPECT_THAT(store.told, ElementsAre("1 ended released", "1 ready"));
}

TEST_F(Roster, TellsWhenAnotherServerTookThePlayer) {
  make_ready(kAda);
  store.hand_over(key(kAda));
  EXPECT_FALSE(store.roster.find(kAda));
  store.finish(key(kAda));
  store.pump();
  EXPECT_THAT(store.told, ElementsAre("1 ended handed_over"));
  EXPECT_EQ(store.roster.known(), 0U);
}

TEST_F(Roster, RefusesAPlayerWhoseSessionEndedBeforeTheAnswer) {
  join(kAda);
  store.finish(key(kAda));
  store.lose(key(kAda));
  store.pump();
  EXPECT_THAT(store.told, ElementsAre("1 refused superseded"));
  EXPECT_EQ(store.roster.known(), 0U);
}

TEST_F(Roster, SaysWhyTheSessionEndedWhenThatIsKnownBeforeTheAnswer) {
  join(kAda);
  store.finish(key(kAda));
  store.lose(key(kAda));
  std::swap(store.events[0], store.events[1]);
  store.pump();
  EXPECT_THAT(store.told, ElementsAre("1 refused session_lost"));
  EXPECT_EQ(store.roster.known(), 0U);
}

TEST_F(Roster, KeepsAPlayerWhoseSecondJoinIsRefused) {
  make_ready(kAda);
  store.keys[key(kAda)].state = FakeSessions::State::acquiring;  // the next load waits
  join(kAda);
  store.keys[key(kAda)].state = FakeSessions::State::active;
  const std::uint64_t serial = store.keys[key(kAda)].waiting.front().second;
  store.keys[key(kAda)].waiting.clear();
  store.roster.answered(kAda, serial, Error(ErrorCode::shutting_down));
  EXPECT_THAT(store.told, ElementsAre("1 refused shutting_down"));
  EXPECT_TRUE(store.roster.find(kAda));
}

TEST_F(Roster, NamesTheUserOfAKeyOnceTheGameKnowsTheSession) {
  join(kAda);
  EXPECT_EQ(store.roster.user_of(key(kAda)), kAda);
  EXPECT_FALSE(store.roster.player_of(key(kAda)));
  store.finish(key(kAda));
  store.pump();
  EXPECT_EQ(store.roster.player_of(key(kAda)), kAda);
  EXPECT_FALSE(store.roster.user_of("Player_99"));
}

TEST_F(Roster, VisitsReadyPlayersWhileTheyAreSentAway) {
  make_ready(kAda);
  make_ready(kBob);
  int visited = 0;
  store.roster.for_each([&](UserId user, const SlotRef&) {
    ++visited;
    leave(user);
  });
  EXPECT_EQ(visited, 2);
  EXPECT_EQ(store.roster.size(), 0U);
}

TEST_F(Roster, MayBeCalledFromWithinWhatItTells) {
  store.on_told = [&](UserId user, const std::string& what) {
    if (what == "ready") leave(user);
    if (what == "ended released" && store.told.size() < 6) join(user);
  };
  join(kAda);
  for (int step = 0; step < 20; ++step) {
    store.finish(key(kAda));
    store.pump();
  }
  EXPECT_THAT(store.told, ElementsAre("1 ready", "1 ended released", "1 ready", "1 ended released",
                                      "1 ready", "1 ended released"));
  EXPECT_EQ(store.roster.known(), 0U);
  EXPECT_FALSE(store.owns_any());
}

TEST_F(Roster, HoldsAKeyGivenToTwoUsersForABug) {
  join(kAda);
  EXPECT_DEATH(store.roster.join(kBob, key(kAda)),
               "PlayerHooks::key_of gives each user a key of its own");
}

/// What a game may count on, whatever the order of things.
struct Expectation {
  bool inside = false;    // the last word was join
  bool awaiting = false;  // a join that has no answer yet
  bool playing = false;   // ready, and not ended since
};

TEST(RosterAtRandom, LeavesNoSessionBehindAndAnswersEachJoinOnce) {
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    FakeSessions store;
    std::map<std::int64_t, Expectation> players;
    store.on_told = [&](UserId user, const std::string& what) {
      Expectation& player = players[user.number];
      if (what == "ready") {
        EXPECT_TRUE(player.awaiting) << "an answer that nobody waits for";
        EXPECT_TRUE(store.roster.find(user));
        player.awaiting = false;
        player.playing = true;
      } else if (what.starts_with("refused")) {
        EXPECT_TRUE(player.awaiting) << "a refusal that nobody waits for";
        player.awaiting = false;
        player.inside = player.playing;
      } else {
        EXPECT_TRUE(player.playing) << "the end of a session that nobody knew";
        player.playing = false;
        player.inside = player.awaiting;
      }
    };
    const auto key = [](std::int64_t user) { return "k" + std::to_string(user); };
    for (int step = 0; step < 300; ++step) {
      const std::int64_t user = 1 + static_cast<std::int64_t>(random() % 3);
      switch (random() % 10) {
        case 0:
        case 1:
          store.roster.join(UserId{user}, key(user));
          players[user].inside = players[user].awaiting = true;
          break;
        case 2:
        case 3:
          store.roster.leave(UserId{user});
          players[user].inside = players[user].awaiting = false;
          break;
        case 4:
        case 5: store.finish(key(user)); break;
        case 6: store.fail(key(user), ErrorCode::timed_out); break;
        case 7: random() % 2 == 0 ? store.hand_over(key(user)) : store.lose(key(user)); break;
        default: store.pump_one(); break;
      }
      if (testing::Test::HasFailure()) return;
    }
    for (int round = 0; round < 10; ++round) {
      store.pump();
      for (std::int64_t user = 1; user <= 3; ++user) {
        const bool under_way = store.keys[key(user)].state != FakeSessions::State::active;
        if (under_way) store.finish(key(user));
      }
    }
    for (std::int64_t user = 1; user <= 3; ++user) {
      const Expectation& player = players[user];
      EXPECT_FALSE(player.awaiting) << "user " << user;
      EXPECT_EQ(player.inside, player.playing) << "user " << user;
      EXPECT_EQ(store.roster.find(UserId{user}).has_value(), player.playing) << "user " << user;
      const bool active = store.keys[key(user)].state == FakeSessions::State::active;
      EXPECT_EQ(active, player.playing) << "user " << user;
    }
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace keepsake::detail
