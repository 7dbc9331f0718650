// The lists of texts that are JSON and of those that are not, each with what comes of it.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

/// The bytes that a notation of the list stands for: "<EF>" for the byte of that hex value,
/// "<100*[>" for a hundred times "[".
std::string bytes_of(std::string_view notation) {
  std::string bytes;
  while (!notation.empty()) {
    if (notation[0] != '<') {
      bytes += notation[0];
      notation.remove_prefix(1);
      continue;
    }
    const std::string inside(notation.substr(1, notation.find('>') - 1));
    notation.remove_prefix(inside.size() + 2);
    const std::size_t star = inside.find('*');
    if (star == std::string::npos) {
      bytes += static_cast<char>(std::stoi(inside, nullptr, 16));
    } else {
      for (int n = std::stoi(inside); n > 0; --n) bytes += inside.substr(star + 1);
    }
  }
  return bytes;
}

struct Line {
  std::string verdict;  ///< "takes" or "refuses"
  std::string text;
  std::string outcome;  ///< what write_json makes of it, "same", or the error
  std::string why;
};

std::vector<Line> lines() {
  std::ifstream file("src/datum/testdata/json_texts.tsv", std::ios::binary);
  std::vector<Line> found;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream cells(line);
    Line made;
    for (std::string* cell : {&made.verdict, &made.text, &made.outcome, &made.why}) {
      std::getline(cells, *cell, '\t');
    }
    found.push_back(std::move(made));
  }
  return found;
}

TEST(JsonLists, TakeAndRefuseEachTextAsItsLineSays) {
  int taken = 0;
  int refused = 0;
  for (const Line& line : lines()) {
    const std::string text = bytes_of(line.text);
    const Result<Value> value = parse_json(text);
    const std::string outcome = value ? write_json(*value) : value.error().text();
    EXPECT_EQ(value.has_value() ? "takes" : "refuses", line.verdict)
        << line.text << " (" << line.why << "): " << outcome;
    EXPECT_EQ(outcome, line.outcome == "same" ? text : bytes_of(line.outcome))
        << line.text << " (" << line.why << ")";
    EXPECT_NE(line.why, "") << line.text;
    ++(value ? taken : refused);
  }
  EXPECT_GE(taken, 100);
  EXPECT_GE(refused, 170);
}

}  // namespace
}  // namespace keepsake
