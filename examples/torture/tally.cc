#include "examples/torture/tally.h"

#include <algorithm>
#include <cstdio>

#include "keepsake/datum/json.h"

namespace torture {

using demo::show;
using keepsake::Value;

namespace {

double in_ms(keepsake::Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

std::string time_or_dash(keepsake::Duration duration) {
  return duration.count() == 0 ? "-" : show(duration);
}

std::string table_line(const char* name, const std::string (&cells)[7]) {
  char line[160];
  std::snprintf(line, sizeof line, "%-12s%8s%8s%12s%7s%9s%16s%16s\n", name, cells[0].c_str(),
                cells[1].c_str(), cells[2].c_str(), cells[3].c_str(), cells[4].c_str(),
                cells[5].c_str(), cells[6].c_str());
  return line;
}

}  // namespace

std::string line_of(std::int64_t round, const Scenario& scenario, std::uint64_t seed,
                    const RoundReport& report) {
  char begin[96];
  std::snprintf(begin, sizeof begin, "%4lld  %-10s seed %-7llu", static_cast<long long>(round),
                std::string(scenario.name).c_str(), static_cast<unsigned long long>(seed));
  std::string line = begin;
  if (report.not_run) return line + "NOT RUN: " + *report.not_run;
  line += report.good() ? "held: " : "DID NOT HOLD: ";
  line += std::to_string(report.accounting.witnessed) + " operations";
  if (report.kills > 0) line += ", " + std::to_string(report.kills) + " kills";
  if (report.recovered_edits > 0) {
    line += ", " + std::to_string(report.recovered_edits) + " edits recovered";
  }
  if (report.takeovers > 0) line += ", takeover " + show(report.takeover);
  if (!report.what.empty()) line += "; " + report.what;
  return line + " (" + show(report.took) + ")";
}

void Tally::Row::add(const Row& other) {
  rounds += other.rounds;
  not_run += other.not_run;
  kills += other.kills;
  operations += other.operations;
  recovered += other.recovered;
  lost += other.lost;
  doubled += other.doubled;
  excused += other.excused;
  takeovers += other.takeovers;
  for (const auto& [format, count] : other.rows) rows[format] += count;
  takeover = std::max(takeover, other.takeover);
  hand_over = std::max(hand_over, other.hand_over);
  if (!other.why_not.empty()) why_not = other.why_not;
}

void Tally::add(const Scenario& scenario, const RoundReport& report) {
  Row row{.name = std::string(scenario.name)};
  if (report.not_run) {
    row.not_run = 1;
    row.why_not = *report.not_run;
  } else {
    row.rounds = 1;
    row.kills = report.kills;
    row.operations = static_cast<std::int64_t>(report.accounting.witnessed);
    row.recovered = report.recovered_edits;
    row.lost = static_cast<std::int64_t>(report.accounting.lost);
    row.doubled = static_cast<std::int64_t>(report.accounting.doubled);
    row.excused = static_cast<std::int64_t>(report.accounting.excused);
    row.takeovers = report.takeovers;
    row.rows = report.rows;
    row.takeover = report.takeover;
    row.hand_over = report.hand_over;
  }
  const auto found = std::find_if(rows_.begin(), rows_.end(),
                                  [&](const Row& known) { return known.name == row.name; });
  if (found == rows_.end()) {
    rows_.push_back(std::move(row));
  } else {
    found->add(row);
  }
}

Tally::Row Tally::total() const {
  Row all{.name = "all"};
  for (const Row& row : rows_) all.add(row);
  return all;
}

std::string Tally::table() const {
  std::string out = "\n" + table_line("scenario", {"rounds", "kills", "operations", "lost",
                                                   "doubled", "worst takeover", "worst hand-over"});
  std::vector<Row> rows = rows_;
  rows.push_back(total());
  for (const Row& row : rows) {
    out += table_line(row.name.c_str(), {std::to_string(row.rounds), std::to_string(row.kills),
                                         std::to_string(row.operations), std::to_string(row.lost),
                                         std::to_string(row.doubled), time_or_dash(row.takeover),
                                         time_or_dash(row.hand_over)});
  }
  for (const Row& row : rows_) {
    if (row.not_run == 0) continue;
    out += row.name + ": " + std::to_string(row.not_run) + " rounds NOT RUN: " + row.why_not + "\n";
  }
  return out;
}

std::string Tally::json(bool good) const {
  const auto object = [](const Row& row) {
    Value out = Value::object({{"name", row.name},
                               {"rounds", row.rounds},
                               {"not_run", row.not_run},
                               {"kills", row.kills},
                               {"operations", row.operations},
                               {"recovered_edits", row.recovered},
                               {"lost", row.lost},
                               {"doubled", row.doubled},
                               {"lost_by_damage_or_restore", row.excused},
                               {"takeovers", row.takeovers},
                               {"worst_takeover_ms", in_ms(row.takeover)},
                               {"worst_hand_over_ms", in_ms(row.hand_over)}});
    Value formats = Value::object();
    for (const auto& [format, count] : row.rows) formats.set(format, count);
    out.set("rows", std::move(formats));
    if (!row.why_not.empty()) out.set("why_not_run", row.why_not);
    return out;
  };
  std::vector<Value> scenarios;
  for (const Row& row : rows_) scenarios.push_back(object(row));
  Value all = object(total());
  all.set("good", good);
  all.set("scenarios", Value::array(std::move(scenarios)));
  return keepsake::write_json(all);
}

}  // namespace torture
