#include <optional>
#include <utility>

#include "src/cli/commands.h"
#include "src/cli/judge.h"
#include "src/cli/places.h"
#include "src/cli/record_input.h"
#include "src/cli/record_writer.h"

namespace keepsake::cli {

namespace {

/// The record as it is or, with a judge, with its data as its schema has it.
Result<Value> record_of(const RecordInput& input, const std::optional<Judge>& judge) {
  Result<Value> data = input.data();
  if (!data) return data;
  if (!judge) return input.record().value;
  Result<Judged> judged = judge->judge(*std::move(data));
  if (!judged) return std::move(judged).error();
  return input.with_data(std::move(judged->data));
}

Result<std::optional<Judge>> judge_if_any(const Context& context, const std::string& store) {
  if (store.empty()) return std::optional<Judge>();
  auto judge = judge_of(context, {.store = store});
  if (!judge) return std::move(judge).error();
  return std::optional<Judge>(*std::move(judge));
}

}  // namespace

Result<int> execute(const DatumConvertOptions& options, Context& context) {
  auto judge = judge_if_any(context, options.store);
  if (!judge) return std::move(judge).error();
  Environment& environment = context.environment;
  auto input = RecordInput::open(options.records, context, environment.out_is_terminal);
  if (!input) return std::move(input).error();
  RecordWriter writer(environment.out, form_named(options.to).value_or(Form::jsonl),
                      environment.out_is_terminal);
  std::uint64_t converted = 0;
  std::uint64_t refused = 0;
  while (environment.out && (*input)->next()) {
    Result<Value> record = record_of(**input, *judge);
    ++(record ? converted : refused);
    if (record) {
      writer.add(*record, (*input)->alone());
    } else {
      (*input)->progress().report("refused: " + (*input)->text_of(record.error()));
    }
  }
  writer.finish((*input)->alone());
  (*input)->progress().report("converted " + std::to_string(converted) + ", refused " +
                              std::to_string(refused));
  auto ended = (*input)->ended();
  if (!ended) return std::move(ended).error();
  return refused == 0 ? 0 : 1;
}

}  // namespace keepsake::cli
