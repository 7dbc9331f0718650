// datum's codecs, schemas and migration beside the libraries that others use for the same, in one
// program, in random order, many rounds each. What counts are ratios of medians within one run.
//
//   build/release/bench/datum_bench [--json] [Google Benchmark's options]
#include <benchmark/benchmark.h>

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bench/datum/peers.h"
#include "bench/datum/players.h"
#include "bench/report.h"
#include "examples/player/player_catalog.h"
#include "keepsake/datum/struct_cbor.h"

namespace {

using bench::Ratio;
using bench::Timing;
using example::Player;
using namespace keepsake;

/// One player in all the forms that are read, and everything that reads and writes them.
class Case {
 public:
  explicit Case(std::size_t items)
      : player_(bench::player_of(items)),
        json_(encode_json(player_)),
        padded_(json_),
        cbor_(encode_cbor(player_)),
        version_1_(bench::version_1_of(items)) {
    catalog_.ops().encode(&player_, {}, "3", version_3_);
  }

  bool read_json(Player& out) { return take(decode_json<Player>(json_), out); }
  bool read_cbor(Player& out) { return take(decode_cbor<Player>(cbor_), out); }
  bool simdjson(Player& out) {
    std::vector<bench::UnknownMember> unknown;
    return simdjson_.read(padded_, out, unknown);
  }
  bool nlohmann(Player& out) { return bench::read_with_nlohmann(json_, out); }
  bool read_with_libcbor(Player& out) { return bench::read_with_libcbor(cbor_, out); }

  bool write_json() {
    out_.clear();
    encode_json(player_, out_);
    return out_.size() == json_.size();
  }
  bool write_cbor() {
    out_.clear();
    encode_cbor(player_, out_);
    return out_.size() == cbor_.size();
  }
  bool rapidjson() { return !rapidjson_.write(player_).empty(); }
  bool write_with_libcbor() { return bench::write_with_libcbor(player_).size() == cbor_.size(); }

  bool read_tree() {
    Result<Value> tree = parse_json(json_);
    return tree && schema_.validate(*std::move(tree)).has_value();
  }
  bool simdjson_tree() { return simdjson_.parse_tree(padded_) != 0; }
  bool migrate() { return load_and_save(version_1_, "1"); }
  bool reload() { return load_and_save(version_3_, "3"); }

  /// Ends the program unless all read the same player and write the same data.
  void compare() {
    same_player("decode_json", &Case::read_json);
    same_player("decode_cbor", &Case::read_cbor);
    same_player("simdjson", &Case::simdjson);
    same_player("nlohmann", &Case::nlohmann);
    same_player("libcbor's reader", &Case::read_with_libcbor);
    const Value tree = unbind(player_);
    need("RapidJSON", parse_json(rapidjson_.write(player_)).value() == tree);
    need("libcbor's writer", bench::write_with_libcbor(player_) == cbor_);
    need("simdjson's DOM", simdjson_.parse_tree(padded_) == tree.size());
    need("decoding and encoding", reload() && out_ == version_3_);
    need("migration", migrate() && parse_json(out_).value().find("settings") != nullptr);
  }

 private:
  static bool take(Result<Bound<Player>> bound, Player& out) {
    if (!bound) return false;
    out = std::move(bound->value);
    return true;
  }
  bool load_and_save(std::string_view payload, std::string_view version) {
    const Result<ErasedBound> bound = catalog_.decode(payload, version);
    if (!bound) return false;
    out_.clear();
    catalog_.ops().encode(bound->data.get(), bound->extras, bound->version, out_);
    return true;
  }
  static void need(const char* what, bool good) {
    if (!good) bench::fail(std::string(what) + " does not come to the same as the others");
  }
  void same_player(const char* what, bool (Case::*read)(Player&)) {
    Player player;
    need(what, (this->*read)(player) && equal(player, player_));
  }

