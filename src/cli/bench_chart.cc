// The figures of a run as an SVG document: bars with their values, the product's beside the
// floor's.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "src/cli/bench_report.h"

namespace keepsake::cli {

namespace {

using load_tool::Histogram;
using load_tool::Measured;
using load_tool::Workload;

constexpr int kWidth = 760;
constexpr int kLabels = 250;  // where bars begin
constexpr int kBars = 400;    // how long the longest is
constexpr int kRow = 24;

struct Bar {
  std::string label;
  std::string value;
  double size = 0;
  bool bare = false;
};

class Drawing {
 public:
  void text(int x, const std::string& content, const char* style = "") {
    body_ += "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y_) + "\"" + style +
             ">" + content + "</text>\n";
  }
  void heading(const std::string& content) {
    y_ += 34;
    text(20, content, " font-weight=\"bold\"");
    y_ += 8;
  }
  /// Bars of one unit. Where the longest is a hundred times the shortest, lengths are logarithms.
  void bars(const std::vector<Bar>& all) {
    double most = 0;
    double least = 1e300;
    for (const Bar& bar : all) {
      most = std::max(most, bar.size);
      if (bar.size > 0) least = std::min(least, bar.size);
    }
    const bool steep = most > 100 * least;
    for (const Bar& bar : all) {
      y_ += kRow;
      text(kLabels - 10, bar.label, " text-anchor=\"end\"");
      double part = most > 0 ? bar.size / most : 0;
      if (steep && bar.size > 0) part = std::log(bar.size * 2 / least) / std::log(most * 2 / least);
      const int length = static_cast<int>(std::lround(part * kBars));
      body_ += "<rect x=\"" + std::to_string(kLabels) + "\" y=\"" + std::to_string(y_ - 14) +
               "\" width=\"" + std::to_string(length) + "\" height=\"18\" fill=\"" +
               (bar.bare ? "#b8bec8" : "#2f6fb0") + "\"/>\n";
      text(kLabels + length + 8, bar.value);
    }
    if (steep) {
      y_ += kRow;
      text(kLabels, "lengths are logarithms", " fill=\"#777\" font-size=\"11\"");
    }
  }
  [[nodiscard]] std::string document() const {
    const std::string height = std::to_string(y_ + 24);
    const std::string width = std::to_string(kWidth);
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height +
           "\" viewBox=\"0 0 " + width + " " + height +
           "\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n"
           "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n" +
           body_ + "</svg>\n";
  }

 private:
  std::string body_;
  int y_ = 0;
};

void add_times(std::vector<Bar>& bars, const std::string& what, const Histogram& times,
               bool bare = false) {
  if (times.count() == 0) return;
  for (const auto& [name, part] : {std::pair("p50", 0.5), {"p99", 0.99}, {"p99.9", 0.999}}) {
    const Duration time = times.at(part);
    bars.push_back({.label = what + ", " + name,
                    .value = load_tool::show(time),
                    .size = static_cast<double>(time.count()),
                    .bare = bare});
  }
}

}  // namespace

std::string bench_chart(const Workload& workload, const Measured& measured) {
  Drawing drawing;
  drawing.heading(title_of(workload, measured));
  std::vector<Bar> rates;
  const auto add = [&](const char* what, double rate, bool bare) {
    if (rate > 0)
      rates.push_back({.label = what, .value = figure(rate), .size = rate, .bare = bare});
  };
  add("saves", measured.saves_per_s.median(), false);
  if (measured.baseline) {
    add("bare, same batches", measured.baseline->saves_per_s.median(), true);
    add("bare, a row a transaction", measured.baseline->rows_per_s.median(), true);
  }
  add("starts of sessions", measured.starts_per_s.median(), false);
  if (measured.baseline) add("bare commits", measured.baseline->commits_per_s.median(), true);
  drawing.heading("A second");
  drawing.bars(rates);
  std::vector<Bar> times;
  add_times(times, "commit at half load", measured.commit_times);
  add_times(times, "hand-over at half load", measured.handoff_times);
  add_times(times, "hand-over, quiet", measured.quiet_handoff_times);
  if (measured.baseline)
    add_times(times, "bare commit, quiet", measured.baseline->commit_times, true);
  drawing.heading("Times");
  drawing.bars(times);
  return drawing.document();
}

}  // namespace keepsake::cli
