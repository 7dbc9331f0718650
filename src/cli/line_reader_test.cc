#include "src/cli/line_reader.h"

#include <gtest/gtest.h>

#include <sstream>

namespace keepsake::cli {
namespace {

std::vector<std::string> lines_of(std::string_view text, std::size_t most_bytes = 1000) {
  std::istringstream in{std::string(text)};
  LineReader reader(in, most_bytes);
  std::vector<std::string> lines;
  LineReader::Line line;
  while (reader.next(line)) {
    lines.push_back(std::to_string(line.number) +
                    (line.too_long ? ": too long" : ": " + line.text));
  }
  EXPECT_EQ(reader.bytes_read(), text.size());
  EXPECT_FALSE(reader.failed());
  return lines;
}
using Lines = std::vector<std::string>;

TEST(LineReader, NumbersLinesAndLeavesEmptyOnesOut) {
  EXPECT_EQ(lines_of("a\n\n  \t\nb\n"), (Lines{"1: a", "4: b"}));
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("\n\n"), Lines{});
}

TEST(LineReader, TakesEveryKindOfLineEnd) {
  EXPECT_EQ(lines_of("a\r\nb\r\n"), (Lines{"1: a", "2: b"}));
  EXPECT_EQ(lines_of("a\nlast"), (Lines{"1: a", "2: last"}));
}

TEST(LineReader, DropsAByteOrderMark) { EXPECT_EQ(lines_of("\xEF\xBB\xBF{}\n"), Lines{"1: {}"}); }

TEST(LineReader, PassesOverALineThatIsTooLong) {
  const std::string long_line(200000, 'x');
  EXPECT_EQ(lines_of("a\n" + long_line + "\nb\n", 100), (Lines{"1: a", "2: too long", "3: b"}));
  EXPECT_EQ(lines_of(std::string(100, 'x') + "\n", 100), Lines{"1: " + std::string(100, 'x')});
  EXPECT_EQ(lines_of(std::string(101, 'x') + "\n", 100), Lines{"1: too long"});
}

TEST(LineReader, JoinsALineThatSpansItsBuffers) {
  const std::string line(150000, 'y');
  EXPECT_EQ(lines_of(line + "\nz", 200000), (Lines{"1: " + line, "2: z"}));
}

}  // namespace
}  // namespace keepsake::cli