  const Catalog<Player> catalog_ = example::player_catalog();
  const Schema schema_ = schema_of<Player>();
  const Player player_;
  const std::string json_;
  const bench::PaddedText padded_;
  const std::string cbor_;
  const std::string version_1_;
  std::string version_3_;
  std::string out_;
  bench::Simdjson simdjson_;
  bench::RapidJson rapidjson_;
};

std::string with_items(const std::string& name, std::size_t items) {
  return name + ", " + std::to_string(items) + " items";
}

void time_run(const std::string& name, std::size_t items, std::function<bool()> run) {
  benchmark::RegisterBenchmark(with_items(name, items).c_str(),
                               [run = std::move(run)](benchmark::State& state) {
                                 bool good = true;
                                 for (auto _ : state) good = run() && good;
                                 if (!good) bench::fail("a run failed");
                               });
}
void time_read(const std::string& name, Case& with, std::size_t items,
               bool (Case::*read)(Player&)) {
  time_run(name, items, [&with, read] {
    Player player;
    const bool good = (with.*read)(player);
    benchmark::DoNotOptimize(player);
    return good;
  });
}
void time_write(const std::string& name, Case& with, std::size_t items, bool (Case::*write)()) {
  time_run(name, items, [&with, write] { return (with.*write)(); });
}

void time_all(Case& with, std::size_t items) {
  time_read("JSON to struct", with, items, &Case::read_json);
  time_read("JSON to struct, simdjson", with, items, &Case::simdjson);
  time_read("JSON to struct, nlohmann", with, items, &Case::nlohmann);
  time_write("struct to JSON", with, items, &Case::write_json);
  time_write("struct to JSON, RapidJSON", with, items, &Case::rapidjson);
  time_read("CBOR to struct", with, items, &Case::read_cbor);
  time_read("CBOR to struct, libcbor", with, items, &Case::read_with_libcbor);
  time_write("struct to CBOR", with, items, &Case::write_cbor);
  time_write("struct to CBOR, libcbor", with, items, &Case::write_with_libcbor);
  time_write("JSON to validated tree", with, items, &Case::read_tree);
  time_write("JSON to tree, simdjson's DOM", with, items, &Case::simdjson_tree);
  time_write("version 1 to 3 and back to JSON", with, items, &Case::migrate);
  time_write("version 3 and back to JSON", with, items, &Case::reload);
}

/// Keeps the rounds of each; processor time, which other programs disturb less.
class Rounds final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      rounds_ns_[run.run_name.function_name].push_back(run.GetAdjustedCPUTime());
    }
  }
  /// NaN for what a filter left out.
  [[nodiscard]] double median_ns(const std::string& name) const {
    const auto found = rounds_ns_.find(name);
    return found == rounds_ns_.end() ? NAN : Timing::of(name, found->second).median_ns;
  }
  [[nodiscard]] const std::map<std::string, std::vector<double>>& all() const { return rounds_ns_; }

 private:
  std::map<std::string, std::vector<double>> rounds_ns_;
};

class Marks {
 public:
  Marks(const Rounds& rounds, std::size_t items, bench::Report& report)
      : rounds_(rounds), items_(items), report_(report) {}

  void judge() {
    const double json_in = at("JSON to struct");
    const double json_out = at("struct to JSON");
    const double cbor_in = at("CBOR to struct");
    const double cbor_out = at("struct to CBOR");
    at_least("JSON to struct: simdjson / ours", at("JSON to struct, simdjson") / json_in, 1);
    at_least("JSON to struct: nlohmann / ours", at("JSON to struct, nlohmann") / json_in, 12);
    at_least("struct to JSON: RapidJSON / ours", at("struct to JSON, RapidJSON") / json_out, 4);
    at_most("struct to CBOR / struct to JSON", cbor_out / json_out, 0.6);
    at_most("CBOR to struct / JSON to struct", cbor_in / json_in, 0.65);
    at_least("CBOR both ways: libcbor / ours",
             (at("CBOR to struct, libcbor") + at("struct to CBOR, libcbor")) / (cbor_in + cbor_out),
             20);
    at_most("validated tree / simdjson's DOM",
            at("JSON to validated tree") / at("JSON to tree, simdjson's DOM"), 2.2);
    at_most("version 1 to 3 / version 3 alone",
            at("version 1 to 3 and back to JSON") / at("version 3 and back to JSON"), 3);
  }

 private:
  double at(const std::string& name) { return rounds_.median_ns(with_items(name, items_)); }
  void at_least(const std::string& name, double value, double bound) {
    add({.name = with_items(name, items_), .value = value, .at_least = bound});
  }
  void at_most(const std::string& name, double value, double bound) {
    add({.name = with_items(name, items_), .value = value, .at_most = bound});
  }
  void add(Ratio ratio) {
    if (!std::isnan(ratio.value)) report_.add(std::move(ratio));
  }

  const Rounds& rounds_;
  const std::size_t items_;
  bench::Report& report_;
};

constexpr std::size_t kFew = 20;
constexpr std::size_t kMany = 500;
constexpr double kMostMigrationNs = 4'000;

int report(const Rounds& rounds, bool json) {
  bench::Report report("datum (processor time; median, least and most of the rounds)");
  for (const auto& [name, times] : rounds.all()) {
    Timing timing = Timing::of(name, times);
    if (name == with_items("version 1 to 3 and back to JSON", kFew)) {
      timing.at_most_ns = kMostMigrationNs;
    }
    report.add(std::move(timing));
  }
  for (const std::size_t items : {kFew, kMany}) Marks(rounds, items, report).judge();
  return report.print(json);
}

}  // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::vector<std::string> words{argv[0], "--benchmark_enable_random_interleaving=true",
                                 "--benchmark_repetitions=25", "--benchmark_min_time=0.02"};
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--json") {
      json = true;
    } else {
      words.emplace_back(argv[i]);
    }
  }
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;

  Case few(kFew);
  Case many(kMany);
  few.compare();
  many.compare();
  time_all(few, kFew);
  time_all(many, kMany);
  Rounds rounds;
  benchmark::RunSpecifiedBenchmarks(&rounds);
  return report(rounds, json);
}
