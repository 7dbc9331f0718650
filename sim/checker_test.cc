// Each promise's function finds what breaks it.
#include "sim/checker.h"

#include <gtest/gtest.h>

#include <memory>

#include "keepsake/backend/memory.h"
#include "sim/rows.h"
#include "src/testing/seeded_random.h"
#include "src/testing/timeline.h"

namespace sim {
namespace {

using keepsake::Call;
using keepsake::CallInfo;
using keepsake::Error;
using keepsake::ErrorCode;
using keepsake::LeaseState;
using keepsake::ProfileKey;
using namespace std::chrono_literals;

class Promise : public testing::Test {
 protected:
  Promise() {
    put("p0", "2", R"({"version":"2","gold":100,"things":["e1"]})");
    servers[0].running = true;
    see_acquire("p0");
  }

  void put(const std::string& key, const std::string& version, const std::string& payload) {
    ASSERT_TRUE(database->create(new_row(kPurses, key, version, payload)));
  }
  void see_acquire(const std::string& key) {
    std::vector<keepsake::Acquire> looks(1);
    looks[0].key = {std::string(kPurses), key};
    checker.carried_out(servers, 0,
                        {.call = Call::acquire, .number = 1, .acquires = &looks, .groups = nullptr},
                        timeline.now());
  }
  /// A server's lease and a session of p0 under it.
  keepsake::Owner own(const std::string& server, bool seen = true) {
    const keepsake::Owner self{
        {server}, *database->open_lease({.server = {server}, .journal = {}, .now_ms = 1})};
    keepsake::Acquire acquire;
    acquire.key = {std::string(kPurses), "p0"};
    acquire.self = self;
    acquire.generation = database->info()->generation;
    acquire.session = keepsake::Id128::random(random);
    acquire.readable_ordinal = 3;
    const auto row = database->read({acquire.key})->front()->envelope;
    if (row.owner) {
      EXPECT_TRUE(database->end_lease({.self = *row.owner, .target = *row.owner}));
    }
    EXPECT_TRUE(database->acquire(acquire));
    if (seen) see_acquire("p0");
    return self;
  }
  /// A commit of what p0's owner has, with that payload.
  void commit(const keepsake::Owner& self, const std::string& payload) {
    const auto row = database->read({{std::string(kPurses), "p0"}})->front()->envelope;
    keepsake::MemberCommit member;
    member.key = {std::string(kPurses), "p0"};
    member.fence = {database->info()->generation, row.session, row.epoch, row.revision};
    member.data = keepsake::NewData{
        .schema = stamp, .format = keepsake::PayloadFormat::json, .payload = payload};
    const std::vector<keepsake::Group> groups{{.token = keepsake::Id128::random(random),
                                               .self = self,
                                               .now_ms = 1,
                                               .members = {member},
                                               .quarantine = {}}};
    ASSERT_TRUE(database->commit(groups));
    checker.carried_out(servers, 0,
                        {.call = Call::commit, .number = 1, .acquires = nullptr, .groups = &groups},
                        timeline.now());
  }
  [[nodiscard]] std::string broken() const {
    return checker.violation() ? checker.violation()->promise : "";
  }

