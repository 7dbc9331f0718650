// keepsake copy, from a file to a server and back, as an operator runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "backends/postgres/postgres_test_game.h"
#include "keepsake/backend/sqlite.h"
#include "keepsake/datum/json.h"
#include "keepsake/open/open.h"
#include "src/open/bare.h"
#include "tests/child.h"
#include "tests/programs.h"

namespace keepsake {
namespace {

using testing::HasSubstr;
using tests::Ended;

constexpr std::chrono::seconds kWithin{100};
constexpr UserId kPerson{7};
constexpr UserId kOther{8};
const ProfileKey kFull{"PlayerData", "Player_1"};
const ProfileKey kErased{"PlayerData", "Player_2"};
const ProfileKey kUnloaded{"Guilds", "Guild_9"};

Ended copy(const std::string& from, const std::string& to) {
  return tests::run_program(
      {tests::program("keepsake"), "copy", "--from", from, "--to", to, "--json"}, kWithin);
}

/// The one object on stdout.
Value report(const Ended& ended) {
  auto parsed = parse_json(ended.out);
  EXPECT_TRUE(parsed) << ended.out << ended.err;
  return parsed ? *parsed : Value::object();
}

class Copy : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "keepsake-copy-test-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    name_ = "copy_" + fresh_schema();
    run_sql(cluster_, "CREATE DATABASE " + name_);
    server_ = cluster_.substr(0, cluster_.rfind('/') + 1) + name_;
  }
  void TearDown() override {
    std::filesystem::remove_all(folder_);
    run_sql(cluster_, "DROP DATABASE " + name_ + " WITH (FORCE)");
  }

  [[nodiscard]] std::string file(const std::string& name) const { return folder_ + "/" + name; }

  const std::string cluster_ = cluster_url();
  std::string folder_;
  std::string name_;
  std::string server_;
};

/// Something of every kind, made as servers make it, all of whom have ended.
void fill(Backend& db) {
  TestGame game(db, "a", 1);
  const auto commit = [&](const Group& group) {
    EXPECT_TRUE(std::holds_alternative<Applied>(db.commit({group}).value().at(0)));
  };
  for (const ProfileKey& key : {kFull, kErased}) {
    game.take(key);
    Group first = game.saving(key, game.row(key), "{\"coins\":1}");
    first.members[0].sent = {{key, {.id = "handled", .body = "1"}}};
    commit(first);
  }
  Group group = game.saving(kFull, game.row(kFull), std::string("\xA1\x00\xFF", 3));
  MemberCommit& member = group.members[0];
  member.data->format = PayloadFormat::cbor;
  member.user_ids = {{kPerson, kOther}};
  member.tags = R"({"level":3})";
  member.receipts = {{.id = "r2", .at_ms = 5}, {.id = "r1", .at_ms = 6}};
  member.acknowledged = {"handled"};
  member.history = KeepHistory{
      .before = SnapshotKind::session_start, .after = SnapshotKind::session_end, .at_most = 9};
  for (const char* id : {"z", "a", "m"}) {
    member.sent.push_back({kUnloaded,
                           {.id = id,
                            .body = R"({"gift":"ü"})",
                            .sent_ms = 3,
                            .expires_ms = 4'000'000'000'000,
                            .sender = "PlayerData/Player_1",
                            .carries_value = true}});
  }
  member.sent.push_back({kFull, {.id = "own", .body = "1"}});
  for (const char* text : {"older", "newer"}) {
    group.quarantine.push_back({.incident = game.new_id(),
                                .key = kFull,
                                .code = "invalid_data",
                                .path = "/coins",
                                .message = text,
                                .schema_version = "1",
                                .payload = std::string("\x00\xFF", 2) + text,
                                .at_ms = text[0] == 'o' ? 1 : 2,
                                .server = {"a"}});
  }
  commit(group);
  Group last = game.saving(kFull, game.row(kFull), "{\"coins\":3}");
  last.members[0].user_ids = {{kPerson}};  // the other one was there once
  last.members[0].edit_number = 2;
  last.members[0].after = After::hand_over;
  last.members[0].history = KeepHistory{.after = SnapshotKind::session_end, .at_most = 9};
  commit(last);
  const Erase erase{.key = kErased,
                    .self = game.self(),
                    .fence = fence_of(game.row(kErased), db.info().value().generation),
                    .token = game.new_id(),
                    .user = UserId{9},
                    .reason = "asked for",
                    .now_ms = 1};
  EXPECT_TRUE(std::holds_alternative<Erased>(db.erase(erase).value()));
  EXPECT_TRUE(db.end_lease({.self = game.self(), .target = game.self()}).value());
}

