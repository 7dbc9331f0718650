#include "examples/demo/print.h"

#include <algorithm>
#include <utility>

#include "keepsake/datum/json.h"

namespace demo {

using keepsake::Duration;
using keepsake::Value;

namespace {

constexpr std::size_t kMostListed = 8;

std::size_t width_of(std::string_view text) {  // characters, not bytes
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}
std::string times_head() {
  return left("", 26) + right("count", 8) + right("p50", 10) + right("p99", 10) +
         right("p99.9", 10) + right("max", 10) + "   1 µs … 1 s\n";
}
std::string times_row(const std::string& name, const Histogram& times) {
  return left("  " + name, 26) + right(std::to_string(times.count()), 8) +
         right(show(times.at(0.5)), 10) + right(show(times.at(0.99)), 10) +
         right(show(times.at(0.999)), 10) + right(show(times.longest()), 10) + "   " +
         times.bars() + "\n";
}

double in_us(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

Value times_value(const Histogram& times) {
  return Value::object({{"count", static_cast<std::int64_t>(times.count())},
                        {"p50_us", in_us(times.at(0.5))},
                        {"p99_us", in_us(times.at(0.99))},
                        {"p999_us", in_us(times.at(0.999))},
                        {"max_us", in_us(times.longest())}});
}
Value texts(const std::vector<std::string>& list) {
  std::vector<Value> items(list.begin(), list.end());
  return Value::array(std::move(items));
}
Value number(std::size_t count) { return static_cast<std::int64_t>(count); }

}  // namespace

std::string left(const std::string& text, std::size_t width) {
  const std::size_t has = width_of(text);
  return has < width ? text + std::string(width - has, ' ') : text;
}
std::string right(const std::string& text, std::size_t width) {
  const std::size_t has = width_of(text);
  return has < width ? std::string(width - has, ' ') + text : text;
}

std::string lines_of(const Accounting& books) {
  std::string out = "Accounting\n";
  const auto line = [&](const std::string& what, const std::string& value) {
    out += left("  " + what, 44) + right(value, 10) + "\n";
  };
  line("players in the database", std::to_string(books.players));
  line("operations that the witness has", std::to_string(books.witnessed));
  line("operations stored", std::to_string(books.stored));
  line("  of these unknown to the witness", std::to_string(books.unwitnessed));
  line("trades, stored on both sides", std::to_string(books.trades));
  line("traded items, each with one owner", std::to_string(books.relics));
  line("coins gained and spent, net", std::to_string(books.balance_moved));
  for (const Finding& finding : books.findings) {
    out += "  ✗ " + finding.what + ": " + std::to_string(finding.count) + " (";
    for (std::size_t i = 0; i < finding.examples.size(); ++i) {
      out += (i == 0 ? "" : ", ") + finding.examples[i];
    }
    out += finding.count > finding.examples.size() ? ", …)\n" : ")\n";
  }
  return out;
}

std::string for_people(const ShowReport& report, bool colour) {
  std::string out = "\n";
  for (const std::string& line : report.story) out += line + "\n";
  out += "\n" + times_head();
  out += times_row("pump", report.pumps);
  out += times_row("edit, journaled", report.edits);
  out += times_row("join", report.journeys.joins);
  out += times_row("hand-over, as felt", report.journeys.hops);
  out += times_row("hand-over without ticks", report.journeys.hops_without_ticks);
  if (report.takeover) out += times_row("rejoin after the kill", report.rejoins_after_kill);
  if (report.takeover_frozen) {
    out += times_row("rejoin after the freeze", report.rejoins_after_freeze);
  }
  out += "\n";
  const auto fact = [&](const std::string& what, const std::string& value) {
    out += left("  " + what, 44) + right(value, 10) + "\n";
  };
  fact("edits recovered from journals", std::to_string(report.recovered_edits));
  if (report.takeover) fact("takeover of the killed server", show(*report.takeover));
  if (report.takeover_frozen) {
    fact("takeover of the frozen server", show(*report.takeover_frozen));
    fact("the thawed server's edits refused", std::to_string(report.after_thaw.edits));
    fact("the thawed server's commits refused", std::to_string(report.after_thaw.commits));
  }
  out += "\n" + lines_of(report.accounting);
  for (std::size_t i = 0; i < std::min(report.wrong.size(), kMostListed); ++i) {
    out += "  ✗ " + report.wrong[i] + "\n";
  }
  if (report.wrong.size() > kMostListed) {
    out += "  ✗ and " + std::to_string(report.wrong.size() - kMostListed) + " more\n";
  }
  const std::string verdict =
      report.good() ? "✓ Nothing was lost, doubled or halved." : "✗ The accounting does not hold.";
  out +=
      colour ? (report.good() ? "\x1b[32m" : "\x1b[31m") + verdict + "\x1b[0m\n" : verdict + "\n";
  return out;
}

std::string as_json(const ShowReport& report) {
  const Accounting& books = report.accounting;
  std::vector<Value> findings;
  for (const Finding& finding : books.findings) {
    findings.push_back(Value::object({{"what", finding.what},
                                      {"count", number(finding.count)},
                                      {"examples", texts(finding.examples)}}));
  }
  Value out = Value::object(
      {{"good", report.good()},
       {"seconds", static_cast<double>(report.took.count()) / 1e9},
       {"story", texts(report.story)},
       {"pump", times_value(report.pumps)},
       {"edit", times_value(report.edits)},
       {"join", times_value(report.journeys.joins)},
       {"hand_over", times_value(report.journeys.hops)},
       {"hand_over_without_ticks", times_value(report.journeys.hops_without_ticks)},
       {"rejoin_after_kill", times_value(report.rejoins_after_kill)},
       {"rejoin_after_freeze", times_value(report.rejoins_after_freeze)},
       {"recovered_edits", report.recovered_edits},
       {"saves", report.saves},
       {"operations_in_last_second", report.last_second},
       {"players_taken_over", number(report.taken_over)},
       {"edits_refused_after_thaw", report.after_thaw.edits},
       {"commits_refused_after_thaw", report.after_thaw.commits},
       {"sessions_lost_after_thaw", report.after_thaw.sessions_lost},
       {"accounting", Value::object({{"holds", books.holds()},
                                     {"players", number(books.players)},
                                     {"witnessed", number(books.witnessed)},
                                     {"stored", number(books.stored)},
                                     {"unwitnessed", number(books.unwitnessed)},
                                     {"trades", number(books.trades)},
                                     {"items", number(books.relics)},
                                     {"coins_net", books.balance_moved},
                                     {"findings", Value::array(std::move(findings))}})},
       {"wrong", texts(report.wrong)}});
  if (report.takeover) out.set("takeover_us", in_us(*report.takeover));
  if (report.takeover_frozen) out.set("takeover_frozen_us", in_us(*report.takeover_frozen));
  return write_json(out);
}

}  // namespace demo
