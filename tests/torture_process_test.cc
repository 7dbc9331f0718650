// One round of each scenario of the torture, with a short lease: nothing is lost, nothing doubled.
// script/torture runs more of them, and longer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "keepsake/datum/json.h"
#include "tests/child.h"
#include "tests/game_test_server.h"
#include "tests/programs.h"

namespace {

using keepsake::Value;
using keepsake::tests::Ended;
using keepsake::tests::program;
using keepsake::tests::run_program;

constexpr std::chrono::seconds kWithin{150};

Ended run_torture(const std::vector<std::string>& arguments) {
  std::vector<std::string> command{program("keepsake-torture")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_program(command, kWithin);
}

/// The figures of a round that held, or that this machine does not allow.
Value round_of(const std::string& scenario, const std::string& seed = "1",
               std::vector<std::string> first = {}) {
  for (const char* const word : {"--only", scenario.c_str(), "--rounds", "1", "--seed",
                                 seed.c_str(), "--lease", "4", "--json"}) {
    first.emplace_back(word);
  }
  const Ended ended = run_torture(first);
  EXPECT_EQ(ended.status, 0) << ended.err;
  const auto parsed = keepsake::parse_json(ended.out);
  EXPECT_TRUE(parsed) << ended.out << ended.err;
  if (!parsed) return Value::object();
  EXPECT_TRUE(parsed->find("good")->as_bool()) << ended.err;
  EXPECT_EQ(parsed->find("lost")->as_integer(), 0);
  EXPECT_EQ(parsed->find("doubled")->as_integer(), 0);
  return *parsed;
}

std::int64_t figure(const Value& round, const char* name) {
  const Value* const found = round.find(name);
  return found != nullptr ? found->as_integer() : -1;
}

void expect_played(const Value& round) {
  EXPECT_EQ(figure(round, "rounds"), 1);
  EXPECT_GT(figure(round, "operations"), 0);
}

/// Where nothing can be mounted a round isn't run, and says so.
void expect_played_or_told(const Value& round) {
  if (figure(round, "not_run") != 1) return expect_played(round);
  EXPECT_EQ(figure(round, "rounds"), 0);
  const Value* const why = round.find("scenarios")->items()[0].find("why_not_run");
  ASSERT_NE(why, nullptr);
  std::cout << "not run: " << why->as_string() << "\n";
}

TEST(Torture, ServersAreKilledAtAnyMoment) {
  const Value round = round_of("kill");
  expect_played(round);
  EXPECT_GE(figure(round, "kills"), 6);
  EXPECT_GT(figure(round, "recovered_edits"), 0);
}

TEST(Torture, AServerIsFrozenPastItsLeaseAndThawed) { expect_played(round_of("freeze")); }

TEST(Torture, AServerStandsStillWithTheWriteLockInHand) { expect_played(round_of("lock")); }

TEST(Torture, ServersAreKilledBesideASaturatingNeighbour) { expect_played(round_of("neighbour")); }

TEST(Torture, ADeadServersJournalIsDamaged) {
  for (const char* const seed : {"2", "6", "10"}) expect_played(round_of("damage", seed));
}

TEST(Torture, AnOlderCopyIsPutInTheDatabasesPlace) { expect_played(round_of("restore", "4")); }

TEST(Torture, TheDiskIsFull) { expect_played_or_told(round_of("full-disk", "2")); }

TEST(Torture, SharedMemoryIsTooSmall) { expect_played_or_told(round_of("memory")); }

/// Rows in one format alone, for whoever reads them: starts, takeovers, recoveries, the witness.
void expect_payload(const std::string& payload, std::vector<std::string> first = {}) {
  first.insert(first.end(), {"--payload", payload});
  const Value round = round_of("kill", "2", std::move(first));
  expect_played(round);
  EXPECT_GT(figure(round, "recovered_edits"), 0);
  const Value* const rows = round.find("rows");
  EXPECT_GT(figure(*rows, payload.c_str()), 0) << keepsake::write_json(*rows);
  EXPECT_EQ(rows->find("json"), nullptr) << keepsake::write_json(*rows);
}

TEST(Torture, ServersAreKilledOverRowsInCbor) { expect_payload("cbor"); }

TEST(Torture, ServersAreKilledOverCompressedRows) { expect_payload("compressed"); }

const std::vector<std::string> kOnPostgres{"--db", "postgres"};

TEST(TortureOnPostgres, ServersAreKilledOverCompressedRows) {
  expect_payload("compressed", kOnPostgres);
}

TEST(TortureOnPostgres, ARunThatHeldLeavesNothingBehind) {
  const keepsake::tests::TestFolder folder;
  const char* const before = std::getenv("TMPDIR");
  ::setenv("TMPDIR", folder.path().c_str(), 1);
  expect_played(round_of("kill", "3", kOnPostgres));
  before != nullptr ? ::setenv("TMPDIR", before, 1) : ::unsetenv("TMPDIR");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(TortureOnPostgres, TheDatabaseIsKilledAndServersWithIt) {
  expect_played(round_of("database", "1", kOnPostgres));
}

TEST(TortureOnPostgres, ServersAreKilledAtAnyMoment) {
  const Value round = round_of("kill", "1", kOnPostgres);
  expect_played(round);
  EXPECT_GE(figure(round, "kills"), 6);
}

TEST(TortureOnPostgres, AServerIsFrozenPastItsLeaseAndThawed) {
  expect_played(round_of("freeze", "1", kOnPostgres));
}

TEST(TortureOnPostgres, AServerStandsStillInTheMiddleOfATransaction) {
  expect_played(round_of("transaction", "1", kOnPostgres));
}

TEST(TortureOnPostgres, ADeadServersJournalIsDamaged) {
  expect_played(round_of("damage", "1", kOnPostgres));
}

TEST(TortureOnPostgres, AnOlderStateIsPutInTheDatabasesPlace) {
  for (const char* const seed : {"1", "3", "4"}) {  // in silence, under servers, told
    expect_played(round_of("restore", seed, kOnPostgres));
  }
}

TEST(TortureOnPostgres, NoRoomIsLeftForJournalsOrSharedMemory) {
  expect_played_or_told(round_of("full-disk", "1", kOnPostgres));
  expect_played_or_told(round_of("memory", "1", kOnPostgres));
}

TEST(Torture, SaysWhichArgumentMakesNoSense) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"--only", "nothing"},
                                             {"--rounds", "0"},
                                             {"--seed"},
                                             {"--what"},
                                             {"--payload", "xml"},
                                             {"--db", "other"}}) {
    const Ended ended = run_torture(wrong);
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.err,
              "keepsake-torture: can't make sense of '" + wrong.front() + "' (--help explains)\n");
  }
}

TEST(Torture, ListsItsScenarios) {
  EXPECT_EQ(run_torture({"--list"}).out,
            "kill\nfreeze\nlock\nneighbour\nfull-disk\ndamage\nmemory\nrestore\n");
  EXPECT_EQ(run_torture({"--db", "postgres", "--list"}).out,
            "kill\ndatabase\nfreeze\ntransaction\nneighbour\nfull-disk\ndamage\nmemory\n"
            "restore\n");
}

}  // namespace
