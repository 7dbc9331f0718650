// Players' records of 0.5 to 32 KB, as JSON and as CBOR, with zstd alone and with a dictionary:
// their sizes, and how long it takes to compress and to expand one. The dictionary is trained on
// one half of the example's players; the records are made of the other half's things, to the size
// wanted.
//
//   build/release/bench/compress_bench [--records N]
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bench/example_players.h"
#include "bench/report.h"
#include "examples/player/player_catalog.h"
#include "keepsake/compress/compressor.h"
#include "keepsake/datum/cbor.h"
#include "keepsake/datum/json.h"
#include "src/base/this_machine.h"

namespace {

using keepsake::Compressor;
using keepsake::Value;

constexpr std::uint64_t kSeed = 20250401;
constexpr std::size_t kDictionaryBytes = 16 * 1024;

/// A player with so many of the things, and changed to be like no other, that the JSON is as long.
Value player_of(std::size_t bytes, const std::vector<Value>& from, std::mt19937_64& random) {
  Value player = bench::player_without_things(from, random);
  Value& things = *player.find_mutable("inventory");
  for (std::size_t size = keepsake::write_json(player).size(); size < bytes;) {
    Value thing = bench::thing_of(from, random);
    size += keepsake::write_json(thing).size() + 1;
    things.push_back(std::move(thing));
  }
  return player;
}

using Encode = std::string (*)(const Value&);
std::string as_json(const Value& value) { return keepsake::write_json(value); }
std::string as_cbor(const Value& value) { return keepsake::write_cbor(value); }

struct Cell {
  double bytes = 0;
  double compress_us = 0;
  double expand_us = 0;
};

Cell measure(Compressor& compressor, const std::vector<std::string>& records) {
  const auto& clock = keepsake::this_machine().clock;
  const auto us_each = [&](auto from, auto to) {
    return std::chrono::duration<double, std::micro>(to - from).count() /
           static_cast<double>(records.size());
  };
  Cell best{.bytes = 0, .compress_us = 1e9, .expand_us = 1e9};
  for (int round = 0; round < 7; ++round) {
    std::vector<std::string> stored;
    stored.reserve(records.size());
    const auto began = clock.now();
    for (const std::string& record : records) stored.push_back(compressor.compress(record));
    const auto compressed = clock.now();
    std::size_t expanded_bytes = 0;
    for (const std::string& one : stored) expanded_bytes += compressor.expand(one).value().size();
    const auto expanded = clock.now();
    std::size_t bytes = 0;
    for (const std::string& one : stored) bytes += one.size();
    if (expanded_bytes == 0) bench::fail("nothing was expanded");
    best.bytes = static_cast<double>(bytes) / static_cast<double>(records.size());
    best.compress_us = std::min(best.compress_us, us_each(began, compressed));
    best.expand_us = std::min(best.expand_us, us_each(compressed, expanded));
  }
  return best;
}

void print_row(std::string_view name, double raw, const Cell& plain, const Cell& with) {
  std::printf("| %s | %.0f | %.0f | %.1f / %.1f | %.0f | %.1f / %.1f |\n",
              std::string(name).c_str(), raw, plain.bytes, plain.compress_us, plain.expand_us,
              with.bytes, with.compress_us, with.expand_us);
}

void measure_form(std::string_view name, Encode encode, const std::vector<Value>& all,
                  std::size_t count) {
  std::vector<std::string> samples;
  std::vector<Value> others;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i % 2 == 0) samples.push_back(encode(all[i]));
    if (i % 2 == 1) others.push_back(all[i]);
  }
  const std::string dictionary = keepsake::train_dictionary(samples, kDictionaryBytes).value();
  const keepsake::CompressorOptions always{.least_bytes = 0,
                                           .least_bytes_without_dictionary = 0,
                                           .most_bytes_with_dictionary = 1'000'000};
  Compressor plain = Compressor::make({}, always).value();
  Compressor with = Compressor::make({&dictionary, 1}, always).value();
  std::mt19937_64 random(kSeed);
  for (const std::size_t bytes : {300U, 512U, 1024U, 2048U, 4096U, 8192U, 16384U, 20480U, 32768U}) {
    std::vector<std::string> records;
    std::size_t raw = 0;
    for (std::size_t i = 0; i < count; ++i) {
      records.push_back(encode(player_of(bytes, others, random)));
      raw += records.back().size();
    }
    const Cell without_dictionary = measure(plain, records);
    const Cell with_dictionary = measure(with, records);
    print_row(name, static_cast<double>(raw) / static_cast<double>(count), without_dictionary,
              with_dictionary);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 300;
  if (argc == 3 && std::string_view(argv[1]) == "--records") {
    const std::string_view text = argv[2];
    std::from_chars(text.data(), text.data() + text.size(), count);
  }
  if (count == 0) bench::fail("--records takes a number above 0");
  const std::vector<Value> all = bench::example_players(example::player_catalog());
  std::printf(
      "| form | bytes | zstd | compress / expand µs | with dictionary | compress / expand µs |\n"
      "|---|---|---|---|---|---|\n");
  measure_form("JSON", as_json, all, count);
  measure_form("CBOR", as_cbor, all, count);
  return 0;
}
