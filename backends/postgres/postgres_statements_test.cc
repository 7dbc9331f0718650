// Every statement of the backend: which of them a server's daily work sends, by what they find
// their rows, and that no two servers write one row. docs/postgres/statements.md lists them.
#include <algorithm>
#include <optional>

#include "backends/postgres/postgres_copy_side.h"
#include "backends/postgres/postgres_test_game.h"
#include "backends/postgres/postgres_test_proxy.h"
#include "backends/postgres/postgres_test_statements.h"

namespace keepsake {
namespace {

constexpr const char* kDocument = "docs/postgres/statements.md";

/// They touch no table, and stand around what each part of the day sends; some are not waited for.
const std::set<std::string> kAround{"kBegin",  "kBeginRead", "kSettings",
                                    "kCommit", "kRollback",  "kNotify"};

/// What else a commit may bear, once that message has come.
Group with_all(Group group, const std::string& id) {
  MemberCommit& member = group.members[0];
  member.receipts = {{.id = "receipt " + id, .at_ms = 1}};
  member.user_ids = {{UserId{static_cast<std::int64_t>(id.size())}}};
  member.acknowledged = {"handled " + id};
  member.history = KeepHistory{
      .before = SnapshotKind::session_start, .after = SnapshotKind::session_end, .at_most = 1};
  member.sent = {{{"PlayerData", "Player_9"}, {.id = "sent " + id, .body = "1", .sent_ms = 1}}};
  return group;
}

class PostgresStatements : public testing::Test {
 protected:
  PostgresStatements() {
    options_.schema = fresh_schema();
    options_.lock_timeout_ms = 500;
    options_.listen = "off";
    game_.emplace(proxy_.url(), options_, "a", 1);
    other_.emplace(proxy_.url(), options_, "b", 2);
    (void)proxy_.statements();
  }

  Record row(PostgresTestGame& game, const std::string& key) {
    return game.db().read({{"PlayerData", key}}).value().at(0).value();
  }
  /// A save that sends the message to itself which with_all() handles then.
  void receive(const Record& record, const std::string& id) {
    Group group = game_->saving(record, "0");
    group.members[0].sent = {{record.key, {.id = "handled " + id, .body = "1", .sent_ms = 1}}};
    EXPECT_EQ(game_->commit(group), "applied");
  }
  /// What was sent since the last note counts as sent by `part`; "": is no part of the day.
  void note(const std::string& part) {
    for (const SentStatement& sent : proxy_.statements()) {
      const auto named = kStatementNames.find(sent.text);
      ASSERT_NE(named, kStatementNames.end()) << "this isn't in statements.h: " << sent.text;
      if (kAround.contains(named->second)) continue;
      if (!part.empty()) sent_by_[named->second].insert(part);
      types_[named->second] = sent.types;
    }
  }

  /// A day of a server, noted in its parts: it has players, who come, are saved and leave.
  void play() {
    const auto one = game_->take("Player_1");
    const auto two = game_->take("Player_2");
    ASSERT_TRUE(one && two);
    note("start");
    EXPECT_EQ(game_->commit(game_->saving(*one, "1")), "applied");
    receive(*two, "1");
    note("save");
    const Record received = row(*game_, "Player_2");
    const Record receives = row(*game_, "Player_1");
    note("view");
    receive(receives, "22");
    EXPECT_EQ(game_->commit(with_all(game_->saving(received, "1"), "1")), "applied");
    note("save");
    const Record saved = row(*game_, "Player_1");
    EXPECT_TRUE(game_->db().inbox({"PlayerData", "Player_9"}));
    note("view");
    EXPECT_EQ(game_->commit(with_all(game_->saving(saved, "2", After::hand_over), "22")),
              "applied");
    note("end");
    EXPECT_TRUE(game_->take("Player_1"));
    note("start");
    ask_and_give();
    EXPECT_TRUE(game_->db().renew({.self = game_->self(), .renewal = 1}));
    note("renew");
    auto copied = postgres::open_postgres_copy_side(proxy_.url(), options_).value();
    (void)proxy_.statements();  // which look for the tables
    EXPECT_TRUE(copied->read([](CopyTables& tables) -> Result<void> {
      EXPECT_TRUE(tables.belongings_of({{"PlayerData", "Player_1"}}));
      EXPECT_TRUE(tables.past_users_of({{"PlayerData", "Player_1"}}));
      return {};
    }));
    note("");
  }
  void ask_and_give() {
    ASSERT_TRUE(other_->take("Player_3"));
    note("start");
    Acquire ask = game_->acquiring("Player_3");
    ask.ask = Id128{.high = 1, .low = 2};
    ask.ask_duration_ms = 20'000;
    const auto held = game_->db().acquire(ask).value();
    ask.ask_number = std::get<Held>(held).offered_number;
    EXPECT_TRUE(game_->db().acquire(ask));
    note("ask");
    const Record asked = row(*other_, "Player_3");
    note("view");
    EXPECT_EQ(other_->commit(other_->saving(asked, "3", After::hand_over)), "applied");
    note("end");
    EXPECT_TRUE(std::holds_alternative<Acquired>(game_->db().acquire(ask).value()));
    note("ask");
  }

