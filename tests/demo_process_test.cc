// The demo as a newcomer runs it, in short: it ends well, and each broken safeguard is noticed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "keepsake/datum/json.h"
#include "tests/child.h"
#include "tests/programs.h"

namespace {

using keepsake::Value;
using keepsake::tests::Ended;
using keepsake::tests::program;
using keepsake::tests::run_program;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

/// Whether a process that lives has it mapped: then it is somebody else's.
bool in_use(const std::string& name) {
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    std::ifstream maps(process.path() / "maps");
    for (std::string line; std::getline(maps, line);) {
      if (line.find(name) != std::string::npos) return true;
    }
  }
  return false;
}

/// Shared memory and folders of nobody's.
std::set<std::string> leftovers() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    const std::string name = entry.path().filename();
    if (name.starts_with("keepsake") && !in_use(name)) names.insert(name);
  }
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::temp_directory_path())) {
    const std::string name = entry.path().filename();
    if (name.starts_with("keepsake-demo-")) names.insert(name);
  }
  return names;
}

std::set<std::string> leftovers_but(const std::set<std::string>& before) {
  std::set<std::string> names = leftovers();
  std::erase_if(names, [&](const std::string& name) { return before.contains(name); });
  return names;
}

/// Those that stay: what another program has there now, it takes away when it ends.
std::set<std::string> stay_of(std::set<std::string> names) {
  const auto end = std::chrono::steady_clock::now() + kWithin;
  while (!names.empty() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const std::set<std::string> now = leftovers();
    std::erase_if(names, [&](const std::string& name) { return !now.contains(name); });
  }
  return names;
}

TEST(Demo, NothingIsLostDoubledOrHalved) {
  const std::set<std::string> before = leftovers();
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
  EXPECT_THAT(stay_of(leftovers_but(before)), IsEmpty());
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
