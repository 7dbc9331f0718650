// What goes wrong between a server and PostgreSQL: the real server, and a proxy before it.
#include <fstream>
#include <iterator>

#include "backends/postgres/postgres_test_game.h"
#include "backends/postgres/postgres_test_proxy.h"

namespace keepsake {
namespace {

/// As it stands in the protocol, with its end: READ COMMITTED is another.
const std::string kCommit("COMMIT\0", 7);

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

TEST_F(PostgresFailures, ARowThatAnotherHoldsLockedHoldsUpNoOtherForLongerThanTheLimit) {
  options_.lock_timeout_ms = 100;
  PostgresTestGame game(url_, options_, "a");
  const std::optional<Record> one = game.take("Player_1");
  const std::optional<Record> other = game.take("Player_2");
  ASSERT_TRUE(one && other);
  const std::unique_ptr<PGconn, decltype(&PQfinish)> shell(PQconnectdb(url_.c_str()), PQfinish);
  const std::string lock =
      "BEGIN; SELECT key FROM " + options_.schema + ".profiles WHERE key = 'Player_1' FOR UPDATE";
  PQclear(PQexec(shell.get(), lock.c_str()));
  EXPECT_EQ(game.commit(game.saving(*one, "1")), "unavailable");
  EXPECT_EQ(game.commit(game.saving(*other, "1")), "applied");
  PQclear(PQexec(shell.get(), "ROLLBACK"));
  EXPECT_EQ(game.commit(game.saving(*one, "2")), "applied");
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

/// The server's limit of time doesn't hold for the commit itself: we hang up, and it comes about.
TEST_F(PostgresFailures, ACommitThatComesAboutAfterWeHungUpIsFoundWhenItIsSentAgain) {
  options_.statement_timeout_ms = 200;
  options_.lock_timeout_ms = 100;
  PostgresTestGame game(url_, options_, "a");
  const std::optional<Record> record = game.take("Player_1");
  ASSERT_TRUE(record);
  make_slow(url_, options_.schema,
            "CONSTRAINT TRIGGER slow AFTER UPDATE ON " + options_.schema +
                ".profiles DEFERRABLE INITIALLY DEFERRED",
            "3");
  const Group group = game.saving(*record, "1");
  EXPECT_EQ(game.commit(group), "in_doubt");
  EXPECT_EQ(game.payload("Player_1"), "") << "not yet";
  std::string outcome = "unavailable";  // the row is locked
  for (int i = 0; i < 1000 && outcome == "unavailable"; ++i) outcome = game.commit(group);
  EXPECT_EQ(outcome, "resent");
  EXPECT_EQ(game.payload("Player_1"), "1");
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
