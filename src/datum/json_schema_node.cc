#include "src/datum/json_schema_node.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "src/datum/number.h"

namespace keepsake {

namespace {

using Kind = Schema::Kind;

Value number_value(double number) {
  return fits_integer(number) ? Value(static_cast<std::int64_t>(number)) : Value(number);
}

Value size_value(std::size_t size) {
  constexpr std::size_t kMost = std::numeric_limits<std::int64_t>::max();
  return {static_cast<std::int64_t>(std::min(size, kMost))};
}

class NodeWriter {
 public:
  NodeWriter(NodeNotes notes, FunctionRef<Value(const Schema&)> part)
      : notes_(notes), part_(part) {}

  Value write_node(const SchemaNode& node) {
    Value out = Value::object();
    write_kind(node, out);
    if (node.pattern) out.set("pattern", node.pattern->text());
    write_rules(node, out);
    if (notes_ == NodeNotes::written && !node.description.empty()) {
      out.set("description", node.description);
    }
    if (notes_ == NodeNotes::written && node.deprecated) out.set("deprecated", true);
    if (node.fallback) out.set("default", *node.fallback);
    return out;
  }

 private:
  void write_kind(const SchemaNode& node, Value& out) {
    switch (node.kind) {
      case Kind::nil: out.set("type", "null"); return;
      case Kind::boolean: out.set("type", "boolean"); return;
      case Kind::integer:
      case Kind::number: return write_number(node, out);
      case Kind::string:
      case Kind::bytes: return write_text(node, out);
      case Kind::literal:
        out.set("const", node.literal);
        if (node.literal.kind() == Value::Kind::bytes) out.set("contentEncoding", "base64");
        return;
      case Kind::enumeration: {
        std::vector<Value> listed(node.names.begin(), node.names.end());
        if (notes_ == NodeNotes::left_out) {  // their order says nothing
          std::sort(listed.begin(), listed.end(),
                    [](const Value& a, const Value& b) { return a.as_string() < b.as_string(); });
        }
        Value names = Value::array(std::move(listed));
        out.set("type", "string");
        out.set("enum", std::move(names));
        return;
      }
      case Kind::any: return;
      case Kind::array:
      case Kind::strict_array:
        out.set("type", "array");
        out.set("items", part_(*node.element));
        return write_sizes(node.limits, "minItems", "maxItems", out);
      case Kind::map:
        out.set("type", "object");
        out.set("additionalProperties", part_(*node.element));
        if (!is_any_string(*node.key)) out.set("propertyNames", part_(*node.key));
        return write_sizes(node.limits, "minProperties", "maxProperties", out);
      case Kind::object: return write_object(node, out);
      case Kind::union_of: return write_union(node, out);
      case Kind::tagged_union: return write_tagged(node, out);
      case Kind::optional:
        out.set("anyOf", Value::array({part_(*node.element), null_schema()}));
        return;
      case Kind::refine:
        out = notes_ == NodeNotes::written ? part_(*node.element)
                                           : write_node(SchemaNode::of(*node.element));
        return;
    }
  }

  static Value null_schema() { return Value::object({{"type", "null"}}); }

  static bool is_any_string(const Schema& key) {
    const SchemaNode& node = SchemaNode::of(key);
    return node.kind == Kind::string && node.limits.none() && !node.pattern;
  }

  static void write_sizes(const Limits& limits, const char* least, const char* most, Value& out) {
    constexpr Limits kNone;
    if (limits.least_size != kNone.least_size) out.set(least, size_value(limits.least_size));
    if (limits.most_size != kNone.most_size) out.set(most, size_value(limits.most_size));
  }

  static void write_number(const SchemaNode& node, Value& out) {
    constexpr Limits kNone;
    const Limits& limits = node.limits;
    if (node.kind == Kind::integer) {
      out.set("type", "integer");
      if (limits.least_integer != kNone.least_integer) out.set("minimum", limits.least_integer);
      if (limits.most_integer != kNone.most_integer) out.set("maximum", limits.most_integer);
      return;
    }
    out.set("type", "number");
    if (limits.least != kNone.least) out.set("minimum", number_value(limits.least));
    if (limits.most != kNone.most) out.set("maximum", number_value(limits.most));
  }

