// The statements of the backend by their names, and by what they find their rows, for the tests.
#pragma once

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "backends/postgres/statements.h"

namespace keepsake {

#define KEEPSAKE_NAMED(name) {postgres::sql::name.text, #name}
/// Names by text. What is missing here is found by all_statement_names().
inline const std::map<std::string, std::string> kStatementNames{
    KEEPSAKE_NAMED(kBegin),
    KEEPSAKE_NAMED(kBeginRead),
    KEEPSAKE_NAMED(kSettings),
    KEEPSAKE_NAMED(kCommit),
    KEEPSAKE_NAMED(kRollback),
    KEEPSAKE_NAMED(kMeta),
    KEEPSAKE_NAMED(kLockMeta),
    KEEPSAKE_NAMED(kSetEpochFloor),
    KEEPSAKE_NAMED(kNewIncarnation),
    KEEPSAKE_NAMED(kCountErasure),
    KEEPSAKE_NAMED(kBeginAnew),
    KEEPSAKE_NAMED(kForgetLeases),
    KEEPSAKE_NAMED(kFreeAll),
    KEEPSAKE_NAMED(kLockKey),
    KEEPSAKE_NAMED(kLease),
    KEEPSAKE_NAMED(kLeaseLocked),
    KEEPSAKE_NAMED(kLeases),
    KEEPSAKE_NAMED(kStandingLeases),
    KEEPSAKE_NAMED(kLeasesOf),
    KEEPSAKE_NAMED(kPutLease),
    KEEPSAKE_NAMED(kEraseLease),
    KEEPSAKE_NAMED(kStampLease),
    KEEPSAKE_NAMED(kRecords),
    KEEPSAKE_NAMED(kRecordsLocked),
    KEEPSAKE_NAMED(kRecordsShared),
    KEEPSAKE_NAMED(kList),
    KEEPSAKE_NAMED(kInsertProfile),
    KEEPSAKE_NAMED(kUpdateRecord),
    KEEPSAKE_NAMED(kUpdateProfile),
    KEEPSAKE_NAMED(kNeedOpenLease),
    KEEPSAKE_NAMED(kSaveMany),
    KEEPSAKE_NAMED(kEraseProfile),
    KEEPSAKE_NAMED(kOwnsAny),
    KEEPSAKE_NAMED(kOwnedSince),
    KEEPSAKE_NAMED(kOwned),
    KEEPSAKE_NAMED(kAsksOn),
    KEEPSAKE_NAMED(kAddUsers),
    KEEPSAKE_NAMED(kRememberUsers),
    KEEPSAKE_NAMED(kEraseUsers),
    KEEPSAKE_NAMED(kKeysOf),
    KEEPSAKE_NAMED(kRemoval),
    KEEPSAKE_NAMED(kPutRemoval),
    KEEPSAKE_NAMED(kEraseRemoval),
    KEEPSAKE_NAMED(kEraseRemovalsBefore),
    KEEPSAKE_NAMED(kReceipt),
    KEEPSAKE_NAMED(kAddReceipt),
    KEEPSAKE_NAMED(kAnyBefore),
    KEEPSAKE_NAMED(kEraseReceiptsBefore),
    KEEPSAKE_NAMED(kEraseHandledBefore),
    KEEPSAKE_NAMED(kMessageKnown),
    KEEPSAKE_NAMED(kInboxCount),
    KEEPSAKE_NAMED(kAddMessage),
    KEEPSAKE_NAMED(kInbox),
    KEEPSAKE_NAMED(kExpired),
    KEEPSAKE_NAMED(kMailOn),
    KEEPSAKE_NAMED(kEraseMessage),
    KEEPSAKE_NAMED(kAddHandled),
    KEEPSAKE_NAMED(kAddQuarantine),
    KEEPSAKE_NAMED(kQuarantine),
    KEEPSAKE_NAMED(kIncident),
    KEEPSAKE_NAMED(kHistory),
    KEEPSAKE_NAMED(kHistoriesWhole),
    KEEPSAKE_NAMED(kInboxes),
    KEEPSAKE_NAMED(kReceipts),
    KEEPSAKE_NAMED(kHandled),
    KEEPSAKE_NAMED(kQuarantineOfKeys),
    KEEPSAKE_NAMED(kPastUsers),
    KEEPSAKE_NAMED(kSnapshot),
    KEEPSAKE_NAMED(kAddSnapshot),
    KEEPSAKE_NAMED(kEraseSnapshot),
    KEEPSAKE_NAMED(kEraseHistory),
    KEEPSAKE_NAMED(kSubject),
    KEEPSAKE_NAMED(kEraseQuarantine),
    KEEPSAKE_NAMED(kQuarantineNaming),
    KEEPSAKE_NAMED(kSetQuarantineMessage),
    KEEPSAKE_NAMED(kEraseInbox),
    KEEPSAKE_NAMED(kEraseReceipts),
    KEEPSAKE_NAMED(kEraseHandled),
    KEEPSAKE_NAMED(kForgetSender),
    KEEPSAKE_NAMED(kErasePastUsers),
    KEEPSAKE_NAMED(kErasePastUser),
    KEEPSAKE_NAMED(kEachKey),
    KEEPSAKE_NAMED(kKeysAfter),
    KEEPSAKE_NAMED(kEachSubject),
    KEEPSAKE_NAMED(kAddPastUser),
    KEEPSAKE_NAMED(kTombstones),
    KEEPSAKE_NAMED(kSetTombstoneSecret),
    KEEPSAKE_NAMED(kTombstone),
    KEEPSAKE_NAMED(kPutTombstone),
    KEEPSAKE_NAMED(kAddAudit),
    KEEPSAKE_NAMED(kAudit),
    KEEPSAKE_NAMED(kNotify)};
#undef KEEPSAKE_NAMED

/// The names that statements.h declares.
inline std::set<std::string> all_statement_names() {
  std::ifstream file("backends/postgres/statements.h");
  const std::string source((std::istreambuf_iterator<char>(file)), {});
  static const std::regex declared("inline constexpr Text (k[A-Za-z]+)\\{");
  std::set<std::string> names;
  for (std::sregex_iterator at(source.begin(), source.end(), declared), end; at != end; ++at) {
    names.insert((*at)[1]);
  }
  return names;
}

/// The rows of the document's table, by the statement's name.
inline std::map<std::string, std::string> statement_rows(const std::string& path) {
  std::ifstream file(path);
  std::map<std::string, std::string> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| k")) rows[line.substr(2, line.find(' ', 2) - 2)] = line;
  }
  return rows;
}

