#include "src/datum/example_value.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "keepsake/datum/json.h"
#include "src/datum/schema_node.h"

namespace keepsake {

namespace {

constexpr int kMostDepth = 20;  // of schemas within each other

std::optional<Value> plainest(const Schema& schema, int depth);

/// The number nearest to 0 within the limits.
Value number_near_zero(const SchemaNode& node) {
  const Limits& limits = node.limits;
  if (node.kind == Schema::Kind::integer) {
    return std::clamp<std::int64_t>(0, limits.least_integer, limits.most_integer);
  }
  return {std::clamp(0.0, limits.least, limits.most)};
}

std::optional<Value> object_of(const SchemaNode& node, int depth) {
  std::vector<Member> members;
  for (const SchemaMember& member : node.members) {
    if (accepts_nothing(member.schema) || SchemaNode::of(member.schema).fallback) continue;
    std::optional<Value> value = plainest(member.schema, depth + 1);
    if (!value) return std::nullopt;
    members.push_back({member.name, *std::move(value)});
  }
  return Value::object(std::move(members));
}

std::optional<Value> items_of(const SchemaNode& node, int depth) {
  std::vector<Value> items;
  if (node.limits.least_size == 0) return Value::array();
  std::optional<Value> item = plainest(*node.element, depth + 1);
  if (!item || node.limits.least_size > 16) return std::nullopt;
  return Value::array(std::vector<Value>(node.limits.least_size, *item));
}

std::optional<Value> variant_of(const SchemaNode& node, int depth) {
  const SchemaMember& first = node.members.front();
  std::optional<Value> value = plainest(first.schema, depth + 1);
  if (!value || value->kind() != Value::Kind::object) return std::nullopt;
  std::vector<Member> members{{node.tag, Value(first.name)}};
  for (const Member& member : value->members()) {
    if (member.name != node.tag) members.push_back(member);
  }
  return Value::object(std::move(members));
}

std::optional<Value> plainest(const Schema& schema, int depth) {
  if (depth > kMostDepth) return std::nullopt;
  const SchemaNode& node = SchemaNode::of(schema);
  if (node.fallback) return node.fallback;
  switch (node.kind) {
    case Schema::Kind::nil:
    case Schema::Kind::any: return Value();
    case Schema::Kind::boolean: return Value(false);
    case Schema::Kind::integer:
    case Schema::Kind::number: return number_near_zero(node);
    case Schema::Kind::string: return Value("");
    case Schema::Kind::bytes: return Value::bytes("");
    case Schema::Kind::literal: return node.literal;
    case Schema::Kind::enumeration: return Value(node.names.front());
    case Schema::Kind::array:
    case Schema::Kind::strict_array: return items_of(node, depth);
    case Schema::Kind::map: return Value::object();
    case Schema::Kind::object: return object_of(node, depth);
    case Schema::Kind::tagged_union: return variant_of(node, depth);
    case Schema::Kind::union_of: return plainest(node.members.front().schema, depth + 1);
    case Schema::Kind::optional:
    case Schema::Kind::refine: return plainest(*node.element, depth + 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Value> example_value(const Schema& schema) {
  std::optional<Value> value = plainest(schema, 0);
  if (value && !schema.validate(*value)) value.reset();
  return value;
}

std::string cpp_text(const Value& value) {
  std::string text;
  const auto list = [&text](bool first) { text += first ? "" : ", "; };
  switch (value.kind()) {
    case Value::Kind::null: return "Value()";
    case Value::Kind::bytes: return "Value::bytes(" + write_json(Value(value.as_bytes())) + ")";
    case Value::Kind::array:
      for (const Value& item : value.items()) {
        list(text.empty());
        text += cpp_text(item);
      }
      return value.size() == 0 ? "Value::array()" : "Value::array({" + text + "})";
    case Value::Kind::object:
      for (const Member& member : value.members()) {
        list(text.empty());
        text += "{" + write_json(Value(member.name)) + ", " + cpp_text(member.value) + "}";
      }
      return value.size() == 0 ? "Value::object()" : "Value::object({" + text + "})";
    default: return write_json(value);
  }
}

std::string example_text(const Schema& schema) {
  const std::optional<Value> value = example_value(schema);
  return value ? cpp_text(*value) : "…";
}

}  // namespace keepsake