void expect_same(Backend& a, Backend& b) {
  for (const ProfileKey& key : {kFull, kErased, kUnloaded}) {
    const Belongings one = a.belongings(key).value();
    const Belongings other = b.belongings(key).value();
    EXPECT_EQ(one.record, other.record);
    EXPECT_EQ(one.inbox, other.inbox);
    EXPECT_EQ(one.receipts, other.receipts);
    EXPECT_EQ(one.handled, other.handled);
    EXPECT_EQ(one.history, other.history);
    EXPECT_EQ(one.quarantine, other.quarantine);
  }
  for (const UserId user : {kPerson, kOther}) {
    EXPECT_EQ(a.keys_of(user).value(), b.keys_of(user).value());
    EXPECT_EQ(a.subject(user).value(), b.subject(user).value());
  }
  EXPECT_EQ(a.audit(9).value(), b.audit(9).value());
}

/// A message to who was erased goes back to its sender, before a copy and after it.
void expect_erased_is_remembered(Backend& db) {
  TestGame game(db, "b", 2);
  game.take(kFull);
  Group group = game.saving(kFull, game.row(kFull), "{}");
  group.members[0].sent = {
      {kErased,
       {.id = "late", .body = "1", .sender = "PlayerData/Player_1", .carries_value = true}}};
  EXPECT_TRUE(std::holds_alternative<Applied>(db.commit({group}).value().at(0)));
  EXPECT_TRUE(db.inbox(kErased).value().empty());
  EXPECT_EQ(db.inbox(kFull).value().size(), 2U);
}

TEST_F(Copy, CarriesEverythingThatBelongsToProfilesToAServerAndBack) {
  const std::string first = file("a.db");
  const std::string last = file("b.db");
  fill(*open(first).value());
  const Ended there = copy(first, server_);
  EXPECT_EQ(there.status, 0) << there.err;
  EXPECT_THAT(there.out, HasSubstr(R"("complete":true,"resumed":false,"written":2)"));
  EXPECT_THAT(there.out,
              HasSubstr(R"("to":{"profiles":1,"messages":4,"receipts":2,"handled":1,"snapshots":2,)"
                        R"("incidents":2,)"));
  expect_same(*open(first).value(), *open(server_).value());
  const Ended back = copy(server_, last);
  EXPECT_EQ(back.status, 0) << back.err;
  auto home = open(last).value();
  expect_same(*open(server_).value(), *home);
  expect_erased_is_remembered(*open(server_).value());
  expect_erased_is_remembered(*home);
}

TEST_F(Copy, OfADatabaseOnWhichServersRunIsRefused) {
  auto db = open(file("a.db")).value();
  TestGame game(*db, "eu-1", 1);
  const Ended ended = copy(file("a.db"), server_);
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("servers may have sessions on "));
  EXPECT_THAT(ended.err, HasSubstr("the lease of server eu-1, incarnation 1, is open; stop all "
                                   "servers; of one that died, replay the journal"));
}

TEST_F(Copy, IntoADatabaseThatHasProfilesOfItsOwnIsRefused) {
  fill(*open(file("a.db")).value());
  fill(*open(server_).value());
  const Ended ended = copy(file("a.db"), server_);
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("already_exists: "));
  EXPECT_THAT(ended.err, HasSubstr(" has profiles of its own"));
}

