// A person's data by the command line: on a real file, beside a server that runs.
#include "src/cli/command_test_fixture.h"
#include "src/cli/running_test_server.h"

namespace keepsake::cli {
namespace {

using namespace std::chrono_literals;

class SubjectTest : public CommandTest {
 protected:
  [[nodiscard]] std::string db() const { return "sqlite:" + db_.string(); }
  /// Files of the database and of its journals in which `text` stands.
  [[nodiscard]] std::string files_with(const std::string& text) const {
    std::string found;
    std::error_code gone;  // what a server removes meanwhile
    for (std::filesystem::recursive_directory_iterator at(folder_), end; at != end && !gone;
         at.increment(gone)) {
      std::error_code ignored;
      if (!at->is_regular_file(ignored)) continue;
      if (read(at->path()).find(text) != std::string::npos) {
        found += at->path().lexically_relative(folder_).string() + " ";
      }
    }
    return gone ? files_with(text) : found;
  }
  /// The journal's drain takes some milliseconds.
  void wait_for_segment_with(const std::string& text) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (files_with(text).find("segment-") == std::string::npos) {
      ASSERT_LT(std::chrono::steady_clock::now(), until);
    }
  }
  Outcome erase(std::vector<std::string> more = {"--yes"}) {
    more.insert(more.begin(), {"subject", "erase", "17", "--reason", "ticket 5"});
    return on_db(more);
  }
};

TEST_F(SubjectTest, AnExportHoldsAllThatIsKept) {
  {
    RunningServer server(db(), "a");
    server.play("Ark", {{17}}, "Ada's first");
    server.stop(true);
  }
  {
    RunningServer server(db(), "a");
    server.play("Ark", {{17}}, "Ada's second");
    server.stop(true);
  }
  const Outcome outcome = on_db({"subject", "export", "17"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "note: exported 1 profile\n");
  const std::size_t line = outcome.out.find('\n');
  EXPECT_EQ(outcome.out.substr(0, line),
            R"({"keepsake_subject":1,"user_id":17,"made_ms":1700000000000,)"
            R"("made":"2023-11-14T22:13:20.000Z","profiles":1})");
  const Value profile = parse_json(outcome.out.substr(line + 1)).value();
  EXPECT_EQ(profile.find("key")->as_string(), "Ark");
  EXPECT_EQ(profile.find("data")->find("name")->as_string(), "Ada's second");
  EXPECT_EQ(write_json(*profile.find("envelope")->find("user_ids")), "[17]");
  ASSERT_EQ(profile.find("history")->size(), 2U);
  EXPECT_NE(write_json(*profile.find("history")).find("Ada's first"), std::string::npos);
  for (const char* name : {"inbox", "receipts", "handled", "quarantine"}) {
    EXPECT_EQ(write_json(*profile.find(name)), "[]") << name;
  }
  const std::filesystem::path file = folder_ / "17.jsonl";
  EXPECT_EQ(on_db({"subject", "export", "17", "--out", file.string()}).out, "");
  EXPECT_EQ(read(file), outcome.out);
}

TEST_F(SubjectTest, HistoryIsListedAndShown) {
  for (const char* name : {"one", "two"}) {
    RunningServer server(db(), "a");
    server.play("Ark", {}, name);
    server.stop(true);
  }
  const Outcome listed = on_db({"history", "Ark", "--store", "Ships", "--json"});
  const Value kept = parse_json(listed.out).value();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept.items()[0].find("kind")->as_string(), "end");
  const std::string first = write_json(*kept.items()[1].find("revision"));
  EXPECT_EQ(parse_json(on_db({"get", "Ark", "--store", "Ships", "--revision", first}).out)
                ->find("name")
                ->as_string(),
            "one");
  EXPECT_TRUE(
      on_db({"history", "Ark", "--store", "Ships"}).out.starts_with("REVISION  KIND  KEPT"));
  EXPECT_EQ(on_db({"history", "Raft", "--store", "Ships"}).err,
            "note: history keeps nothing of Raft\n");
  EXPECT_EQ(on_db({"get", "Ark", "--store", "Ships", "--revision", "999"}).status, 1);
}

TEST_F(SubjectTest, WithoutYesNothingGoes) {
  RunningServer server(db(), "a");
  server.play("Ark", {{17}}, "Ada");
  server.stop(true);
  const Outcome outcome = erase({});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("Ships/Ark  profile"), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.err, "note: nothing was changed; --yes erases this\n");
  EXPECT_EQ(on_db({"get", "Ark", "--store", "Ships"}).status, 0);
}

