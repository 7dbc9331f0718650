// The short ways of reading and writing numbers against the standard library's.
#include "src/datum/number.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

namespace keepsake {
namespace {

constexpr std::uint64_t kSeed = 0x4E0;

std::string written(double value) {
  char buffer[kNumberRoom];
  return {buffer, write_double(buffer, value)};
}
std::string written(std::int64_t value) {
  char buffer[kNumberRoom];
  return {buffer, write_integer(buffer, value)};
}
template <class N>
std::string by_standard(N value) {
  char buffer[64];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

class RandomNumbers {
 public:
  std::int64_t integer() { return static_cast<std::int64_t>(engine_()) >> (engine_() % 64); }
  /// With few decimals, many, or those of any bits.
  double fraction() {
    double power = 1;
    for (std::uint64_t n = engine_() % 12; n > 0; --n) power *= 10;
    const double few = static_cast<double>(integer() >> 8) / power;
    switch (engine_() % 4) {
      case 0: return std::nextafter(few, 1e300);
      case 1: return static_cast<double>(integer()) / 7;
      default: return few;
    }
  }

 private:
  std::mt19937_64 engine_{kSeed};
};

TEST(Numbers, AreWrittenAsTheStandardLibraryWritesThem) {
  RandomNumbers random;
  for (int i = 0; i < 300'000; ++i) {
    const std::int64_t integer = random.integer();
    ASSERT_EQ(written(integer), by_standard(integer)) << "(seed " << kSeed << ")";
    const double fraction = random.fraction();
    if (fits_integer(fraction)) continue;
    ASSERT_EQ(written(fraction), by_standard(fraction)) << "(seed " << kSeed << ")";
  }
}

TEST(Numbers, ReadBackAsThemselves) {
  RandomNumbers random;
  for (int i = 0; i < 300'000; ++i) {
    const double value = random.fraction();
    const std::string text = written(value);
    Number number;
    NumberFault fault = NumberFault::none;
    const char* const end = text.data() + text.size();
    ASSERT_EQ(read_number(text.data(), end, number, fault), end) << text;
    ASSERT_EQ(fault, NumberFault::none) << text;
    ASSERT_EQ(number.as_double(), value) << text << " (seed " << kSeed << ")";
    ASSERT_EQ(number.integral, fits_integer(value)) << text;
  }
}

TEST(Numbers, ReadTokensOfAFewDigitsAsTheStandardLibraryDoes) {
  RandomNumbers random;
  for (int i = 0; i < 300'000; ++i) {
    std::string text = std::to_string(random.integer() % 100'000'000);
    text += '.' + std::to_string(std::abs(random.integer() % 100'000'000));
    Number number;
    NumberFault fault = NumberFault::none;
    const char* const end = text.data() + text.size();
    ASSERT_EQ(read_number(text.data(), end, number, fault), end) << text;
    ASSERT_EQ(number.as_double(), std::strtod(text.c_str(), nullptr)) << text;
    ASSERT_EQ(number.integral, text.find_first_not_of('0', text.find('.') + 1) == text.npos)
        << text;
  }
}

TEST(Numbers, RefuseTokensThatJsonDoesntHave) {
  for (const std::string text : {"01.5", "1.", "-.5", ".5", "-", "1.5e", "00", "-01", "1.e5"}) {
    Number number;
    NumberFault fault = NumberFault::none;
    static_cast<void>(read_number(text.data(), text.data() + text.size(), number, fault));
    EXPECT_EQ(fault, NumberFault::malformed) << text;
  }
}

}  // namespace
}  // namespace keepsake
