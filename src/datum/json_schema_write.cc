#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "keepsake/datum/json_schema.h"
#include "src/datum/number.h"
#include "src/datum/schema_node.h"

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

class SchemaWriter {
 public:
  Value document(const Schema& schema) {
    count(schema);
    Value whole = write(schema);
    Value document = Value::object({{"$schema", "https://json-schema.org/draft/2020-12/schema"}});
    for (const Member& member : whole.members()) document.set(member.name, member.value);
    if (definitions_.empty()) return document;
    Value definitions = Value::object();
    for (std::size_t i = 0; i < definitions_.size(); ++i) {  // more may come meanwhile
      definitions.set(names_[definitions_[i]], write_node(*definitions_[i]));
    }
    document.set("$defs", std::move(definitions));
    return document;
  }

 private:
  /// What is referred to twice, or holds itself, becomes a definition.
  void count(const Schema& schema) {
    const SchemaNode& node = SchemaNode::of(schema);
    const bool again = !seen_.insert(&node).second;
    const bool named = SchemaNode::is_reference(schema) || !node.title.empty();
    if (named && names_.find(&node) == names_.end() && (again || holds_itself(node))) {
      define(node);
    }
    if (!again) for_each_part(node, [this](const Schema& part) { count(part); });
  }

  static bool holds_itself(const SchemaNode& whole) {
    std::unordered_set<const SchemaNode*> seen;
    std::vector<const SchemaNode*> later{&whole};
    while (!later.empty()) {
      const SchemaNode* node = later.back();
      later.pop_back();
      bool found = false;
      for_each_part(*node, [&](const Schema& part) {
        const SchemaNode* inner = &SchemaNode::of(part);
        found = found || inner == &whole;
        if (seen.insert(inner).second) later.push_back(inner);
      });
      if (found) return true;
    }
    return false;
  }

  void define(const SchemaNode& node) {
    std::string base;
    for (const char c : node.title) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
      base += plain ? c : '_';
    }
    if (base.empty()) base = "schema";
    std::string name = base;
    for (int i = 2; taken(name); ++i) name = base + std::to_string(i);
    names_[&node] = name;
    definitions_.push_back(&node);
  }
  [[nodiscard]] bool taken(const std::string& name) const {
    return std::any_of(names_.begin(), names_.end(),
                       [&name](const auto& entry) { return entry.second == name; });
  }

  Value write(const Schema& schema) {
    const SchemaNode& node = SchemaNode::of(schema);
    const auto name = names_.find(&node);
    if (name == names_.end()) return write_node(node);
    return Value::object({{"$ref", "#/$defs/" + name->second}});
  }

  Value write_node(const SchemaNode& node) {
    Value out = Value::object();
    write_kind(node, out);
    if (node.pattern) out.set("pattern", node.pattern->text());
    write_rules(node, out);
    if (!node.description.empty()) out.set("description", node.description);
    if (node.deprecated) out.set("deprecated", true);
    if (node.fallback) out.set("default", *node.fallback);
    return out;
  }

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
        Value names = Value::array({});
        for (const std::string& name : node.names) names.push_back(name);
        out.set("type", "string");
        out.set("enum", std::move(names));
        return;
      }
      case Kind::any: return;
      case Kind::array:
      case Kind::strict_array:
        out.set("type", "array");
        out.set("items", write(*node.element));
        return write_sizes(node.limits, "minItems", "maxItems", out);
      case Kind::map:
        out.set("type", "object");
        out.set("additionalProperties", write(*node.element));
        if (!is_any_string(*node.key)) out.set("propertyNames", write(*node.key));
        return write_sizes(node.limits, "minProperties", "maxProperties", out);
      case Kind::object: return write_object(node, out);
      case Kind::union_of: return write_union(node, out);
      case Kind::tagged_union: return write_tagged(node, out);
      case Kind::optional:
        out.set("anyOf", Value::array({write(*node.element), null_schema()}));
        return;
      case Kind::refine: out = write(*node.element); return;
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
      properties.set(member.name, write(member.schema));
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
    for (const SchemaMember& member : node.members) alternatives.push_back(write(member.schema));
    // Else it would read as an optional, whose faults are told from within.
    if (alternatives.size() == 2 && alternatives.items()[1] == null_schema()) {
      out.set("x-keepsake-kind", "union");
    }
    out.set("anyOf", std::move(alternatives));
  }

  void write_tagged(const SchemaNode& node, Value& out) {
    Value variants = Value::array({});
    for (const SchemaMember& variant : node.members) {
      const Schema* own =
          variant.schema.kind() == Kind::object ? variant.schema.member(node.tag) : nullptr;
      const bool tells = own != nullptr && own->kind() == Kind::literal &&
                         own->literal() == Value(variant.name) &&
                         names_.find(&SchemaNode::of(variant.schema)) == names_.end();
      if (tells) {
        variants.push_back(write(variant.schema));
        continue;
      }
      Value tag = Value::object({{node.tag, Value::object({{"const", variant.name}})}});
      variants.push_back(Value::object({{"properties", std::move(tag)},
                                        {"required", Value::array({node.tag})},
                                        {"allOf", Value::array({write(variant.schema)})}}));
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

  std::unordered_set<const SchemaNode*> seen_;
  std::unordered_map<const SchemaNode*, std::string> names_;
  std::vector<const SchemaNode*> definitions_;
};

}  // namespace

Value to_json_schema(const Schema& schema) { return SchemaWriter().document(schema); }

}  // namespace keepsake