  keepsake::SchemaStamp stamp{.version = "2", .ordinal = 2, .last_compatible = 2};
  keepsake::detail::Timeline timeline;
  keepsake::detail::SeededRandom random{1};
  std::shared_ptr<keepsake::MemoryDatabase> shared =
      keepsake::make_memory_database(timeline, random);
  std::unique_ptr<keepsake::Backend> database = keepsake::connect(shared);
  Scenario scenario;
  Checker checker{scenario, *database, 100};
  std::vector<Server> servers{Server{}};
};

TEST_F(Promise, HoldsWhereAllIsWell) {
  commit(own("a"), R"({"version":"2","gold":100,"things":["e1","e2"]})");
  checker.loaded(servers[0], "p0", {"e1", "e2**"});
  checker.settled({{"p0", {"e1", "e2"}}}, 100);
  EXPECT_EQ(broken(), "");
}

TEST_F(Promise, OneOwnerIsBrokenByACommitOfASessionThatDoesNotOwnTheRow) {
  own("a");
  const keepsake::Owner unseen = own("b", false);
  commit(unseen, R"({"version":"2","gold":100,"things":["e1"]})");
  EXPECT_EQ(broken(), "OneOwner");
}

TEST_F(Promise, OneOwnerIsBrokenByAnOwnerWithoutAnOpenLease) {
  const keepsake::Owner self = own("a");
  EXPECT_EQ(broken(), "");
  Checker other(scenario, *database, 100);
  ASSERT_TRUE(database->end_lease({.self = self, .target = self}));
  std::vector<keepsake::Acquire> looks(1);
  looks[0].key = {std::string(kPurses), "p0"};
  other.carried_out(servers, 0,
                    {.call = Call::acquire, .number = 1, .acquires = &looks, .groups = nullptr},
                    timeline.now());
  ASSERT_TRUE(other.violation());
  EXPECT_EQ(other.violation()->promise, "OneOwner");
}

TEST_F(Promise, NothingAcknowledgedIsLostIsBrokenByALoadWithoutIt) {
  checker.durable("p0", {"e1"});
  checker.loaded(servers[0], "p0", {});
  EXPECT_EQ(broken(), "NothingAcknowledgedIsLost");
}

TEST_F(Promise, CrashLosesNothingIsBrokenByALoadWithoutAnEditThatReturned) {
  checker.returned("p0", "e7");
  checker.loaded(servers[0], "p0", {"e1"});
  EXPECT_EQ(broken(), "CrashLosesNothing");
}

TEST_F(Promise, ExactlyOnceIsBrokenByAThingThatIsThereTwice) {
  checker.loaded(servers[0], "p0", {"e1", "e1*"});
  EXPECT_EQ(broken(), "ExactlyOnce");
}

TEST_F(Promise, ErasedIsGoneIsBrokenByWhatComesBack) {
  checker.returned("p0", "e1");
  const Marks had = checker.removing("p0");
  checker.removed("p0", had, true);
  checker.loaded(servers[0], "p0", {"e1"});
  EXPECT_EQ(broken(), "ErasedIsGone");
}

TEST_F(Promise, NoHalfTradeIsBrokenByGoldThatIsNowhere) {
  commit(own("a"), R"({"version":"2","gold":99,"things":["e1"]})");
  EXPECT_EQ(broken(), "NoHalfTrade");
}

TEST_F(Promise, NoHalfTradeIsBrokenByATradeThatOneSideHas) {
  checker.traded("t1", "p0", "p1");
  checker.settled({{"p0", {"e1", "t1"}}, {"p1", {}}}, 100);
  EXPECT_EQ(broken(), "NoHalfTrade");
}

TEST_F(Promise, ValidAtRestIsBrokenByWhatItsOwnVersionRefuses) {
  commit(own("a"), R"({"version":"2","gold":"much","things":[]})");
  EXPECT_EQ(broken(), "ValidAtRest");
}

TEST_F(Promise, OldServerDoesNoHarmIsBrokenByAnOlderVersion) {
  const keepsake::Owner self = own("a");
  stamp = {.version = "3", .ordinal = 3, .last_compatible = 2};
  commit(self, R"({"version":"3","gold":100,"things":["e1"],"title":"new"})");
  EXPECT_EQ(broken(), "");
  stamp = {.version = "2", .ordinal = 2, .last_compatible = 2};
  commit(self, R"({"version":"2","gold":100,"things":["e1"]})");
  EXPECT_EQ(broken(), "OldServerDoesNoHarm");
}

TEST_F(Promise, OldServerDoesNoHarmIsBrokenByAFieldThatIsLost) {
  const keepsake::Owner self = own("a");
  stamp = {.version = "3", .ordinal = 3, .last_compatible = 2};
  commit(self, R"({"version":"3","gold":100,"things":["e1"],"title":"new"})");
  commit(self, R"({"version":"3","gold":100,"things":["e1"],"title":""})");
  EXPECT_EQ(broken(), "OldServerDoesNoHarm");
}

TEST_F(Promise, EverythingEndsIsBrokenByAWaitThatNobodyAnswers) {
  checker.waits({.server = 0, .what = "load of p0", .deadline = timeline.now() + 5s});
  checker.look_at_waits(servers, timeline.now() + 7s);
  EXPECT_EQ(broken(), "");
  checker.look_at_waits(servers, timeline.now() + 9s);
  EXPECT_EQ(broken(), "EverythingEnds");
}

TEST_F(Promise, EverythingEndsIsBrokenByASecondAnswer) {
  const std::uint64_t wait =
      checker.waits({.server = 0, .what = "load of p0", .deadline = timeline.now() + 5s});
  checker.answered(wait);
  EXPECT_EQ(broken(), "");
  checker.answered(wait);
  EXPECT_EQ(broken(), "EverythingEnds");
}

TEST_F(Promise, OfWhatWasAcknowledgedSinceABackupIsGoneWithItsRestore) {
  const std::shared_ptr<const keepsake::MemoryBackup> backup = keepsake::back_up(*shared);
  checker.durable("p0", {"e1"});
  checker.backed_up();
  commit(own("a"), R"({"version":"2","gold":100,"things":["e1","e2"]})");
  checker.durable("p0", {"e2"});
  ASSERT_TRUE(keepsake::restore(*shared, *backup, random));
  (void)checker.restored(true);
  checker.loaded(servers[0], "p0", {"e1"});
  EXPECT_EQ(broken(), "");
  checker.loaded(servers[0], "p0", {});
  EXPECT_EQ(broken(), "NothingAcknowledgedIsLost") << "what the backup holds is kept";
}

TEST_F(Promise, OfACopyThatIsPutInPlaceByHandEveryRowIsNamedThatItChanged) {
  const std::shared_ptr<const keepsake::MemoryBackup> backup = keepsake::back_up(*shared);
  put("p1", "2", R"({"version":"2","gold":0,"things":[]})");
  see_acquire("p1");
  checker.backed_up();
  commit(own("a"), R"({"version":"2","gold":100,"things":["e1"]})");
  keepsake::put_back(*shared, *backup);
  const auto rows = checker.restored(false);
  EXPECT_TRUE(rows.at("p0"));
  EXPECT_EQ(broken(), "");
}

TEST_F(Promise, NoHalfTradeIsBrokenByARestoreOfAHalf) {
  put("p1", "2", R"({"version":"2","gold":7,"things":[]})");
  const std::shared_ptr<const keepsake::MemoryBackup> backup = keepsake::back_up(*shared);
  see_acquire("p1");
  checker.backed_up();
  ASSERT_TRUE(keepsake::restore(*shared, *backup, random));
  (void)checker.restored(true);
  EXPECT_EQ(broken(), "NoHalfTrade");
}

TEST_F(Promise, OneOwnerIsBrokenByAStealThatLeavesTheOwner) {
  own("a");
  checker.stolen({std::string(kPurses), "p0"});
  EXPECT_EQ(broken(), "OneOwner");
}

TEST_F(Promise, HoldsWhereAnOperatorStealsAProfile) {
  own("a");
  ASSERT_TRUE(steal_row(*database, {std::string(kPurses), "p0"}, random));
  checker.stolen({std::string(kPurses), "p0"});
  EXPECT_EQ(broken(), "");
}

TEST_F(Promise, HoldsWhereAServerGivesUpALeaseThatACopyPutInPlaceByHandHasOpen) {
  servers[0].incarnation = own("a").incarnation;
  checker.backed_up();
  const std::shared_ptr<const keepsake::MemoryBackup> backup = keepsake::back_up(*shared);
  keepsake::put_back(*shared, *backup);
  (void)checker.restored(false);
  checker.session_ended(servers[0], "p0", keepsake::EndReason::lost, timeline.now());
  EXPECT_EQ(broken(), "");
}

TEST_F(Promise, LiveOwnerKeepsItsPlayersIsBrokenByALossUnderAnOpenLease) {
  servers[0].incarnation = own("a").incarnation;
  checker.session_ended(servers[0], "p0", keepsake::EndReason::handed_over, timeline.now());
  EXPECT_EQ(broken(), "");
  checker.session_ended(servers[0], "p0", keepsake::EndReason::lost, timeline.now());
  EXPECT_EQ(broken(), "LiveOwnerKeepsItsPlayers");
}

TEST_F(Promise, LiveOwnerKeepsItsPlayersIsBrokenByAClosedLeaseOfAServerThatIsWell) {
  const keepsake::Owner victim = own("a");
  const keepsake::Owner closer{
      {"b"}, *database->open_lease({.server = {"b"}, .journal = {}, .now_ms = 1})};
  servers[0].incarnation = victim.incarnation;
  servers[0].well_since = timeline.now();
  ASSERT_TRUE(database->close_lease({.self = closer, .target = victim, .renewal = 0}));
  checker.carried_out(servers, 0, {.call = Call::close_lease, .number = 1}, timeline.now() + 20s);
  EXPECT_EQ(broken(), "LiveOwnerKeepsItsPlayers");
}

TEST_F(Promise, EveryFailureSaysWhyIsBrokenByAnErrorOfTheLibrarysOwn) {
  const ProfileKey key{std::string(kPurses), "p0"};
  checker.failed("load", key, Error(ErrorCode::timed_out, "too late").key("p0"));
  EXPECT_EQ(broken(), "");
  checker.failed("load", key, Error(ErrorCode::invalid_argument, "a bug").key("p0"));
  EXPECT_EQ(broken(), "EveryFailureSaysWhy");
}

TEST_F(Promise, EveryFailureSaysWhyIsBrokenByAnErrorWithoutACause) {
  checker.failed("load", {std::string(kPurses), "p0"}, Error(ErrorCode::timed_out));
  EXPECT_EQ(broken(), "EveryFailureSaysWhy");
}

}  // namespace
}  // namespace sim
