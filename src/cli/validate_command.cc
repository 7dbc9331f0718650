#include <utility>
#include <vector>

#include "keepsake/datum/json.h"
#include "src/cli/commands.h"
#include "src/cli/json_list.h"
#include "src/cli/judge.h"
#include "src/cli/places.h"
#include "src/cli/record_input.h"
#include "src/cli/text.h"

namespace keepsake::cli {

namespace {

Value text_or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }

Value number_or_null(const std::optional<std::uint64_t>& number) {
  return number ? Value(static_cast<std::int64_t>(*number)) : Value();
}

Value fault_json(const RecordInput& input, const Error& fault) {
  const RecordRead& record = input.record();
  Value json = Value::object({{"record", static_cast<std::int64_t>(record.number)}});
  json.set(record.byte ? "byte" : "line", number_or_null(record.byte ? record.byte : record.line));
  json.set("key", text_or_null(input.key()));
  json.set("path", fault.path());
  json.set("code", name(fault.code()));
  json.set("message", fault.message());
  json.set("expected", text_or_null(fault.expected()));
  json.set("found", text_or_null(fault.found()));
  return json;
}

std::vector<Error> faults_of(const RecordInput& input, const Judge& judge, bool all) {
  Result<Value> data = input.data();
  if (!data) return {std::move(data).error()};
  if (all) return judge.faults(*std::move(data));
  Result<Judged> judged = judge.judge(*std::move(data));
  return judged ? std::vector<Error>() : std::vector<Error>{std::move(judged).error()};
}

}  // namespace

Result<int> execute(const DatumValidateOptions& options, Context& context) {
  auto judge = judge_of(context, options.judge);
  if (!judge) return std::move(judge).error();
  auto input = RecordInput::open(options.records, context, false);
  if (!input) return std::move(input).error();
  std::ostream& out = context.environment.out;
  JsonList json(out);
  std::uint64_t valid = 0;
  std::uint64_t invalid = 0;
  if (options.json) out << "{\"faults\":";
  while (out && (*input)->next()) {
    const std::vector<Error> faults = faults_of(**input, *judge, options.all);
    ++(faults.empty() ? valid : invalid);
    if (!faults.empty()) (*input)->progress().clear();
    for (const Error& fault : faults) {
      if (options.json) {
        json.add(fault_json(**input, fault));
      } else {
        out << printable((*input)->text_of(fault)) << '\n';
      }
    }
  }
  (*input)->progress().clear();
  if (options.json) {
    json.close();
    out << ",\"valid\":" << valid << ",\"invalid\":" << invalid << "}\n";
  } else {
    out << valid << " valid, " << invalid << " invalid\n";
  }
  auto ended = (*input)->ended();
  if (!ended) return std::move(ended).error();
  return invalid == 0 ? 0 : 1;
}

}  // namespace keepsake::cli
