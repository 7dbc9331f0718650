// keepsake-sim as a program: what it prints, how it ends, and that nothing of it is shipped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "keepsake/datum/json.h"
#include "tests/child.h"
#include "tests/programs.h"

namespace {

using keepsake::parse_json;
using keepsake::Value;
using keepsake::tests::Ended;
using keepsake::tests::program;
using keepsake::tests::run_program;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

Ended simulate(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), program("keepsake-sim"));
  return run_program(arguments, 280s);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Where each plant's changed lines are: `planted<Plant::x>` in the product's code, by file.
std::vector<std::string> places_of(const std::string& plant) {
  std::string use = "Plant::" + plant + ">";
  for (char& c : use) c = c == '-' ? '_' : c;
  std::vector<std::string> places;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("src")) {
    if (entry.path().extension() != ".cc") continue;
    const std::vector<std::string> lines = lines_of(read(entry.path()));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].find(use) == std::string::npos) continue;
      places.push_back(entry.path().string() + ":" + std::to_string(i + 1));
    }
  }
  return places;
}

constexpr std::int64_t kCount = 20'000;

TEST(Simulator, FindsNothingInTheFirstTwentyThousandSeeds) {
  const Ended ended =
      simulate({"--seeds", "1.." + std::to_string(kCount), "--jobs", "2", "--json"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  const auto report = parse_json(ended.out);
  ASSERT_TRUE(report) << ended.out;
  EXPECT_EQ(report->find("seeds")->as_integer(), kCount);
  EXPECT_EQ(report->find("violations")->as_integer(), 0);
  EXPECT_TRUE(report->find("repeats")->as_bool());
  EXPECT_GT(report->find("seeds_per_second")->as_number(), 0.0);
}

TEST(Simulator, WithAPlantSucceedsWhereItIsFoundAndSaysAtWhichSeed) {
  const Ended ended = simulate({"--plant", "release-before-save", "--seeds", "1..2000", "--json"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  const auto report = parse_json(ended.out);
  ASSERT_TRUE(report) << ended.out;
  EXPECT_GT(report->find("found_at_seed")->as_integer(), 0);
}

TEST(Simulator, PrintsTheShortestScenarioThatStillFailsAndItsTrace) {
  const Ended ended = simulate({"--plant", "release-before-save", "--seeds", "1..2000", "--trace"});
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("actions do:"));
  EXPECT_THAT(ended.out, HasSubstr("three servers"));
  EXPECT_THAT(ended.out, HasSubstr("acquire"));
}

TEST(Simulator, RefusesWhatItCannotDoWithOneLine) {
  EXPECT_EQ(simulate({"--plant", "no-such"}).status, 2);
  EXPECT_THAT(simulate({"--plant", "no-such"}).err, HasSubstr("--plants lists them"));
  EXPECT_EQ(simulate({"--seeds", "9..3"}).status, 2);
}

TEST(Plants, AreListedWithTheirPlaces) {
  const std::string document = read("docs/plants.md");
  for (const std::string& plant : lines_of(simulate({"--plants"}).out)) {
    const std::vector<std::string> places = places_of(plant);
    ASSERT_FALSE(places.empty()) << plant << " is in no line of the product";
    EXPECT_THAT(document, HasSubstr("| `" + plant + "` |"));
    for (const std::string& place : places) {
      EXPECT_THAT(document, HasSubstr("`" + place + "`"))
          << "script/plants --places writes the lines anew";
    }
  }
}

TEST(Plants, AreInNoShippedLibrary) {
  const std::string folder = keepsake::tests::build_folder();
  EXPECT_THAT(read(folder + "/libkeepsake_planted.a"), HasSubstr("chosen_plant"));
  std::vector<std::string> with;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool simulators =
        name.find("planted") != std::string::npos || name.starts_with("libkeepsake_sim");
    if (entry.path().extension() != ".a" || simulators) continue;
    if (read(entry.path()).find("chosen_plant") != std::string::npos) with.push_back(name);
  }
  EXPECT_THAT(with, IsEmpty());
}

}  // namespace
