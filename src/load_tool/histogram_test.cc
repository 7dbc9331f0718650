#include "src/load_tool/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace keepsake::load_tool {
namespace {

TEST(HistogramOfTimes, IsOffBySixPercentAtMost) {
  constexpr unsigned kSeed = 3;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937 engine(kSeed);
  std::vector<std::int64_t> exact;
  Histogram histogram;
  for (int i = 0; i < 10'000; ++i) {
    const std::int64_t ns = static_cast<std::int64_t>(engine() >> (engine() % 31));
    exact.push_back(ns);
    histogram.add(Duration(ns));
  }
  std::sort(exact.begin(), exact.end());
  for (const double part : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto truth = static_cast<double>(exact[static_cast<std::size_t>(part * 10'000) - 1]);
    const auto told = static_cast<double>(histogram.at(part).count());
    EXPECT_GE(told, truth) << part;
    EXPECT_LE(told, truth * 1.0625 + 1) << part;
  }
  EXPECT_EQ(histogram.longest().count(), exact.back());
  EXPECT_EQ(histogram.at(1).count(), exact.back());
}

TEST(HistogramOfTimes, GoesThroughTextUnchanged) {
  Histogram sent;
  for (const int ns : {0, 15, 16, 17, 1'000, 123'456'789}) sent.add(Duration(ns));
  Histogram received;
  ASSERT_TRUE(received.add_text(sent.text()));
  EXPECT_EQ(received.text(), sent.text());
  EXPECT_EQ(received.count(), 6U);
}

TEST(HistogramOfTimes, RefusesOtherText) {
  Histogram histogram;
  for (const char* text : {"", "1", "1:2", "1:2 ", "x max:3", "99999:1 max:3", "max:", "max:3 "}) {
    EXPECT_FALSE(histogram.add_text(text)) << text;
  }
}

TEST(HistogramOfTimes, HoldsAndDrawsTheLongestThatThereIs) {
  Histogram histogram;
  histogram.add(Duration(1));
  histogram.add(Duration::max());
  EXPECT_EQ(histogram.at(1), Duration::max());
  EXPECT_EQ(histogram.bars(), "█                  █");
}

TEST(HistogramOfTimes, ShowsThreeDigits) {
  EXPECT_EQ(show(Duration(7)), "7.00 ns");
  EXPECT_EQ(show(Duration(12'345)), "12.3 µs");
  EXPECT_EQ(show(Duration(4'560'000)), "4.56 ms");
  EXPECT_EQ(show(Duration(123'000'000'000)), "123 s");
}

}  // namespace
}  // namespace keepsake::load_tool
