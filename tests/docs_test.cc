// What the documents say, held against what is compiled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "keepsake/base/error.h"
#include "tests/child.h"
#include "tests/programs.h"

namespace {

using keepsake::ErrorCode;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// A fenced block of C++ or CMake and the file that it says it is from.
struct Quote {
  std::string document;
  std::string source;  ///< "" if it doesn't say
  std::vector<std::string> lines;
};

std::vector<Quote> quotes_in(const std::string& document, const std::string& text) {
  const std::string kFrom = "<!-- from ";
  std::vector<Quote> quotes;
  std::string source;
  bool inside = false;
  for (const std::string& line : lines_of(text)) {
    if (inside && line == "```") {
      inside = false;
      source.clear();
    } else if (inside) {
      quotes.back().lines.push_back(line);
    } else if (line.starts_with(kFrom)) {
      source = line.substr(kFrom.size(), line.find(" -->") - kFrom.size());
    } else if (line == "```cpp" || line == "```cmake") {
      inside = true;
      quotes.push_back({.document = document, .source = source, .lines = {}});
    }
  }
  return quotes;
}

std::size_t indent_of(const std::string& line) {
  const std::size_t first = line.find_first_not_of(' ');
  return first == std::string::npos ? 0 : first;
}

/// Whether the lines stand in the file one after another, all indented by as much more.
bool stands_in(const std::vector<std::string>& quote, const std::vector<std::string>& file) {
  if (quote.empty()) return false;
  for (std::size_t start = 0; start + quote.size() <= file.size(); ++start) {
    if (indent_of(file[start]) < indent_of(quote[0])) continue;
    const std::string more(indent_of(file[start]) - indent_of(quote[0]), ' ');
    bool same = true;
    for (std::size_t i = 0; same && i < quote.size(); ++i) {
      same = file[start + i] == (quote[i].empty() ? quote[i] : more + quote[i]);
    }
    if (same) return true;
  }
  return false;
}

std::vector<std::filesystem::path> documents() {
  std::vector<std::filesystem::path> found{"README.md"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator("docs")) {
    if (entry.path().extension() == ".md") found.push_back(entry.path());
  }
  return found;
}

/// Rows of Markdown tables with so many cells, without heads; backquotes are taken off.
std::vector<std::vector<std::string>> rows_in(const std::string& text, std::size_t cells) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : lines_of(text)) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> row;
    std::istringstream stream(line.substr(2));
    for (std::string cell; std::getline(stream, cell, '|');) {
      if (cell.starts_with(' ')) cell.erase(0, 1);
      if (cell.ends_with(' ')) cell.pop_back();
      row.push_back(cell);
    }
    if (row.size() == cells) rows.push_back(row);
  }
  return rows;
}

std::string bare(const std::string& cell) {
  return cell.size() > 2 && cell.front() == '`' ? cell.substr(1, cell.size() - 2) : cell;
}

TEST(Documents, QuoteOnlyCodeThatIsCompiled) {
  std::size_t seen = 0;
  for (const auto& document : documents()) {
    for (const Quote& quote : quotes_in(document.string(), read(document))) {
      ++seen;
      ASSERT_NE(quote.source, "") << document
                                  << ": a block of code that doesn't say where it is from";
      EXPECT_TRUE(stands_in(quote.lines, lines_of(read(quote.source))))
          << document << " quotes what isn't in " << quote.source << ", beginning with\n"
          << (quote.lines.empty() ? "" : quote.lines.front());
    }
  }
  EXPECT_GE(seen, 3U);
}

TEST(Documents, NoticeAQuoteThatDiffers) {
  const std::vector<std::string> file{"int f() {", "  int a = 1;", "", "  return a;", "}"};
  EXPECT_TRUE(stands_in({"int a = 1;", "", "return a;"}, file));
  EXPECT_FALSE(stands_in({"int a = 2;", "", "return a;"}, file));
  EXPECT_FALSE(stands_in({"int a = 1;", "return a;"}, file));
  EXPECT_FALSE(stands_in({"int a = 1;", "", "  return a;"}, file));
  EXPECT_FALSE(stands_in({}, file));
}

/// The lines of the blocks that are in no language: what a program prints.
std::vector<std::string> printed_in(const std::string& text) {
  std::vector<std::string> printed;
  bool plain = false;
  bool inside = false;
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with("```")) {
      inside = !inside;
      plain = inside && line == "```";
    } else if (plain) {
      printed.push_back(line.substr(indent_of(line)));
    }
  }
  return printed;
}

