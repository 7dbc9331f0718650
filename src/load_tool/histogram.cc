#include "src/load_tool/histogram.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace keepsake::load_tool {

namespace {

constexpr int kParts = 16;

int bucket_of(std::int64_t nanoseconds) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
  if (value < kParts) return static_cast<int>(value);
  const int exponent =
      static_cast<int>(std::bit_width(value)) - 5;  // value >> exponent lies in 16 to 31
  const int bucket = (exponent + 1) * kParts + static_cast<int>((value >> exponent) - kParts);
  return std::min(bucket, Histogram::kBuckets - 1);
}

std::int64_t end_of(int bucket) {
  if (bucket < kParts) return bucket;
  const int exponent = bucket / kParts - 1;
  const auto beyond = static_cast<std::uint64_t>(bucket % kParts + kParts + 1) << exponent;
  return static_cast<std::int64_t>(beyond - 1);
}

template <class Integer>
bool take(std::string_view& text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

void Histogram::add(Duration duration) {
  ++buckets_[static_cast<std::size_t>(bucket_of(duration.count()))];
  ++count_;
  longest_ = std::max(longest_, duration);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  longest_ = std::max(longest_, other.longest_);
}

Duration Histogram::at(double part) const {
  if (count_ == 0) return Duration{0};
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (int i = 0; i < kBuckets; ++i) {
    seen += buckets_[static_cast<std::size_t>(i)];
    if (seen >= wanted) return std::min(longest_, Duration(end_of(i)));
  }
  return longest_;
}

std::string Histogram::text() const {
  std::string out;
  for (int i = 0; i < kBuckets; ++i) {
    const std::uint64_t count = buckets_[static_cast<std::size_t>(i)];
    if (count != 0) out += std::to_string(i) + ":" + std::to_string(count) + " ";
  }
  return out + "max:" + std::to_string(longest_.count());
}

bool Histogram::add_text(std::string_view text) {
  while (!text.starts_with("max:")) {
    std::size_t bucket = 0;
    std::uint64_t count = 0;
    if (!take(text, bucket) || bucket >= buckets_.size() || !text.starts_with(':')) return false;
    text.remove_prefix(1);
    if (!take(text, count) || !text.starts_with(' ')) return false;
    text.remove_prefix(1);
    buckets_[bucket] += count;
    count_ += count;
  }
  text.remove_prefix(4);
  std::int64_t longest = 0;
  if (!take(text, longest) || !text.empty()) return false;
  longest_ = std::max(longest_, Duration(longest));
  return true;
}

std::string Histogram::bars() const {
  static constexpr const char* kBars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr int kColumns = 20;  // 1 µs, 2 µs, … 0.5 s and longer
  std::array<std::uint64_t, kColumns> columns{};
  for (int i = 0; i < kBuckets; ++i) {
    const double us = static_cast<double>(end_of(i)) / 1000.0;
    const int column = us <= 1 ? 0 : std::min(kColumns - 1, static_cast<int>(std::log2(us)));
    columns[static_cast<std::size_t>(column)] += buckets_[static_cast<std::size_t>(i)];
  }
  const double most = std::log2(static_cast<double>(std::ranges::max(columns)) + 1);
  std::string out;
  for (const std::uint64_t count : columns) {
    const double height = most > 0 ? std::log2(static_cast<double>(count) + 1) / most : 0;
    out += kBars[static_cast<int>(std::ceil(height * 8))];
  }
  return out;
}

std::string show(Duration duration) {
  const double ns = static_cast<double>(duration.count());
  const auto digits = [](double value, const char* unit) {
    char text[32];
    const int places = value < 10 ? 2 : value < 100 ? 1 : 0;
    std::snprintf(text, sizeof text, "%.*f %s", places, value, unit);
    return std::string(text);
  };
  if (ns < 1e3) return digits(ns, "ns");
  if (ns < 1e6) return digits(ns / 1e3, "µs");
  if (ns < 1e9) return digits(ns / 1e6, "ms");
  return digits(ns / 1e9, "s");
}

}  // namespace keepsake::load_tool
