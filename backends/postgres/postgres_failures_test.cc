// What goes wrong between a server and PostgreSQL: the real server, and a proxy before it.
#include <fstream>
#include <iterator>

#include "backends/postgres/postgres_test_game.h"
#include "backends/postgres/postgres_test_proxy.h"

namespace keepsake {
namespace {

/// As it stands in the protocol, with its end: READ COMMITTED is another.
const std::string kCommit("COMMIT\0", 7);
/// 80877102, which stands in no other message.
const std::string kCancelRequest("\x04\xd2\x16\x2e");

class PostgresFailures : public testing::Test {
 protected:
  PostgresFailures() { options_.schema = fresh_schema(); }

  const std::string url_ = cluster_url();
  PostgresTestProxy proxy_{url_};
  PostgresOptions options_;
};

/// Once through the one statement for many saves, once through the way of every other commit.
void loses_nothing_with_a_lost_answer(PostgresTestProxy& proxy, const PostgresOptions& options,
                                      After after) {
  PostgresTestGame game(proxy.url(), options, "a");
  const std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  const Group group = game.saving(*record, "1", after);
  proxy.swallow(Swallow::answer, kCommit);
  EXPECT_EQ(game.commit(group), "in_doubt");
  EXPECT_TRUE(proxy.swallowed());
  EXPECT_EQ(game.commit(group), "resent");
  EXPECT_EQ(game.payload("Player_1"), "1");
}

TEST_F(PostgresFailures, ASaveWhoseAnswerIsLostIsInDoubtAndFoundWhenItIsSentAgain) {
  loses_nothing_with_a_lost_answer(proxy_, options_, After::keep);
}

TEST_F(PostgresFailures, ALastSaveWhoseAnswerIsLostIsInDoubtAndFoundWhenItIsSentAgain) {
  loses_nothing_with_a_lost_answer(proxy_, options_, After::hand_over);
}

TEST_F(PostgresFailures, ASaveThatNeverArrivedIsInDoubtAndStoredWhenItIsSentAgain) {
  PostgresTestGame game(proxy_.url(), options_, "a");
  const std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  const Group group = game.saving(*record, "1");
  proxy_.swallow(Swallow::request, kCommit);
  EXPECT_EQ(game.commit(group), "in_doubt");
  EXPECT_EQ(game.payload("Player_1"), "");
  EXPECT_EQ(game.commit(group), "applied");
  EXPECT_EQ(game.payload("Player_1"), "1");
}

TEST_F(PostgresFailures, AnAcquireWhoseAnswerIsLostGivesTheSameSessionWhenItIsSentAgain) {
  PostgresTestGame game(proxy_.url(), options_, "a");
  const Acquire acquire = game.acquiring("Player_1");
  proxy_.swallow(Swallow::answer, kCommit);
  EXPECT_EQ(game.db().acquire(acquire).error().code(), ErrorCode::in_doubt);
  auto again = game.db().acquire(acquire);
  ASSERT_TRUE(again);
  const Envelope& row = std::get<Acquired>(*again).record.envelope;
  EXPECT_EQ(row.epoch, 1U);
  EXPECT_EQ(row.session, acquire.session);
}

TEST_F(PostgresFailures, WhileItCantBeReachedNothingIsChangedAndAfterwardsAllGoesOn) {
  options_.connect_timeout_ms = 200;
  PostgresTestGame game(proxy_.url(), options_, "a");
  const std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  proxy_.cut();
  EXPECT_EQ(game.payload("Player_1"), "unavailable");
  EXPECT_EQ(game.db().renew({.self = game.self(), .renewal = 1}).error().code(),
            ErrorCode::unavailable);
  EXPECT_EQ(game.commit(game.saving(*record, "1")), "unavailable");
  proxy_.let();
  EXPECT_EQ(game.payload("Player_1"), "");
  EXPECT_EQ(game.commit(game.saving(*record, "2")), "applied");
  EXPECT_TRUE(game.db().renew({.self = game.self(), .renewal = 1}));
}

TEST_F(PostgresFailures, ConnectionsThatTheServerEndsAreMadeAnew) {
  const std::string named = url_ + "?application_name=" + options_.schema;
  PostgresTestGame game(named, options_, "a");
  const std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  const std::string end_all =
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '" +
      options_.schema + "'";
  EXPECT_NE(run_sql(url_, end_all), "0");
  EXPECT_EQ(game.payload("Player_1"), "") << "a read is tried anew by itself";
  EXPECT_NE(run_sql(url_, end_all), "0");
  EXPECT_TRUE(game.db().renew({.self = game.self(), .renewal = 1})) << "so is what isn't sent yet";
  EXPECT_NE(run_sql(url_, end_all), "0");
  const Group group = game.saving(*record, "1");
  const std::string first = game.commit(group);
  EXPECT_TRUE(first == "in_doubt" || first == "applied") << first;
  const std::string second = game.commit(group);
  EXPECT_TRUE(second == "resent" || second == "applied") << second;
  EXPECT_EQ(game.payload("Player_1"), "1");
}

/// Somebody's transaction that holds what `statement` locks, for as long as it lives.
class Shell {
 public:
  Shell(const std::string& url, const std::string& statement)
      : connection_(PQconnectdb(url.c_str()), PQfinish) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> done(
        PQexec(connection_.get(), ("BEGIN; " + statement).c_str()), PQclear);
    EXPECT_NE(PQresultStatus(done.get()), PGRES_FATAL_ERROR) << PQerrorMessage(connection_.get());
  }

