#include "src/cli/datum_cases.h"

#include <utility>

#include "keepsake/datum/json.h"
#include "keepsake/datum/schema.h"

namespace keepsake::cli {

namespace {

Error not_understood(std::string_view what) {
  return Error(ErrorCode::invalid_schema, "unsupported: " + std::string(what));
}

Result<Schema> part(const Value& form, std::string_view name) {
  const Value* inner = form.find(name);
  if (inner == nullptr) return not_understood("a kind without its \"" + std::string(name) + "\"");
  return schema_of_case(*inner);
}

Result<std::vector<SchemaMember>> parts(const Value* forms, std::string_view name) {
  if (forms == nullptr || forms->kind() != Value::Kind::object) {
    return not_understood("a kind without its \"" + std::string(name) + "\"");
  }
  std::vector<SchemaMember> members;
  for (const Member& form : forms->members()) {
    Result<Schema> schema = schema_of_case(form.value);
    if (!schema) return std::move(schema).error();
    members.push_back({std::string(form.name), *std::move(schema)});
  }
  return members;
}

Result<Schema> object_of(const Value& form, UnknownFields policy) {
  Result<std::vector<SchemaMember>> members = parts(form.find("shape"), "shape");
  if (!members) return std::move(members).error();
  return schema::object(*std::move(members)).unknown_fields(policy);
}

Result<Schema> union_of(const Value& form) {
  const Value* forms = form.find("of");
  if (forms == nullptr || forms->kind() != Value::Kind::array) {
    return not_understood("a union without its \"of\"");
  }
  std::vector<Schema> alternatives;
  for (const Value& alternative : forms->items()) {
    Result<Schema> schema = schema_of_case(alternative);
    if (!schema) return schema;
    alternatives.push_back(*std::move(schema));
  }
  return schema::union_of(std::move(alternatives));
}

Result<Schema> map_of(const Value& form) {
  Result<Schema> key = part(form, "key");
  if (!key) return key;
  Result<Schema> value = part(form, "value");
  if (!value) return value;
  return schema::map(*std::move(key), *std::move(value));
}

Result<Schema> tagged_of(const Value& form) {
  Result<std::vector<SchemaMember>> variants = parts(form.find("variants"), "variants");
  if (!variants) return std::move(variants).error();
  const Value* tag = form.find("tag");
  if (tag == nullptr || tag->kind() != Value::Kind::string) {
    return not_understood("a tagged union without its \"tag\"");
  }
  return schema::tagged_union(tag->as_string(), *std::move(variants));
}

Result<Schema> around(const Value& form, std::string_view name, Schema (*make)(Schema)) {
  Result<Schema> inner = part(form, name);
  if (!inner) return inner;
  return make(*std::move(inner));
}

/// What came of a case, in the words of its file.
struct Outcome {
  bool ok = false;
  Value output;
  std::string path;
  std::string message;

  [[nodiscard]] std::string text() const {
    if (ok) return "output " + write_json(output);
    return "a fault at \"" + path + "\"" + (message.empty() ? "" : " (" + message + ")");
  }
};

Outcome expected_of(const Value& test) {
  Outcome outcome;
  const Value* ok = test.find("ok");
  outcome.ok = ok != nullptr && *ok == Value(true);
  if (const Value* output = test.find("output")) outcome.output = *output;
  outcome.path = string_in(test.find("path"));
  return outcome;
}

Outcome run_case(const Schema& schema, const Value& input) {
  Result<Validated> validated = schema.validate(input);
  if (validated) {
    return {.ok = true, .output = (*std::move(validated)).take(), .path = {}, .message = {}};
  }
  const Error& why = validated.error();
  return {.ok = false, .output = {}, .path = why.path(), .message = why.message()};
}

bool same(const Outcome& a, const Outcome& b) {
  if (a.ok != b.ok) return false;
  return a.ok ? a.output == b.output : a.path == b.path;
}

/// Empty if the case passes, else what is wrong.
std::string judge(const Value& test) {
  const std::string_view op = string_in(test.find("op"));
  if (op != "decode" && op != "encode") return "unsupported: the operation";
  const Value* form = test.find("schema");
  const Value* input = test.find("input");
  const Value* ok = test.find("ok");
  const bool accepts = ok != nullptr && *ok == Value(true);
  const bool refuses = ok != nullptr && *ok == Value(false);
  const Value* told = test.find("path");
  if (refuses && (told == nullptr || told->kind() != Value::Kind::string)) {
    return "unsupported: a refusal without its path";
  }
  if (form == nullptr || input == nullptr || accepts == refuses) {
    return "unsupported: a case without its schema, input or verdict";
  }
  Result<Schema> schema = schema_of_case(*form);
  if (!schema) return schema.error().cause();
  const Outcome expected = expected_of(test);
  const Outcome found = run_case(*schema, *input);
  if (same(expected, found)) return {};
  return "expected " + expected.text() + ", found " + found.text();
}

}  // namespace

std::string_view string_in(const Value* value) {
  return value != nullptr && value->kind() == Value::Kind::string ? value->as_string()
                                                                  : std::string_view();
}

Result<Schema> schema_of_case(const Value& form) {
  const std::string_view kind = string_in(form.find("kind"));
  if (kind == "nil") return schema::nil();
  if (kind == "boolean") return schema::boolean();
  if (kind == "number") return schema::number();
  if (kind == "integer") return schema::integer();
  if (kind == "string") return schema::string();
  if (kind == "any") return schema::any();
  if (kind == "literal") {
    const Value* value = form.find("value");
    if (value == nullptr) return not_understood("a literal without its \"value\"");
    return schema::literal(*value);
  }
  if (kind == "array") return around(form, "elem", schema::array);
  if (kind == "strictArray") return around(form, "elem", schema::strict_array);
  if (kind == "optional") return around(form, "inner", schema::optional);
  if (kind == "map") return map_of(form);
  if (kind == "object") return object_of(form, UnknownFields::strip);
  if (kind == "strictObject") return object_of(form, UnknownFields::reject);
  if (kind == "union") return union_of(form);
  if (kind == "taggedUnion") return tagged_of(form);
  return not_understood("the kind \"" + std::string(kind) + "\"");
}

Result<CaseReport> run_cases(std::string_view json_text) {
  Result<Value> cases = parse_json(json_text);
  if (!cases) return std::move(cases).error();
  if (cases->kind() != Value::Kind::array) {
    return Error(ErrorCode::invalid_data).expected("array of cases").found(name(cases->kind()));
  }
  CaseReport report;
  for (const Value& test : cases->items()) {
    const std::string wrong = judge(test);
    if (wrong.empty()) {
      ++report.passed;
      continue;
    }
    ++report.failed;
    const std::string_view id = string_in(test.find("id"));
    report.lines.push_back((id.empty() ? "(no id)" : std::string(id)) + ": " + wrong);
  }
  return report;
}

}  // namespace keepsake::cli