TEST_F(SubjectTest, AnErasureLeavesNoByteInDatabaseAndJournalsWhileTheServerRuns) {
  RunningServer dead(db(), "dead");
  dead.play("Barge", {{17}}, "Ada-Lovelace's barge");
  wait_for_segment_with("Ada-Lovelace's barge");
  dead.stop(false);
  RunningServer server(db(), "a");
  server.play("Ada-Lovelace", {{17}}, "Ada-Lovelace's ark");
  server.play("Raft", {{18}}, "of another");
  wait_for_segment_with("Ada-Lovelace's ark");

  const Outcome outcome = erase();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "erased 2 profiles, unlinked 0\n");
  EXPECT_EQ(files_with("Ada-Lovelace"), "");
  EXPECT_EQ(files_with("Barge"), "");
  EXPECT_NE(files_with("of another"), "");
  EXPECT_NE(read(db_.string() + ".tombstones").find("keepsake-tombstones 1 "), std::string::npos);
  EXPECT_NE(on_db({"audit"}).out.find("ticket 5"), std::string::npos);

  server.play("Ada-Lovelace", {{17}}, "back again");  // as a new player
  server.stop(true);
  EXPECT_NE(on_db({"get", "Ada-Lovelace", "--store", "Ships"}).out.find("back again"),
            std::string::npos);
}

TEST_F(SubjectTest, WhatOthersBearIsRefusedOrUnlinked) {
  RunningServer server(db(), "a");
  server.play("Fleet", {{17}, {18}}, "of two");
  server.play("Ark", {{17}}, "Ada");
  server.stop(true);
  const Outcome refused = erase();
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("found Ships/Fleet;"), std::string::npos) << refused.err;
  EXPECT_EQ(on_db({"get", "Ark", "--store", "Ships"}).status, 0);
  const Outcome done = erase({"--yes", "--unlink-shared", "--json"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(done.out, R"({"erased":[{"store":"Ships","key":"Ark"}],)"
                      R"("unlinked":[{"store":"Ships","key":"Fleet"}],"not_yet":[]})"
                      "\n");
  EXPECT_EQ(on_db({"subject", "export", "17"}).err, "note: exported 0 profiles\n");
  EXPECT_EQ(on_db({"subject", "export", "18"}).err, "note: exported 1 profile\n");
}

TEST_F(SubjectTest, ABackupIsRestoredUnderAServerThatRuns) {
  RunningServer server(db(), "a");
  server.play("Raft", {}, "yesterday");
  const std::string copy = (folder_ / "yesterday.db").string();
  while (on_db({"get", "Raft", "--store", "Ships"}).out.find("yesterday") == std::string::npos) {
  }
  EXPECT_EQ(on_db({"backup", copy}).err, "note: wrote " + copy + "\n");
  server.play("Ada-Lovelace", {{17}}, "since");
  EXPECT_EQ(erase().status, 0);
  server.play("Raft", {}, "since");
  const Outcome outcome = on_db({"restore", copy});
  EXPECT_EQ(outcome.err, "note: restored; of persons erased since, 0 profiles scrubbed\n");
  server.play("Ark", {}, "after");  // under a new lease
  server.stop(true);
  EXPECT_NE(on_db({"get", "Raft", "--store", "Ships"}).out.find("yesterday"), std::string::npos);
  EXPECT_NE(on_db({"get", "Ark", "--store", "Ships"}).out.find("after"), std::string::npos);
  EXPECT_EQ(on_db({"get", "Ada-Lovelace", "--store", "Ships"}).status, 1);
  EXPECT_EQ(run({"backup", copy, "--db", "memory:"}).status, 1);
}

}  // namespace
}  // namespace keepsake::cli