/// Which tables a statement touches, and which columns lead it to their rows.
struct Reach {
  std::map<std::string, std::string> tables;

  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto& [table, by] : tables) {
      text += (text.empty() ? "" : "; ") + table + (by.empty() ? ": all" : " by " + by);
    }
    return text;
  }
};

/// Asks the server how it would run statements. Tables without rows tell nothing, so it may choose
/// as little as the backend lets it.
class StatementPlans {
 public:
  StatementPlans(const std::string& url, const std::string& schema)
      : connection_(PQconnectdb(url.c_str()), PQfinish) {
    run("SET search_path = " + schema);
    for (const char* kind : {"seqscan", "hashjoin", "mergejoin", "bitmapscan"}) {
      run("SET enable_" + std::string(kind) + " = off");
    }
    run("SET plan_cache_mode = force_generic_plan");
    const Result tables =
        run("SELECT tablename FROM pg_tables WHERE schemaname = '" + schema + "'");
    for (int i = 0; i < PQntuples(tables.get()); ++i) {
      tables_.emplace(PQgetvalue(tables.get(), i, 0));
    }
  }

  /// `types`: of its parameters; those that are missing are the server's guess.
  Reach reach(const std::string& statement, const std::vector<std::uint32_t>& types) {
    if (statement.starts_with("BEGIN") || statement == "COMMIT" || statement == "ROLLBACK") {
      return {};
    }
    const Result prepared(PQprepare(connection_.get(), "asked", statement.c_str(),
                                    static_cast<int>(types.size()), types.data()),
                          PQclear);
    EXPECT_EQ(PQresultStatus(prepared.get()), PGRES_COMMAND_OK)
        << statement << ": " << PQerrorMessage(connection_.get());
    const Result described(PQdescribePrepared(connection_.get(), "asked"), PQclear);
    std::string nulls;
    for (int i = 0; i < PQnparams(described.get()); ++i) nulls += i == 0 ? "(NULL" : ", NULL";
    const Result plan =
        run("EXPLAIN (COSTS OFF) EXECUTE asked" + nulls + (nulls.empty() ? "" : ")"));
    std::vector<std::string> lines;
    for (int i = 0; i < PQntuples(plan.get()); ++i) {
      lines.emplace_back(PQgetvalue(plan.get(), i, 0));
    }
    run("DEALLOCATE asked");
    return read_plan(lines, statement);
  }

 private:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

  Result run(const std::string& text) {
    Result result(PQexec(connection_.get(), text.c_str()), PQclear);
    EXPECT_NE(PQresultStatus(result.get()), PGRES_FATAL_ERROR)
        << text << ": " << PQerrorMessage(connection_.get());
    return result;
  }

  [[nodiscard]] Reach read_plan(const std::vector<std::string>& lines,
                                const std::string& statement) const {
    static const std::regex scan("(Scan|Insert).* on ([a-z_]+)");
    static const std::regex column("\\(([a-z_]+) (=|<|<=|>=|>) ");
    static const std::regex row("ROW\\(([a-z_]+), ([a-z_]+)\\) >");
    Reach reach;
    std::string table;
    for (const std::string& line : lines) {
      std::smatch found;
      if (std::regex_search(line, found, scan)) {
        table = found[2];
        if (!tables_.contains(table)) continue;  // rows of an array, or of the statement itself
        const bool into_key = statement.find("INTO " + table + "(store, key,") != std::string::npos;
        const bool into = found[1] == "Insert";
        if (!into) reach.tables.try_emplace(table);
        if (into) reach.tables[table] = into_key ? "store, key" : "its primary key";
      } else if (line.find("Index Cond:") != std::string::npos) {
        std::string& by = reach.tables[table];
        by.clear();
        for (std::sregex_iterator at(line.begin(), line.end(), column), end; at != end; ++at) {
          by += (by.empty() ? "" : ", ") + (*at)[1].str();
        }
        if (std::regex_search(line, found, row)) {
          by += (by.empty() ? "" : ", ") + found[1].str() + ", " + found[2].str();
        }
      }
    }
    return reach;
  }

  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  std::set<std::string> tables_;
};

}  // namespace keepsake