  const std::string url_ = cluster_url();
  PostgresTestProxy proxy_{url_};
  PostgresOptions options_;
  std::optional<PostgresTestGame> game_;
  std::optional<PostgresTestGame> other_;
  std::map<std::string, std::set<std::string>> sent_by_;     ///< parts of the day, by statement
  std::map<std::string, std::vector<std::uint32_t>> types_;  ///< of parameters, where it was sent
};

std::string listed(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

TEST_F(PostgresStatements, ACallTakesAsManyRoundTripsAsTheDocumentSays) {
  const auto renew = [](PostgresTestGame& game, std::uint64_t number) {
    EXPECT_TRUE(game.db().renew({.self = game.self(), .renewal = number}));
  };
  // Behind the ends of what was read before, which nobody has waited for.
  renew(*game_, 1);
  renew(*other_, 1);
  (void)proxy_.round_trips();
  renew(*game_, 2);
  EXPECT_EQ(proxy_.round_trips(), 2U) << "a renewal";
  std::optional<Record> held = game_->take("Player_1");
  ASSERT_TRUE(held);
  EXPECT_EQ(proxy_.round_trips(), 2U) << "a start";
  EXPECT_EQ(game_->commit(game_->saving(*held, "1")), "applied");
  EXPECT_EQ(proxy_.round_trips(), 1U) << "a save";
  ++held->envelope.revision;
  EXPECT_EQ(game_->commit(game_->saving(*held, "2", After::hand_over)), "applied");
  EXPECT_EQ(proxy_.round_trips(), 2U) << "an end";
}

TEST_F(PostgresStatements, ARenewalReadsOfALeaseThatItKnowsOnlyWhatRenewalsChange) {
  const auto sent_by_renewal = [&](std::uint64_t number) {
    (void)proxy_.statements();
    EXPECT_EQ(game_->db().renew({.self = game_->self(), .renewal = number}).value().others.size(),
              number < 4 ? 1U : 2U);
    std::set<std::string> names;
    for (const SentStatement& sent : proxy_.statements()) {
      names.insert(kStatementNames.at(sent.text));
    }
    EXPECT_TRUE(names.contains("kStandingLeases"));
    EXPECT_FALSE(names.contains("kLeases"));
    return names;
  };
  EXPECT_TRUE(sent_by_renewal(1).contains("kLeasesOf"));
  EXPECT_FALSE(sent_by_renewal(2).contains("kLeasesOf"));
  EXPECT_TRUE(other_->db().renew({.self = other_->self(), .renewal = 1}));
  EXPECT_FALSE(sent_by_renewal(3).contains("kLeasesOf"));
  const PostgresTestGame third(url_, options_, "c", 3);
  EXPECT_TRUE(sent_by_renewal(4).contains("kLeasesOf")) << "it is new";
  EXPECT_FALSE(sent_by_renewal(5).contains("kLeasesOf"));
}

/// As where the database went back to an older state without being told so.
TEST_F(PostgresStatements, ALeaseWhoseIncarnationWasGivenAgainIsSeenAsWhatItIs) {
  const auto seen = [&](std::uint64_t number) {
    const auto others =
        game_->db().renew({.self = game_->self(), .renewal = number}).value().others;
    return others.at(0).owner.server.text + " in " + others.at(0).journal.directory;
  };
  EXPECT_EQ(seen(1), "b in ");
  run_sql(url_, "UPDATE " + options_.schema +
                    ".leases SET server = 'x', journal_directory = '/x', started_ms = "
                    "started_ms + 1 WHERE server = 'b'");
  EXPECT_EQ(seen(2), "x in /x");
}

TEST_F(PostgresStatements, EachIsPreparedOnceOnAConnection) {
  const auto play_one = [&](const std::string& key) {
    const auto held = game_->take(key);
    ASSERT_TRUE(held);
    EXPECT_EQ(game_->commit(game_->saving(*held, "1")), "applied");
    EXPECT_EQ(game_->commit(game_->saving(row(*game_, key), "2", After::hand_over)), "applied");
  };
  play_one("Player_1");
  EXPECT_GT(proxy_.prepared(), 5U);
  play_one("Player_2");
  EXPECT_EQ(proxy_.prepared(), 0U);
}

TEST_F(PostgresStatements, TheListIsWholeAndSaysWhoSendsEachAndByWhatItFindsItsRows) {
  play();
  StatementPlans plans(url_, options_.schema);
  const std::map<std::string, std::string> document = statement_rows(kDocument);
  for (const auto& [text, name] : kStatementNames) {
    const std::string expected = "| " + name + " | " + listed(sent_by_[name]) + " | " +
                                 plans.reach(text, types_[name]).text() + " | ";
    const auto found = document.find(name);
    EXPECT_TRUE(found != document.end() && found->second.starts_with(expected))
        << kDocument << " should have: " << expected
        << "\nand has:     " << (found == document.end() ? "nothing" : found->second);
  }
  std::set<std::string> named;
  for (const auto& [text, name] : kStatementNames) named.insert(name);
  EXPECT_EQ(named, all_statement_names());
  for (const auto& [name, line] : document) EXPECT_TRUE(named.contains(name)) << line;
}

TEST_F(PostgresStatements, ThoseOfTheHotPathFindTheirRowsByStoreAndKeyOrByOneLease) {
  play();
  StatementPlans plans(url_, options_.schema);
  for (const auto& [text, name] : kStatementNames) {
    for (const std::string& part : sent_by_[name]) {
      const bool renewal = part == "renew";  // of a server, not of a profile
      for (const auto& [table, by] : plans.reach(text, types_[name]).tables) {
        const std::string what = name + ", sent by " + part + ", reaches " + table + " by " + by;
        if (table == "meta") {
          EXPECT_EQ(by, "id") << what;
        } else if (table == "leases") {
          EXPECT_TRUE(by == "incarnation" || renewal) << what;
        } else if (table == "tombstones") {
          EXPECT_EQ(by, "kind, hash") << what;
        } else {
          EXPECT_TRUE(by.starts_with("store, key") || (renewal && by == "owner_incarnation") ||
                      (renewal && by == "owner_incarnation, owned_since"))
              << what;
        }
      }
    }
  }
  EXPECT_GE(sent_by_["kSaveMany"].count("save"), 1U);
  EXPECT_GE(sent_by_.size(), 20U);
}

TEST_F(PostgresStatements, TheDailyWorkGoesOnWhileEveryRowThatIsNotItsOwnIsLocked) {
  ASSERT_TRUE(other_->take("Player_4"));
  const std::unique_ptr<PGconn, decltype(&PQfinish)> shell(PQconnectdb(url_.c_str()), PQfinish);
  const std::string schema = options_.schema + ".";
  const std::string incarnation = std::to_string(other_->self().incarnation);
  const std::string lock =
      "BEGIN; SELECT 1 FROM " + schema + "meta FOR UPDATE; SELECT 1 FROM " + schema +
      "leases WHERE incarnation = " + incarnation + " FOR UPDATE; SELECT 1 FROM " + schema +
      "profiles FOR UPDATE; SELECT 1 FROM " + schema + "schema_versions FOR UPDATE";
  const std::unique_ptr<PGresult, decltype(&PQclear)> locked(PQexec(shell.get(), lock.c_str()),
                                                             PQclear);
  ASSERT_EQ(PQresultStatus(locked.get()), PGRES_TUPLES_OK) << PQerrorMessage(shell.get());
  const auto one = game_->take("Player_1");
  ASSERT_TRUE(one);
  EXPECT_EQ(game_->commit(game_->saving(*one, "1")), "applied");
  EXPECT_TRUE(game_->db().renew({.self = game_->self(), .renewal = 1}));
  receive(row(*game_, "Player_1"), "1");
  const Record saved = row(*game_, "Player_1");
  EXPECT_EQ(game_->commit(with_all(game_->saving(saved, "2", After::hand_over), "1")), "applied");
  EXPECT_EQ(game_->payload("Player_1"), "2");
}

TEST_F(PostgresStatements, ThereIsNoSequenceAndOneLeaseRowForEachServer) {
  play();
  EXPECT_EQ(run_sql(url_,
                    "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = "
                    "c.relnamespace WHERE c.relkind = 'S' AND n.nspname = '" +
                        options_.schema + "'"),
            "0");
  EXPECT_EQ(run_sql(url_, "SELECT count(*) FROM " + options_.schema + ".leases"), "2");
}

TEST_F(PostgresStatements, TablesOfProfilesHavePrimaryKeysThatBeginWithStoreAndKey) {
  const std::string keys =
      "SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_index i JOIN pg_class c ON "
      "c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
      "WHERE i.indisprimary AND n.nspname = '" +
      options_.schema + "' AND pg_get_indexdef(i.indexrelid) LIKE '%(store, key%'";
  EXPECT_EQ(run_sql(url_, keys),
            "handled history inbox past_users profiles quarantine receipts removals users");
}

}  // namespace
}  // namespace keepsake
