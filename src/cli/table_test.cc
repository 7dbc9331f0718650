#include "src/cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace keepsake::cli {
namespace {

TEST(Table, AlignsByDisplayWidth) {
  Table table({{"KEY"}, {"REVISION", Table::Align::right}, {"OWNER"}});
  table.add({"日本", "12", "eu-1"});
  table.add({"a", "3", ""});
  std::ostringstream out;
  table.write(out);
  EXPECT_EQ(out.str(),
            "KEY   REVISION  OWNER\n"
            "日本        12  eu-1\n"
            "a            3  -\n");
}

TEST(Table, WritesItsTitlesOnceAndOnlyWithRows) {
  Table table({{"A"}, {"B"}});
  std::ostringstream out;
  table.write(out);
  EXPECT_EQ(out.str(), "");
  table.add({"1", "2"});
  table.write(out);
  table.add({"long", "2"});
  table.write(out);
  EXPECT_EQ(out.str(), "A  B\n1  2\nlong  2\n");
}

TEST(Table, ShowsNoControlCharacters) {
  Table table({{"A"}});
  table.add({"x\x1B[2J\ny"});
  std::ostringstream out;
  table.write(out);
  EXPECT_EQ(out.str(), "A\nx\\x1B[2J\\ny\n");
}

}  // namespace
}  // namespace keepsake::cli