TEST(Documents, ShowWhatTheirExamplesPrint) {
  const std::pair<std::string, std::string> pages[] = {{"docs/first-schema.md", "first_schema"},
                                                       {"docs/schemas.md", "schemas_tour"},
                                                       {"docs/migrations.md", "datum_tour"}};
  for (const auto& [page, example] : pages) {
    const auto ended = keepsake::tests::run_program(
        {keepsake::tests::build_folder() + "/examples/" + example}, std::chrono::seconds(30));
    EXPECT_EQ(ended.status, 0) << example << ": " << ended.out << ended.err;
    std::vector<std::string> out;
    for (const std::string& line : lines_of(ended.out)) out.push_back(line.substr(indent_of(line)));
    const std::vector<std::string> shown = printed_in(read(page));
    EXPECT_FALSE(shown.empty()) << page;
    for (const std::string& line : shown) EXPECT_THAT(out, Contains(line)) << page;
  }
}

TEST(Readme, ShowsTheWholeExample) {
  const std::vector<Quote> quotes = quotes_in("README.md", read("README.md"));
  ASSERT_FALSE(quotes.empty());
  EXPECT_EQ(quotes[0].source, "examples/readme_example.cc");
  EXPECT_EQ(quotes[0].lines, lines_of(read("examples/readme_example.cc")));
}

TEST(Readme, IsTrueOfHowShortItsExamplesAre) {
  EXPECT_THAT(read("README.md"), HasSubstr("a real 60 Hz loop in under 80 lines"));
  EXPECT_LT(lines_of(read("examples/game_server.cc")).size(), 80U);
  const std::vector<std::string> first = lines_of(read("examples/readme_example.cc"));
  EXPECT_LE(first.size() - static_cast<std::size_t>(std::ranges::count(first, "")), 24U);
}

/// What stands between the two, in lines outside of code blocks.
std::vector<std::string> all_between(const std::string& text, const std::string& opening,
                                     const std::string& closing) {
  std::vector<std::string> found;
  bool code = false;
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with("```")) code = !code;
    for (std::size_t at = line.find(opening); !code && at != std::string::npos;) {
      const std::size_t from = at + opening.size();
      const std::size_t end = line.find(closing, from);
      if (end == std::string::npos) break;
      found.push_back(line.substr(from, end - from));
      at = line.find(opening, end + closing.size());
    }
  }
  return found;
}

TEST(Readme, NamesOnlyFilesThatAreThere) {
  const std::string text = read("README.md");
  const std::vector<std::string> links = all_between(text, "](", ")");
  EXPECT_GT(links.size(), 10U);
  for (const std::string& link : links) EXPECT_TRUE(std::filesystem::exists(link)) << link;
  for (const std::string& word : all_between(text, "`", "`")) {
    const std::string folder = word.substr(0, word.find('/'));
    if (folder == word || !std::filesystem::is_directory(folder)) continue;
    EXPECT_TRUE(std::filesystem::exists(word)) << word;
  }
}

TEST(Readme, LeadsToEachPage) {
  const std::string text = read("README.md");
  for (const auto& entry : std::filesystem::directory_iterator("docs")) {
    if (!entry.is_regular_file()) continue;
    EXPECT_THAT(text, HasSubstr("](" + entry.path().string() + ")"));
  }
}

TEST(ErrorTable, HasEachCodeOnceWithItsClass) {
  std::map<std::string, std::string> documented;
  for (const auto& row : rows_in(read("docs/errors.md"), 4)) {
    EXPECT_TRUE(documented.emplace(bare(row[0]), bare(row[1])).second) << row[0] << " stands twice";
    EXPECT_NE(row[2], "") << row[0];
    EXPECT_NE(row[3], "") << row[0];
  }
  for (int i = 0; i < keepsake::kErrorCodeCount; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    const auto row = documented.extract(std::string(name(code)));
    ASSERT_FALSE(row.empty()) << name(code) << " is missing";
    EXPECT_EQ(row.mapped(), name(class_of(code))) << name(code);
  }
  EXPECT_THAT(documented, IsEmpty());
}

TEST(ErrorTable, HasEachClass) {
  std::vector<std::string> classes;
  for (const auto& row : rows_in(read("docs/errors.md"), 2)) classes.push_back(bare(row[0]));
  std::vector<std::string> expected;
  for (int i = 0; i < 4; ++i) {
    expected.emplace_back(name(static_cast<keepsake::ErrorClass>(i)));
  }
  EXPECT_EQ(classes, expected);
}

}  // namespace
