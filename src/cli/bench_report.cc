#include "src/cli/bench_report.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "src/cli/table.h"
#include "src/cli/text.h"

namespace keepsake::cli {

namespace {

using load_tool::Baseline;
using load_tool::Histogram;
using load_tool::Measured;
using load_tool::Rate;
using load_tool::show;
using load_tool::Workload;

double in_ms(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

/// "23,400 (22,100 to 24,000)"; the median and the rounds' ends.
std::string rate_text(const Rate& rate) {
  std::string text = figure(rate.median());
  if (rate.rounds.size() > 1) {
    text += " (" + figure(rate.least()) + " to " + figure(rate.most()) + ")";
  }
  return text;
}

std::string share_text(double ratio) { return ratio > 0 ? figure(ratio) : std::string(); }

void print_rates(std::ostream& out, const Measured& measured) {
  using Align = Table::Align;
  Table table(
      {{"a second"}, {"Keepsake", Align::right}, {"bare", Align::right}, {"ratio", Align::right}});
  const Baseline* const bare = measured.baseline ? &*measured.baseline : nullptr;
  const auto row = [&](const char* what, const Rate& ours, const Rate* theirs, double ratio) {
    table.add({what, rate_text(ours), theirs != nullptr ? rate_text(*theirs) : std::string(),
               share_text(ratio)});
  };
  row("saves, same batches", measured.saves_per_s, bare ? &bare->saves_per_s : nullptr,
      measured.saves_by_floor());
  if (bare) {
    row("saves, one a transaction on 16", measured.saves_per_s, &bare->rows_per_s,
        measured.saves_by_rows());
  }
  row("starts of sessions", measured.starts_per_s, bare ? &bare->commits_per_s : nullptr,
      measured.starts_by_commits());
  table.write(out);
}

void print_times(std::ostream& out, const Measured& measured) {
  using Align = Table::Align;
  Table table({{"time"},
               {"p50", Align::right},
               {"p99", Align::right},
               {"p99.9", Align::right},
               {"longest", Align::right},
               {"of", Align::right}});
  const auto row = [&](const char* what, const Histogram& times) {
    if (times.count() == 0) return;
    table.add({what, show(times.at(0.5)), show(times.at(0.99)), show(times.at(0.999)),
               show(times.longest()), figure(times.count())});
  };
  row("commit, at half load", measured.commit_times);
  row("hand-over, at half load", measured.handoff_times);
  row("hand-over, nothing else running", measured.quiet_handoff_times);
  if (measured.baseline) row("bare commit, nothing else running", measured.baseline->commit_times);
  table.write(out);
}

Value times_json(const Histogram& times) {
  return Value::object({{"p50", in_ms(times.at(0.5))},
                        {"p99", in_ms(times.at(0.99))},
                        {"p999", in_ms(times.at(0.999))},
                        {"max", in_ms(times.longest())},
                        {"count", static_cast<std::int64_t>(times.count())}});
}

Value rounds_json(const Rate& rate) {
  return Value::array(std::vector<Value>(rate.rounds.begin(), rate.rounds.end()));
}

Value whole(std::uint64_t number) { return static_cast<std::int64_t>(number); }

/// null where none was measured.
Value baseline_json(const Measured& measured) {
  if (!measured.baseline) return {};
  const Baseline& bare = *measured.baseline;
  return Value::object({{"saves_per_s", bare.saves_per_s.median()},
                        {"saves_per_s_rounds", rounds_json(bare.saves_per_s)},
                        {"rows_per_s", bare.rows_per_s.median()},
                        {"commits_per_s", bare.commits_per_s.median()},
                        {"commit_ms", times_json(bare.commit_times)},
                        {"cpu_us_per_save", bare.cpu_us_per_save}});
}
Value ratio_json(const Measured& measured) {
  if (!measured.baseline) return {};
  return Value::object({{"saves", measured.saves_by_floor()},
                        {"saves_to_rows", measured.saves_by_rows()},
                        {"starts", measured.starts_by_commits()},
                        {"handoff_to_commit", measured.handoff_by_commit()}});
}

}  // namespace

std::string figure(double value) {
  if (value >= 100) return figure(static_cast<std::uint64_t>(std::llround(value)));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", value >= 10 ? 1 : 2, value);
  return text.data();
}

std::string figure(std::uint64_t count) {
  std::string out = std::to_string(count);
  for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, ",");
  return out;
}

std::string title_of(const Workload& workload, const Measured& measured) {
  const std::string servers = count_of(workload.servers, "server");
  return figure(workload.players) + " players on " + servers + ", " + figure(workload.profiles) +
         " profiles of " + figure(measured.payload_bytes) + " bytes, " +
         std::string(name(workload.payload));
}

void print_bench(std::ostream& out, const Workload& workload, const Measured& measured) {
  out << title_of(workload, measured) << "\n\n";
  print_rates(out, measured);
  out << '\n';
  print_times(out, measured);
  out << "\nat rest             " << figure(measured.bytes_per_profile(workload))
      << " bytes a profile, indexes and all\n"
      << "processor           " << figure(measured.cpu_us_per_save) << " µs a save in the servers";
  if (measured.baseline) out << ", bare " << figure(measured.baseline->cpu_us_per_save) << " µs";
  out << "; " << figure(measured.saves_a_batch) << " saves a batch\n"
      << "nobody edits        " << figure(measured.idle_cores * 100)
      << " % of a core for all servers, " << figure(measured.idle_calls_per_s)
      << " calls to the database a second\n";
  if (measured.baseline && measured.handoff_by_commit() > 0) {
    out << "a quiet hand-over   " << figure(measured.handoff_by_commit()) << " bare commits\n";
  }
}

Value bench_json(const Workload& workload, const Measured& measured) {
  return Value::object({{"players", whole(workload.players)},
                        {"profiles", whole(workload.profiles)},
                        {"servers", whole(workload.servers)},
                        {"items", whole(workload.entries)},
                        {"seconds", workload.seconds},
                        {"payload", name(workload.payload)},
                        {"payload_bytes", whole(measured.payload_bytes)},
                        {"bytes_per_profile", measured.bytes_per_profile(workload)},
                        {"saves_per_s", measured.saves_per_s.median()},
                        {"saves_per_s_rounds", rounds_json(measured.saves_per_s)},
                        {"saves_per_batch", measured.saves_a_batch},
                        {"cpu_us_per_save", measured.cpu_us_per_save},
                        {"starts_per_s", measured.starts_per_s.median()},
                        {"starts_per_s_rounds", rounds_json(measured.starts_per_s)},
                        {"commit_ms", times_json(measured.commit_times)},
                        {"handoff_ms", times_json(measured.handoff_times)},
                        {"quiet_handoff_ms", times_json(measured.quiet_handoff_times)},
                        {"idle_cores", measured.idle_cores},
                        {"idle_calls_per_s", measured.idle_calls_per_s},
                        {"baseline", baseline_json(measured)},
                        {"ratio", ratio_json(measured)}});
}

}  // namespace keepsake::cli