 private:
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

/// What becomes of saves of three players, all in one batch.
std::string commit_three(PostgresTestGame& game, const std::vector<Record>& records) {
  std::vector<Group> groups;
  for (const Record& record : records) groups.push_back(game.saving(record, "1"));
  // One that goes the ordinary way, too.
  groups.back().members[0].receipts = {{.id = "receipt", .at_ms = 1}};
  auto answers = game.db().commit(groups);
  if (!answers) return answers.error().text();
  std::string outcomes;
  for (const GroupAnswer& answer : *answers) outcomes += PostgresTestGame::outcome_of(answer) + " ";
  return outcomes;
}

TEST_F(PostgresFailures, ARowThatAnotherHoldsLockedHoldsUpItsOwnSaveAlone) {
  const std::pair<const char*, const char*> cases[] = {{"Player_1", "held_up applied applied "},
                                                       {"Player_3", "applied applied held_up "}};
  for (const auto& [locked, expected] : cases) {
    options_.schema = fresh_schema();
    PostgresTestGame game(url_, options_, "a");
    std::vector<Record> records;
    for (const char* key : {"Player_1", "Player_2", "Player_3"}) {
      records.push_back(game.take(key).value());
    }
    const Shell shell(url_, "SELECT key FROM " + options_.schema + ".profiles WHERE key = '" +
                                locked + "' FOR UPDATE");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(commit_three(game, records), expected);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1'500))
        << "less than other statements wait for a lock";
  }
}

TEST_F(PostgresFailures, WhatIsHeldUpSaysWhyAndIsStoredOnceTheRowIsFree) {
  PostgresTestGame game(url_, options_, "a");
  const std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  const Group group = game.saving(*record, "1");
  {
    const Shell shell(url_, "SELECT key FROM " + options_.schema + ".profiles FOR UPDATE");
    const auto answers = game.db().commit({group}).value();
    EXPECT_EQ(std::get<GroupHeldUp>(answers[0]).error.text(),
              "unavailable: PlayerData/Player_1: the database " + game.db().info().value().place +
                  ": a row stayed locked by another; end the transaction that holds it (pg_locks, "
                  "pg_stat_activity)");
  }
  EXPECT_EQ(game.commit(group), "applied");
}

TEST_F(PostgresFailures, ATableThatIsLockedIsNotWaitedForOnceForEachRow) {
  PostgresTestGame game(url_, options_, "a");
  std::vector<Group> groups;
  for (int i = 0; i < 40; ++i) {
    const std::optional<Record> record = game.take("Player_" + std::to_string(i));
    ASSERT_TRUE(record);
    groups.push_back(game.saving(*record, "1"));
  }
  const Shell shell(url_, "LOCK TABLE " + options_.schema + ".profiles IN EXCLUSIVE MODE");
  const auto start = std::chrono::steady_clock::now();
  const auto answers = game.db().commit(groups).value();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  for (const GroupAnswer& answer : answers) {
    EXPECT_EQ(PostgresTestGame::outcome_of(answer), "held_up");
  }
}

/// Makes every write of the row of Player_1 take longer: when it is written, or when that is
/// committed.
void make_slow(const std::string& url, const std::string& schema, const std::string& trigger,
               const std::string& seconds) {
  run_sql(url, "CREATE FUNCTION " + schema +
                   ".slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.key = 'Player_1' "
                   "THEN PERFORM pg_sleep(" +
                   seconds + "); END IF; RETURN NEW; END $$");
  run_sql(url, "CREATE " + trigger + " FOR EACH ROW EXECUTE FUNCTION " + schema + ".slow()");
}

void make_slow_to_commit(const std::string& url, const std::string& schema,
                         const std::string& seconds) {
  make_slow(url, schema,
            "CONSTRAINT TRIGGER slow AFTER UPDATE ON " + schema +
                ".profiles DEFERRABLE INITIALLY DEFERRED",
            seconds);
}

TEST_F(PostgresFailures, AStatementThatTakesTooLongIsEndedAndHoldsUpNoOther) {
  options_.statement_timeout_ms = 200;
  PostgresTestGame game(url_, options_, "a");
  const std::optional<Record> one = game.take("Player_1");
  const std::optional<Record> other = game.take("Player_2");
  ASSERT_TRUE(one && other);
  make_slow(url_, options_.schema, "TRIGGER slow BEFORE UPDATE ON " + options_.schema + ".profiles",
            "30");
  EXPECT_EQ(game.commit(game.saving(*one, "1")), "unavailable");
  EXPECT_EQ(game.payload("Player_1"), "") << "nothing was changed";
  EXPECT_EQ(game.commit(game.saving(*other, "1")), "applied");
  run_sql(url_, "DROP FUNCTION " + options_.schema + ".slow CASCADE");
  EXPECT_EQ(game.commit(game.saving(*one, "2")), "applied");
}

/// The server's limit of time doesn't hold for the commit itself. We ask it to end that, which is
/// lost here, hang up, and it comes about.
TEST_F(PostgresFailures, ACommitThatComesAboutAfterWeHungUpIsFoundWhenItIsSentAgain) {
  options_.statement_timeout_ms = 200;
  options_.lock_timeout_ms = 100;
  PostgresTestGame game(proxy_.url(), options_, "a");
  const std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  make_slow_to_commit(url_, options_.schema, "3");
  const Group group = game.saving(*record, "1");
  proxy_.swallow(Swallow::request, kCancelRequest);
  EXPECT_EQ(game.commit(group), "in_doubt");
  EXPECT_TRUE(proxy_.swallowed());
  EXPECT_EQ(game.payload("Player_1"), "") << "not yet";
  std::string outcome = "held_up";
  for (int i = 0; i < 1000 && outcome == "held_up"; ++i) outcome = game.commit(group);
  EXPECT_EQ(outcome, "resent");
  EXPECT_EQ(game.payload("Player_1"), "1");
}

TEST_F(PostgresFailures, ACommitThatTakesTooLongIsCancelledAndHasChangedNothing) {
  options_.statement_timeout_ms = 200;
  PostgresTestGame game(url_, options_, "a");
  const std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  make_slow_to_commit(url_, options_.schema, "30");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(game.commit(game.saving(*record, "1")), "unavailable");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  run_sql(url_, "DROP FUNCTION " + options_.schema + ".slow CASCADE");
  EXPECT_EQ(game.commit(game.saving(*record, "2")), "applied") << "the row is free at once";
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
  return text;
}

TEST_F(PostgresFailures, ARoleWithoutARightIsToldWhat) {
  PostgresTestGame game(url_, options_, "a");
  const std::string role = options_.schema + "_reader";
  run_sql(url_, "CREATE ROLE " + role + " LOGIN; GRANT USAGE ON SCHEMA " + options_.schema +
                    " TO " + role + "; GRANT SELECT ON ALL TABLES IN SCHEMA " + options_.schema +
                    " TO " + role);
  auto reader = open_postgres(replaced(url_, "keepsake@", role + "@"), options_).value();
  EXPECT_TRUE(reader->leases());
  EXPECT_EQ(reader->open_lease({.server = {"b"}, .journal = {}}).error().code(),
            ErrorCode::read_only);
  run_sql(url_, "DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST_F(PostgresFailures, TheRightsOfTheScriptAreEnoughForAServer) {
  ASSERT_TRUE(open_postgres(url_, options_));
  std::ifstream file("docs/postgres/roles.sql");
  std::string script((std::istreambuf_iterator<char>(file)), {});
  ASSERT_FALSE(script.empty());
  const std::string role = options_.schema + "_game";
  script = replaced(replaced(script, "keepsake", options_.schema), ":role", role);
  run_sql(url_, "CREATE ROLE " + role + " LOGIN");
  run_sql(url_, script);
  {
    PostgresTestGame game(replaced(url_, "keepsake@", role + "@"), options_, "a");
    const std::optional<Record> record = game.take("Player_1");
    ASSERT_TRUE(record);
    Group group = game.saving(*record, "1", After::hand_over);
    group.members[0].receipts = {{.id = "receipt", .at_ms = 1}};
    group.members[0].user_ids = {{UserId{7}}};
    group.members[0].history = KeepHistory{.after = SnapshotKind::session_end, .at_most = 5};
    EXPECT_EQ(game.commit(group), "applied");
    EXPECT_TRUE(game.db().renew({.self = game.self(), .renewal = 1}));
    EXPECT_TRUE(game.db().end_lease({.self = game.self(), .target = game.self()}));
  }
  run_sql(url_, "DROP OWNED BY " + role + "; DROP ROLE " + role);
}

TEST_F(PostgresFailures, WithoutTablesItIsNotFoundUnlessTheyMayBeMade) {
  options_.create = false;
  EXPECT_EQ(open_postgres(url_, options_).error().code(), ErrorCode::not_found);
  options_.create = true;
  EXPECT_TRUE(open_postgres(url_, options_));
  options_.create = false;
  EXPECT_TRUE(open_postgres(url_, options_));
}

TEST_F(PostgresFailures, TablesOfANewerKeepsakeAreLeftAlone) {
  ASSERT_TRUE(open_postgres(url_, options_));
  run_sql(url_, "INSERT INTO " + options_.schema + ".schema_versions VALUES (99, now())");
  EXPECT_EQ(open_postgres(url_, options_).error().code(), ErrorCode::wrong_format);
}

}  // namespace
}  // namespace keepsake
