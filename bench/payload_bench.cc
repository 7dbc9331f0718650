// The formats of a payload (docs/payload.md) on players of the example: bytes, and what a save and
// a load cost in each, on the game's thread and beside it. The formats take turns, round by round;
// a ratio is the median of the rounds' own.
//
//   build/release/bench/payload_bench [--rounds N]
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bench/example_players.h"
#include "bench/report.h"
#include "examples/player/player_catalog.h"
#include "keepsake/datum/json.h"
#include "src/base/this_machine.h"
#include "src/store/payload.h"

namespace {

using keepsake::PayloadFormat;
using keepsake::Value;

constexpr std::uint64_t kSeed = 20250401;
constexpr std::size_t kPlayers = 100;
constexpr std::array kFormats{PayloadFormat::json, PayloadFormat::cbor, PayloadFormat::compressed};

/// A player of the example with so many items of them all.
Value player_of(std::size_t items, const std::vector<Value>& from, std::mt19937_64& random) {
  Value player = bench::player_without_things(from, random);
  Value& inventory = *player.find_mutable("inventory");
  while (inventory.size() < items) inventory.push_back(bench::thing_of(from, random));
  return player;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Microseconds for a profile, one a round.
struct Times {
  std::vector<double> encode, pack, load;
};

class Measurement {
 public:
  Measurement(const keepsake::AnyCatalog& catalog, const std::vector<Value>& players)
      : catalog_(catalog) {
    for (const Value& player : players) {
      data_.push_back(catalog.decode(keepsake::write_json(player), catalog.current_version()));
    }
  }

  void round() {
    for (std::size_t i = 0; i < kFormats.size(); ++i) measure(kFormats[i], i);
  }

  void print(std::size_t items) const {
    for (std::size_t i = 0; i < kFormats.size(); ++i) {
      const Times& times = times_[i];
      const auto cell = [&](const std::vector<double>& own, const std::vector<double>& json) {
        std::vector<double> ratios;
        for (std::size_t r = 0; r < own.size(); ++r) ratios.push_back(own[r] / json[r]);
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), "%.2f (%.2f)", median(own), median(ratios));
        return std::string(text.data());
      };
      std::printf("| %zu | %s | %.0f | %s | %.2f | %s |\n", items,
                  std::string(name(kFormats[i])).c_str(), bytes_[i],
                  cell(times.encode, times_[0].encode).c_str(), median(times.pack),
                  cell(times.load, times_[0].load).c_str());
    }
  }

 private:
  void measure(PayloadFormat setting, std::size_t at) {
    const auto& clock = keepsake::this_machine().clock;
    const auto us_each = [&](keepsake::MonotonicTime from, keepsake::MonotonicTime to) {
      return std::chrono::duration<double, std::micro>(to - from).count() /
             static_cast<double>(data_.size());
    };
    const keepsake::DataForm form = form_of(setting);
    std::vector<std::string> payloads(data_.size());
    std::vector<PayloadFormat> formats(data_.size(), format_of(form));
    const auto began = clock.now();
    for (std::size_t i = 0; i < data_.size(); ++i) {
      catalog_.ops().encode(data_[i]->data.get(), {}, catalog_.current_version(), payloads[i],
                            form);
    }
    const auto encoded = clock.now();
    for (std::size_t i = 0; i < data_.size(); ++i) codec_.pack(setting, formats[i], payloads[i]);
    const auto packed = clock.now();
    std::string room;
    for (std::size_t i = 0; i < data_.size(); ++i) {
      const auto data = codec_.open(formats[i], payloads[i], room);
      if (!data || !catalog_.decode(*data, catalog_.current_version())) {
        bench::fail("a payload can't be read");
      }
    }
    const auto loaded = clock.now();
    std::size_t bytes = 0;
    for (const std::string& payload : payloads) bytes += payload.size();
    bytes_[at] = static_cast<double>(bytes) / static_cast<double>(payloads.size());
    times_[at].encode.push_back(us_each(began, encoded));
    times_[at].pack.push_back(us_each(encoded, packed));
    times_[at].load.push_back(us_each(packed, loaded));
  }

  const keepsake::AnyCatalog& catalog_;
  keepsake::PayloadCodec codec_;
  std::vector<keepsake::Result<keepsake::ErasedBound>> data_;
  std::array<double, kFormats.size()> bytes_{};
  std::array<Times, kFormats.size()> times_;
};

}  // namespace

int main(int argc, char** argv) {
  std::size_t rounds = 101;
  if (argc == 3 && std::string_view(argv[1]) == "--rounds") {
    const std::string_view text = argv[2];
    std::from_chars(text.data(), text.data() + text.size(), rounds);
  }
  if (rounds == 0) bench::fail("--rounds takes a number above 0");
  const keepsake::AnyCatalog catalog = example::player_catalog();
  const std::vector<Value> all = bench::example_players(catalog);
  std::printf(
      "| items | format | bytes | encode µs (to JSON) | compress µs | load µs (to JSON) |\n"
      "|---|---|---|---|---|---|\n");
  for (const std::size_t items : {20U, 500U}) {
    std::mt19937_64 random(kSeed);
    std::vector<Value> own;
    for (std::size_t i = 0; i < kPlayers; ++i) own.push_back(player_of(items, all, random));
    Measurement measurement(catalog, own);
    for (std::size_t round = 0; round < rounds; ++round) measurement.round();
    measurement.print(items);
  }
  return 0;
}
