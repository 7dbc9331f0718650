#include "src/datum/json_schema_form.h"

#include <algorithm>
#include <iterator>

#include "keepsake/datum/json.h"
#include "src/datum/fault.h"

namespace keepsake {

namespace {

bool is_one_of(std::string_view keyword, const std::string_view* begin,
               const std::string_view* end) {
  return std::find(begin, end, keyword) != end;
}

bool is_annotation(std::string_view keyword, bool is_root) {
  static constexpr std::string_view kAnywhere[] = {
      "title",     "$comment",         "examples",      "format",     "description", "readOnly",
      "writeOnly", "contentMediaType", "discriminator", "deprecated", "default"};
  static constexpr std::string_view kAtRoot[] = {"$schema", "$id", "$defs", "$vocabulary"};
  if (keyword.starts_with("x-")) return !keyword.starts_with("x-keepsake-");
  return is_one_of(keyword, std::begin(kAnywhere), std::end(kAnywhere)) ||
         (is_root && is_one_of(keyword, std::begin(kAtRoot), std::end(kAtRoot)));
}

bool is_known(std::string_view keyword) {
  static constexpr std::string_view kKnown[] = {"type",
                                                "const",
                                                "enum",
                                                "anyOf",
                                                "oneOf",
                                                "properties",
                                                "required",
                                                "additionalProperties",
                                                "propertyNames",
                                                "minProperties",
                                                "maxProperties",
                                                "items",
                                                "minItems",
                                                "maxItems",
                                                "minLength",
                                                "maxLength",
                                                "pattern",
                                                "contentEncoding",
                                                "minimum",
                                                "maximum",
                                                "exclusiveMinimum",
                                                "exclusiveMaximum",
                                                "$ref",
                                                "x-keepsake-unknown",
                                                "x-keepsake-minBytes",
                                                "x-keepsake-maxBytes",
                                                "x-keepsake-kind",
                                                "x-keepsake-refine"};
  return is_one_of(keyword, std::begin(kKnown), std::end(kKnown));
}

}  // namespace

Error schema_fault(const Place* place, std::string_view expected, std::string_view found) {
  return Error(ErrorCode::invalid_schema).path(pointer_text(place)).expected(expected).found(found);
}

SchemaForm::SchemaForm(const Value& object, const Place* place, bool is_root)
    : object_(object), place_(place), is_root_(is_root), used_(object.size()) {}

const Value* SchemaForm::take(std::string_view keyword) {
  const std::span<const Member> members = object_.members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].name != keyword) continue;
    used_[i] = true;
    return &members[i].value;
  }
  return nullptr;
}

Result<void> SchemaForm::all_used(std::string_view what) const {
  const std::span<const Member> members = object_.members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string_view keyword = members[i].name;
    if (used_[i] || is_annotation(keyword, is_root_)) continue;
    const Place at = Place::member(place_, keyword);
    const std::string expected = is_known(keyword) ? "a keyword about " + std::string(what)
                                                   : std::string("a keyword that is supported");
    return schema_fault(&at, expected, write_json(Value(keyword)));
  }
  return {};
}

bool SchemaForm::fail(std::string_view keyword, std::string_view expected) {
  const Value* value = peek(keyword);
  const Place at = Place::member(place_, keyword);
  fault = schema_fault(&at, expected, value == nullptr ? "nothing" : kind_text(*value));
  return false;
}

bool SchemaForm::take_text(std::string_view keyword, const std::string*& out) {
  const Value* value = take(keyword);
  out = nullptr;
  if (value == nullptr) return true;
  if (value->kind() != Value::Kind::string) return fail(keyword, "a string");
  text_ = value->as_string();
  out = &text_;
  return true;
}

bool SchemaForm::take_size(std::string_view keyword, std::size_t& out) {
  const Value* value = take(keyword);
  if (value == nullptr) return true;
  if (value->kind() != Value::Kind::integer || value->as_integer() < 0) {
    return fail(keyword, "an integer at least 0");
  }
  out = static_cast<std::size_t>(value->as_integer());
  return true;
}

}  // namespace keepsake