/// Starts a copy and kills it when the target holds some of the keys.
void kill_half_way(const std::string& from, const std::string& to, const std::string& server) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const std::string program = tests::program("keepsake");
    ::execl(program.c_str(), program.c_str(), "copy", "--from", from.c_str(), "--to", to.c_str(),
            static_cast<char*>(nullptr));
    ::_exit(127);
  }
  const auto end = std::chrono::steady_clock::now() + kWithin;
  const auto begun = [&] {
    if (to == server) {
      return run_sql(server, "SELECT to_regclass('keepsake.profiles') IS NOT NULL") == "t" &&
             run_sql(server, "SELECT count(*) FROM keepsake.profiles") != "0";
    }
    auto db = open_sqlite(to, {.read_only = true});
    return db && !(*db)->list("made", "", 1).value().records.empty();
  };
  while (!begun() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ::kill(pid, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it was done before it could be killed";
}

/// Fills `from`, kills a copy to `to` half-way, and lets it go on.
void goes_on_after_a_kill(const std::string& from, const std::string& to,
                          const std::string& server) {
  constexpr std::uint64_t kProfiles = 3000;
  const Filling filling{.store = "made",
                        .count = kProfiles,
                        .data = {.schema = {.version = "1", .ordinal = 1, .last_compatible = 1},
                                 .payload = std::string(300, ' ') + "{}"}};
  ASSERT_TRUE(open(from));
  ASSERT_TRUE(open_bare(from).value()->fill(filling));
  kill_half_way(from, to, server);
  const auto refused = open(to).value()->open_lease({.server = {"eu-1"}, .now_ms = 1});
  ASSERT_FALSE(refused) << "a server started on half a copy";
  EXPECT_THAT(refused.error().text(), HasSubstr("the database is a copy that is not complete yet"));
  const Ended ended = copy(from, to);
  EXPECT_EQ(ended.status, 0) << ended.err;
  const Value told = report(ended);
  EXPECT_TRUE(told.find("complete")->as_bool());
  EXPECT_TRUE(told.find("resumed")->as_bool());
  EXPECT_GT(told.find("written")->as_integer(), 0);
  EXPECT_LT(told.find("written")->as_integer(), static_cast<std::int64_t>(kProfiles));
  EXPECT_EQ(told.find("to")->find("profiles")->as_integer(), static_cast<std::int64_t>(kProfiles));
  EXPECT_TRUE(open(to).value()->open_lease({.server = {"eu-1"}, .now_ms = 1}));
}

TEST_F(Copy, ThatIsKilledHalfWayToAServerGoesOnAndLetsNobodyPlayBefore) {
  goes_on_after_a_kill(file("a.db"), server_, server_);
}

TEST_F(Copy, ThatIsKilledHalfWayToAFileGoesOnAndLetsNobodyPlayBefore) {
  goes_on_after_a_kill(server_, file("a.db"), server_);
}

TEST_F(Copy, ThatAnotherChangesIsToldByKeyAndMendedByTheNextRun) {
  fill(*open(file("a.db")).value());
  // Every save into the target's profiles is spoilt, as by another's hand.
  open(server_).value().reset();
  run_sql(server_,
          "CREATE FUNCTION keepsake.spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
          "NEW.payload := 'spoilt'; RETURN NEW; END $$; CREATE TRIGGER spoil BEFORE INSERT ON "
          "keepsake.profiles FOR EACH ROW EXECUTE FUNCTION keepsake.spoil()");
  const Ended spoilt = copy(file("a.db"), server_);
  EXPECT_EQ(spoilt.status, 1);
  EXPECT_THAT(spoilt.err, HasSubstr("differs: PlayerData/Player_1: data\n"));
  EXPECT_THAT(spoilt.out, HasSubstr(R"("complete":false)"));
  EXPECT_THAT(
      spoilt.out,
      HasSubstr(R"("differences":[{"store":"PlayerData","key":"Player_1","what":"data"}])"));
  run_sql(server_, "DROP TRIGGER spoil ON keepsake.profiles");
  const Ended mended = copy(file("a.db"), server_);
  EXPECT_EQ(mended.status, 0) << mended.err;
  EXPECT_THAT(mended.out, HasSubstr(R"("resumed":true,"written":1,)"));
  expect_same(*open(file("a.db")).value(), *open(server_).value());
}

TEST_F(Copy, IsNotGoneOnWithFromAnotherDatabase) {
  fill(*open(file("a.db")).value());
  fill(*open(file("c.db")).value());
  run_sql(server_, "SELECT 1");
  open(server_).value().reset();
  run_sql(server_,
          "INSERT INTO keepsake.leases VALUES (1, 'keepsake-copy', 0, 0, 1, 0, 'copy of 00', '', "
          "'', '', 0, 1, 0, 0)");
  const Ended ended = copy(file("c.db"), server_);
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.err, HasSubstr("is the started copy of another database"));
}

}  // namespace
}  // namespace keepsake
