#include "bench/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "keepsake/datum/json.h"
#include "src/load_tool/histogram.h"

namespace bench {

using keepsake::Duration;
using keepsake::Value;

namespace {

double in_us(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

}  // namespace

void fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(2);
}

Figure Figure::of(std::string name, std::vector<Duration> times) {
  std::sort(times.begin(), times.end());
  return {.name = std::move(name), .sorted = std::move(times), .mark = {}};
}
Figure Figure::median_at_most(Duration most) && {
  marked_part = 0.5;
  mark = most;
  return std::move(*this);
}
Figure Figure::p99_at_most(Duration most) && {
  marked_part = 0.99;
  mark = most;
  return std::move(*this);
}
Figure Figure::p999_at_most(Duration most) && {
  marked_part = 0.999;
  mark = most;
  return std::move(*this);
}
Figure Figure::longest_at_most(Duration most) && {
  marked_part = 1;
  mark = most;
  return std::move(*this);
}

Duration Figure::at(double part) const {
  if (sorted.empty()) return Duration{0};
  const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

Timing Timing::of(std::string name, std::vector<double> rounds_ns) {
  if (rounds_ns.empty()) fail(name + " was not timed");
  std::sort(rounds_ns.begin(), rounds_ns.end());
  return {.name = std::move(name),
          .median_ns = rounds_ns[rounds_ns.size() / 2],
          .least_ns = rounds_ns.front(),
          .most_ns = rounds_ns.back()};
}

std::string Report::lines() const {
  std::string out = title_ + "\n";
  char line[256];
  const auto text = [](Duration duration) { return keepsake::load_tool::show(duration); };
  for (const Figure& figure : figures_) {
    std::snprintf(line, sizeof line, "  %-34s %7zu  p50 %9s  p99 %9s  p99.9 %9s  max %9s",
                  figure.name.c_str(), figure.sorted.size(), text(figure.at(0.5)).c_str(),
                  text(figure.at(0.99)).c_str(), text(figure.at(0.999)).c_str(),
                  text(figure.at(1)).c_str());
    out += line;
    if (figure.mark) {
      const char* const what = figure.marked_part == 0.5    ? "p50"
                               : figure.marked_part == 0.99 ? "p99"
                               : figure.marked_part < 1     ? "p99.9"
                                                            : "max";
      out += std::string("  ") + what + " at most " + text(*figure.mark) +
             (figure.good() ? ": kept" : ": MISSED");
    }
    out += "\n";
  }
  const auto mark = [&](const char* what, std::optional<double> bound, bool good) {
    if (!bound) return;
    std::snprintf(line, sizeof line, "  %s %.4g: %s", what, *bound, good ? "kept" : "MISSED");
    out += line;
  };
  for (const Timing& timing : timings_) {
    std::snprintf(line, sizeof line, "  %-44s %9.0f ns  (%.0f to %.0f)", timing.name.c_str(),
                  timing.median_ns, timing.least_ns, timing.most_ns);
    out += line;
    mark("at most", timing.at_most_ns, timing.good());
    out += "\n";
  }
  for (const Ratio& ratio : ratios_) {
    std::snprintf(line, sizeof line, "  %-44s %7.2f", ratio.name.c_str(), ratio.value);
    out += line;
    mark("at least", ratio.at_least, ratio.good());
    mark("at most", ratio.at_most, ratio.good());
    out += "\n";
  }
  return out;
}

std::string Report::object() const {
  std::vector<Value> list;
  for (const Figure& figure : figures_) {
    Value one = Value::object({{"name", figure.name},
                               {"count", static_cast<std::int64_t>(figure.sorted.size())},
                               {"p50_us", in_us(figure.at(0.5))},
                               {"p99_us", in_us(figure.at(0.99))},
                               {"p999_us", in_us(figure.at(0.999))},
                               {"max_us", in_us(figure.at(1))},
                               {"good", figure.good()}});
    if (figure.mark) one.set("mark_us", in_us(*figure.mark));
    list.push_back(std::move(one));
  }
  for (const Timing& timing : timings_) {
    Value one = Value::object({{"name", timing.name},
                               {"median_ns", timing.median_ns},
                               {"least_ns", timing.least_ns},
                               {"most_ns", timing.most_ns},
                               {"good", timing.good()}});
    if (timing.at_most_ns) one.set("mark_ns", *timing.at_most_ns);
    list.push_back(std::move(one));
  }
  for (const Ratio& ratio : ratios_) {
    Value one =
        Value::object({{"name", ratio.name}, {"value", ratio.value}, {"good", ratio.good()}});
    if (ratio.at_least) one.set("mark", *ratio.at_least);
    if (ratio.at_most) one.set("mark", *ratio.at_most);
    list.push_back(std::move(one));
  }
  return write_json(Value::object({{"title", title_}, {"figures", Value::array(std::move(list))}}));
}

int Report::print(bool json) const {
  std::fputs((json ? object() + "\n" : lines()).c_str(), stdout);
  const auto good = [](const auto& one) { return one.good(); };
  return std::ranges::all_of(figures_, good) && std::ranges::all_of(timings_, good) &&
                 std::ranges::all_of(ratios_, good)
             ? 0
             : 1;
}

}  // namespace bench
