#include <utility>

#include "keepsake/datum/infer.h"
#include "keepsake/datum/json_schema.h"
#include "src/cli/commands.h"
#include "src/cli/record_input.h"
#include "src/cli/text.h"

namespace keepsake::cli {

Result<int> execute(const DatumInferOptions& options, Context& context) {
  auto input = RecordInput::open(options.records, context, false);
  if (!input) return std::move(input).error();
  Inference inference;
  std::uint64_t refused = 0;
  while ((*input)->next()) {
    const Result<Value> data = (*input)->data();
    if (data) {
      inference.add(*data);
    } else {
      ++refused;
      (*input)->progress().report("refused: " + (*input)->text_of(data.error()));
    }
  }
  auto ended = (*input)->ended();
  if (!ended) return std::move(ended).error();
  if (inference.samples() == 0) {
    return Error(ErrorCode::invalid_argument, "there are no samples to infer a schema from");
  }
  const Schema schema = inference.schema();
  if (options.as == "struct") {
    const Result<std::string> text = struct_text(schema, options.name);
    if (!text) return text.error();
    context.environment.out << *text;
  } else {
    context.environment.out << write_json_indented(to_json_schema(schema)) << '\n';
  }
  (*input)->progress().report("from " + count_of(inference.samples(), "sample"));
  return refused == 0 ? 0 : 1;
}

}  // namespace keepsake::cli