  static void write_text(const SchemaNode& node, Value& out) {
    constexpr Limits kNone;
    const Limits& limits = node.limits;
    out.set("type", "string");
    if (node.kind == Kind::bytes) out.set("contentEncoding", "base64");
    if (limits.least_length != kNone.least_length) {
      out.set("minLength", size_value(limits.least_length));
    }
    if (limits.most_length != kNone.most_length) {
      out.set("maxLength", size_value(limits.most_length));
    }
    write_sizes(limits, "x-keepsake-minBytes", "x-keepsake-maxBytes", out);
  }

  void write_object(const SchemaNode& node, Value& out) {
    Value properties = Value::object();
    Value required = Value::array({});
    for (const SchemaMember& member : node.members) {
      properties.set(member.name, part_(member.schema));
      const bool must = !accepts_nothing(member.schema) && !SchemaNode::of(member.schema).fallback;
      if (must) required.push_back(member.name);
    }
    for (const std::string& reserved : node.names) properties.set(reserved, false);
    out.set("type", "object");
    out.set("properties", std::move(properties));
    if (required.size() != 0) out.set("required", std::move(required));
    if (node.unknown == UnknownFields::reject) out.set("additionalProperties", false);
    if (node.unknown == UnknownFields::strip) out.set("x-keepsake-unknown", "strip");
  }

  void write_union(const SchemaNode& node, Value& out) {
    Value alternatives = Value::array({});
    for (const SchemaMember& member : node.members) alternatives.push_back(part_(member.schema));
    // Else it would read as an optional, whose faults are told from within.
    if (alternatives.size() == 2 && alternatives.items()[1] == null_schema()) {
      out.set("x-keepsake-kind", "union");
    }
    out.set("anyOf", std::move(alternatives));
  }

  [[nodiscard]] std::vector<SchemaMember> in_written_order(
      std::vector<SchemaMember> variants) const {
    if (notes_ == NodeNotes::left_out) {  // their order says nothing
      std::sort(variants.begin(), variants.end(),
                [](const SchemaMember& a, const SchemaMember& b) { return a.name < b.name; });
    }
    return variants;
  }

  void write_tagged(const SchemaNode& node, Value& out) {
    Value variants = Value::array({});
    for (const SchemaMember& variant : in_written_order(node.members)) {
      const Schema* own =
          variant.schema.kind() == Kind::object ? variant.schema.member(node.tag) : nullptr;
      Value form = part_(variant.schema);
      const bool tells = own != nullptr && own->kind() == Kind::literal &&
                         own->literal() == Value(variant.name) &&
                         form.find("properties") != nullptr;
      if (tells) {
        variants.push_back(std::move(form));
        continue;
      }
      Value tag = Value::object({{node.tag, Value::object({{"const", variant.name}})}});
      variants.push_back(Value::object({{"properties", std::move(tag)},
                                        {"required", Value::array({node.tag})},
                                        {"allOf", Value::array({std::move(form)})}}));
    }
    out.set("type", "object");
    out.set("discriminator", Value::object({{"propertyName", node.tag}}));
    out.set("required", Value::array({node.tag}));
    out.set("oneOf", std::move(variants));
  }

  static void write_rules(const SchemaNode& node, Value& out) {
    std::vector<Value> words;
    if (const Value* inner = out.find("x-keepsake-refine")) {  // a refinement of a refinement
      if (inner->kind() == Value::Kind::string) {
        words.push_back(*inner);
      } else {
        words.assign(inner->items().begin(), inner->items().end());
      }
    }
    for (const SchemaRule& rule : node.rules) {
      if (!rule.expected.empty()) words.emplace_back(rule.expected);
    }
    if (words.size() == 1) out.set("x-keepsake-refine", words.front());
    if (words.size() > 1) out.set("x-keepsake-refine", Value::array(std::move(words)));
  }

  const NodeNotes notes_;
  const FunctionRef<Value(const Schema&)> part_;
};

}  // namespace

Value json_schema_node(const SchemaNode& node, NodeNotes notes,
                       FunctionRef<Value(const Schema&)> part) {
  return NodeWriter(notes, part).write_node(node);
}

}  // namespace keepsake
