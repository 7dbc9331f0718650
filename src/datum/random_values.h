// Values of every kind for the tests of codecs and diffs; the same ones for the same seed.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "keepsake/datum/value.h"

namespace keepsake {

class RandomValues {
 public:
  explicit RandomValues(std::uint64_t seed) : random_(seed) {}
  Value next(int depth = 0) {
    switch (random_() % (depth < 4 ? 9 : 7)) {
      case 0: return {};
      case 1: return Value(random_() % 2 == 0);
      case 2: return Value(static_cast<std::int64_t>(random_() >> (random_() % 64)));
      case 3: return Value(static_cast<std::int64_t>(~(random_() >> (1 + random_() % 63))));
      case 4: return number();
      case 5: return Value(text());
      case 6: return Value::bytes(std::string(random_() % 300, '\xFE'));
      case 7: {
        std::vector<Value> items(random_() % 5);
        for (Value& item : items) item = next(depth + 1);
        return Value::array(std::move(items));
      }
      default: {
        Value object = Value::object();
        for (std::uint64_t count = random_() % 6; count > 0; --count)
          object.set(text(), next(depth + 1));
        return object;
      }
    }
  }

 private:
  Value number() {
    const double number =
        random_() % 2 == 0
            ? std::bit_cast<double>(random_())
            : static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(random_())));
    return std::isfinite(number) ? Value(number) : Value(0.5);
  }
  std::string text() {
    constexpr const char* kParts[] = {"a", "b", "\"", "\xC3\xBC", "\n", "key"};
    std::string text;
    for (std::uint64_t count = random_() % 6; count > 0; --count) text += kParts[random_() % 6];
    return text;
  }
  std::mt19937_64 random_;
};

}  // namespace keepsake
