// The demo as a newcomer runs it, in short: it ends well, and each broken safeguard is noticed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
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
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::chrono::seconds kWithin{150};

Ended run_demo(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(),
                   {program("demo"), "--seconds", "10", "--players", "60", "--json"});
  return run_program(arguments, kWithin);
}

Value figures_of(const Ended& ended) {
  const auto parsed = keepsake::parse_json(ended.out);
  EXPECT_TRUE(parsed) << ended.out << ended.err;
  return parsed ? *parsed : Value::object();
}

std::vector<std::string> findings_of(const Value& figures) {
  std::vector<std::string> found;
  const Value* accounting = figures.find("accounting");
  if (accounting == nullptr) return found;
  for (const Value& finding : accounting->find("findings")->items()) {
    found.emplace_back(finding.find("what")->as_string());
  }
  return found;
}

bool names_on_command_line(const std::filesystem::path& process, const std::string& what) {
  std::ifstream words(process / "cmdline");
  std::string all;
  std::getline(words, all);  // there are zeroes between the words, and no end of a line
  return all.find(what) != std::string::npos;
}

/// Shared memory of Keepsake's that processes have mapped whose command line names the folder.
std::set<std::string> mapped_by_users_of(const std::string& folder) {
  static const std::string kPrefix = "/dev/shm/keepsake";
  std::set<std::string> paths;
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    if (!names_on_command_line(process.path(), folder)) continue;
    std::ifstream maps(process.path() / "maps");
    for (std::string line; std::getline(maps, line);) {
      const std::size_t at = line.find(kPrefix);
      if (at != std::string::npos) paths.insert(line.substr(at, line.find(' ', at) - at));
    }
  }
  return paths;
}

/// A demo's own folder for what is temporary, and all shared memory that its servers map meanwhile:
/// other tests have theirs at the same time.
class PlaceOfDemo {
 public:
  PlaceOfDemo() {
    ::setenv("TMPDIR", folder_.path().c_str(), 1);
    looker_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        mapped_.merge(mapped_by_users_of(folder_.path() + "/"));
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    });
  }
  ~PlaceOfDemo() { ::unsetenv("TMPDIR"); }
  PlaceOfDemo(const PlaceOfDemo&) = delete;
  PlaceOfDemo& operator=(const PlaceOfDemo&) = delete;

  [[nodiscard]] const std::string& folder() const { return folder_.path(); }

  /// Call it when the demo has ended.
  std::set<std::string> mapped() {
    looker_.request_stop();
    if (looker_.joinable()) looker_.join();
    return mapped_;
  }

 private:
  keepsake::tests::TestFolder folder_;
  std::set<std::string> mapped_;
  std::jthread looker_;
};

bool exists(const std::string& path) { return std::filesystem::exists(path); }

TEST(Demo, NothingIsLostDoubledOrHalved) {
  PlaceOfDemo place;
  const Ended ended = run_demo({});
  const Value figures = figures_of(ended);
  ASSERT_EQ(ended.status, 0) << ended.out << ended.err;
  EXPECT_TRUE(figures.find("good")->as_bool());
  std::vector<std::string> story;
  for (const Value& line : figures.find("story")->items()) story.emplace_back(line.as_string());
  EXPECT_THAT(story,
              ElementsAre("Player TestUser joining...", "✓ Loaded profile for TestUser (version 3)",
                          "  Granted 10 coins, new balance: 110", "  Granted starter sword",
                          "✓ TestUser ready to play"));
  EXPECT_GT(figures.find("recovered_edits")->as_integer(), 0);
  EXPECT_GT(figures.find("hand_over")->find("count")->as_integer(), 0);
  EXPECT_GT(figures.find("edits_refused_after_thaw")->as_integer(), 0);
  EXPECT_GT(figures.find("commits_refused_after_thaw")->as_integer(), 0);
  const Value& accounting = *figures.find("accounting");
  EXPECT_EQ(accounting.find("players")->as_integer(), 61);
  EXPECT_GT(accounting.find("witnessed")->as_integer(), 100);
  EXPECT_GT(accounting.find("trades")->as_integer(), 10);
  EXPECT_LE(accounting.find("unwitnessed")->as_integer(), 1);
  EXPECT_TRUE(std::filesystem::is_empty(place.folder()));
  EXPECT_THAT(place.mapped(), AllOf(Not(IsEmpty()), Each(testing::ResultOf(exists, false))));
}

TEST(Demo, NoticesAFenceThatLetsStaleCommitsThrough) {
  const Ended ended = run_demo({"--break", "fence"});
  EXPECT_EQ(ended.status, 1) << ended.out << ended.err;
  EXPECT_THAT(findings_of(figures_of(ended)),
              testing::Contains("an operation that had returned is lost"));
}

TEST(Demo, NoticesAJournalThatKeepsNothing) {
  const Ended ended = run_demo({"--break", "journal"});
  EXPECT_EQ(ended.status, 1) << ended.out << ended.err;
  EXPECT_THAT(findings_of(figures_of(ended)),
              testing::Contains("an operation that had returned is lost"));
}

TEST(Demo, NoticesATradeOfWhichOneSideIsStored) {
  const Ended ended = run_demo({"--break", "trade"});
  EXPECT_EQ(ended.status, 1) << ended.out << ended.err;
  EXPECT_THAT(findings_of(figures_of(ended)),
              testing::Contains("a trade is stored on one side only"));
}

TEST(Demo, KillsFreezesCutsAndHopsAtAPersonsKeys) {
  const Ended ended = run_demo({"--keys", "..2hd.d1kjf.s.jt."});
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  for (const char* told : {"TestUser hops from A to B", "server B can't reach the database",
                           "kill -9 of A in mid-play", "join B", "server B is frozen",
                           "server C is up", "server B is thawed"}) {
    EXPECT_THAT(ended.err, HasSubstr(told));
  }
  EXPECT_TRUE(figures_of(ended).find("accounting")->find("holds")->as_bool());
}

TEST(Demo, SaysWhichArgumentMakesNoSenseAndWhatItMayBe) {
  const auto refused = [](std::vector<std::string> command, const std::string& text) {
    command.insert(command.begin(), program("demo"));
    const Ended ended = run_program(command, kWithin);
    EXPECT_EQ(ended.status, 2);
    EXPECT_EQ(ended.err, "demo: can't make sense of " + text);
    EXPECT_EQ(ended.out, "");
  };
  refused({"--break", "none"},
          "'--break none' (--help explains)\n"
          "  --break WHAT       switch one safeguard off, and see the accounting notice:\n"
          "                       fence    stale commits are let through\n"
          "                       journal  what is written to the journal goes nowhere\n"
          "                       trade    of a trade only one side is stored\n");
  const std::string seconds =
      "  --seconds N        about how long it takes, 5 to 600 (60); a freeze takes 12 of them "
      "anyway\n";
  refused({"--seconds", "4"}, "'--seconds 4' (--help explains)\n" + seconds);
  refused({"--seconds"}, "'--seconds' (--help explains)\n" + seconds);
  refused({"--what"}, "'--what' (--help explains)\n");
}

}  // namespace
