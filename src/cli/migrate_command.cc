#include <algorithm>
#include <utility>
#include <vector>

#include "src/cli/commands.h"
#include "src/cli/judge.h"
#include "src/cli/places.h"
#include "src/cli/record_input.h"
#include "src/cli/record_writer.h"
#include "src/cli/text.h"

namespace keepsake::cli {

namespace {

struct Moved {
  Value data;
  bool migrated = false;
  std::vector<Displaced> displaced;
  MigrationReport report;
};

/// The data at version `to`, by the steps or, to an older one, by their ways back.
Result<Moved> moved_to(const AnyCatalog& catalog, Judged judged, const VersionInfo& to) {
  Moved moved;
  const VersionInfo& from = *judged.version;
  moved.migrated = &from != &to;
  const auto schema_of = [&](std::string_view version) { return &catalog.find(version)->schema; };
  const Plan& plan = catalog.plan();
  const bool forth = from.ordinal <= to.ordinal || plan.path(from.name, to.name).has_value();
  Result<Value> data = forth ? plan.migrate(std::move(judged.data), from.name, to.name, schema_of,
                                            moved.displaced, &moved.report)
                             : plan.migrate_back(std::move(judged.data), from.name, to.name,
                                                 schema_of, moved.displaced, &moved.report);
  if (!data) return std::move(data).error();
  moved.data = *std::move(data);
  return moved;
}

Result<Moved> moved_of(const RecordInput& input, const Judge& judge, const VersionInfo& to) {
  Result<Value> data = input.data();
  if (!data) return std::move(data).error();
  Result<Judged> judged = judge.judge(*std::move(data));
  if (!judged) return std::move(judged).error();
  return moved_to(judge.catalog(), *std::move(judged), to);
}

/// What the migrations of many records did, added up.
class ReportSum {
 public:
  void add(const MigrationReport& report) {
    for (const MigrationReport::Step& step : report.steps) {
      Counted& sum = of(step);
      ++sum.records;
      if (sum.step.lines.size() < step.lines.size()) sum.step.lines.resize(step.lines.size());
      for (std::size_t i = 0; i < step.lines.size(); ++i) {
        const std::size_t before = sum.step.lines[i].count;
        sum.step.lines[i] = step.lines[i];
        sum.step.lines[i].count += before;
      }
    }
  }
  void show(Progress& progress) const {
    for (const Counted& sum : sums_) {
      progress.report(sum.step.from + " -> " + sum.step.to + (sum.step.back ? " (back), " : ", ") +
                      count_of(sum.records, "record"));
      for (const MigrationReport::Line& line : sum.step.lines) {
        progress.report(std::string(static_cast<std::size_t>(2 + 2 * line.level), ' ') +
                        line.change + ": " + std::to_string(line.count));
      }
    }
  }

 private:
  struct Counted {
    MigrationReport::Step step;
    std::uint64_t records = 0;
  };
  Counted& of(const MigrationReport::Step& step) {
    const auto same = [&](const Counted& sum) {
      return sum.step.from == step.from && sum.step.to == step.to && sum.step.back == step.back;
    };
    const auto found = std::find_if(sums_.begin(), sums_.end(), same);
    if (found != sums_.end()) return *found;
    sums_.push_back({{step.from, step.to, step.back, {}}, 0});
    return sums_.back();
  }
  std::vector<Counted> sums_;
};

struct Counts {
  std::uint64_t migrated = 0;
  std::uint64_t already = 0;
  std::uint64_t refused = 0;
};

void migrate_one(RecordInput& input, const Judge& judge, const VersionInfo& to,
                 RecordWriter& writer, Counts& counts, ReportSum& reports) {
  Result<Moved> moved = moved_of(input, judge, to);
  if (!moved) {
    ++counts.refused;
    input.progress().report("refused: " + input.text_of(moved.error()));
    return;
  }
  ++(moved->migrated ? counts.migrated : counts.already);
  reports.add(moved->report);
  for (const Displaced& displaced : moved->displaced) {
    input.progress().report(
        "note: " + place_text(input.record().place(input.form()), input.key(), displaced.pointer) +
        ": a field gave way to a step's");
  }
  writer.add(input.with_data(std::move(moved->data)), input.alone());
}

}  // namespace

Result<int> execute(const DatumMigrateOptions& options, Context& context) {
  auto judge = judge_of(context, options.judge);
  if (!judge) return std::move(judge).error();
  auto to = version_of(judge->catalog(), options.to);
  if (!to) return std::move(to).error();
  const VersionInfo& target = *to == nullptr ? judge->catalog().current() : **to;
  Environment& environment = context.environment;
  auto input = RecordInput::open(options.records, context, environment.out_is_terminal);
  if (!input) return std::move(input).error();
  RecordWriter writer(environment.out, form_named(options.as).value_or((*input)->form()),
                      environment.out_is_terminal);
  Counts counts;
  ReportSum reports;
  while (environment.out && (*input)->next()) {
    migrate_one(**input, *judge, target, writer, counts, reports);
  }
  writer.finish((*input)->alone());
  Progress& progress = (*input)->progress();
  if (options.report) reports.show(progress);
  progress.report("migrated " + std::to_string(counts.migrated) + ", already at " + target.name +
                  ": " + std::to_string(counts.already) + ", refused " +
                  std::to_string(counts.refused));
  auto ended = (*input)->ended();
  if (!ended) return std::move(ended).error();
  return counts.refused == 0 ? 0 : 1;
}

}  // namespace keepsake::cli
