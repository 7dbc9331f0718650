#include "src/cli/text.h"

#include <gtest/gtest.h>

namespace keepsake::cli {
namespace {

TEST(DisplayWidth, CountsColumnsAndNotBytes) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("αβγ"), 3U);
  EXPECT_EQ(display_width("日本"), 4U);
  EXPECT_EQ(display_width("tea 🍵"), 6U);
  EXPECT_EQ(display_width("e\xCC\x81"), 1U);
  EXPECT_EQ(display_width("\xFF\xC3"), 2U);
}

TEST(Printable, LeavesNothingThatSteersATerminal) {
  EXPECT_EQ(printable("plain αβγ 🍵"), "plain αβγ 🍵");
  EXPECT_EQ(printable("\x1B[31mred\x07\n\x7F"), "\\x1B[31mred\\x07\\n\\x7F");
  EXPECT_EQ(printable("\xC2\x9B"
                      "1m"),
            "\\xC2\\x9B1m");
  EXPECT_EQ(printable("\xFF"
                      "a\xE2\x82"),
            "\\xFFa\\xE2\\x82");
}

TEST(UtcText, IsReadableAndDashForNoTime) {
  EXPECT_EQ(utc_text(0), "1970-01-01 00:00:00Z");
  EXPECT_EQ(utc_or_dash(0), "-");
  EXPECT_EQ(utc_or_dash(1), "1970-01-01 00:00:00Z");
  EXPECT_EQ(utc_text(1600000000123), "2020-09-13 12:26:40Z");
  EXPECT_EQ(utc_text(-1000), "1969-12-31 23:59:59Z");
  EXPECT_EQ(utc_rfc3339(1600000000042), "2020-09-13T12:26:40.042Z");
  EXPECT_EQ(utc_rfc3339(0), "1970-01-01T00:00:00.000Z");
}

TEST(CountOf, KnowsThePlural) {
  EXPECT_EQ(count_of(1, "line"), "1 line");
  EXPECT_EQ(count_of(0, "line"), "0 lines");
}

}  // namespace
}  // namespace keepsake::cli
