#include "keepsake/datum/schema.h"

#include <algorithm>

#include "keepsake/datum/json.h"
#include "src/base/assert.h"
#include "src/datum/number.h"
#include "src/datum/schema_node.h"

namespace keepsake {

namespace {

using Kind = Schema::Kind;

const std::vector<std::string> kNoNames;

std::string number_text(double value) {
  char buffer[kNumberRoom];
  return {buffer, write_double(buffer, value)};
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string text = "one of ";
  for (const std::string& name : names) {
    if (text.back() != ' ') text += ", ";
    write_json(Value(name), text);
  }
  return text;
}

std::string join(const std::vector<SchemaMember>& alternatives) {
  std::string text;
  constexpr std::size_t kMostText = 200;  // unions of unions would multiply
  for (const SchemaMember& alternative : alternatives) {
    if (text.size() > kMostText) return text + " or others";
    if (!text.empty()) text += " or ";
    text += alternative.schema.text();
  }
  return text;
}

std::string limits_text(const Limits& limits) {
  constexpr Limits kNone;
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? " " : ", ") + part; };
  if (limits.least != kNone.least) add("at least " + number_text(limits.least));
  if (limits.most != kNone.most) add("at most " + number_text(limits.most));
  if (limits.least_size != kNone.least_size) {
    add("of size at least " + std::to_string(limits.least_size));
  }
  if (limits.most_size != kNone.most_size) {
    add("of size at most " + std::to_string(limits.most_size));
  }
  if (limits.least_length != kNone.least_length) {
    add("of at least " + std::to_string(limits.least_length) + " characters");
  }
  if (limits.most_length != kNone.most_length) {
    add("of at most " + std::to_string(limits.most_length) + " characters");
  }
  return text;
}

std::string bare_text(const SchemaNode& node) {
  switch (node.kind) {
    case Kind::nil: return "null";
    case Kind::boolean: return "boolean";
    case Kind::integer: return "integer";
    case Kind::number: return "number";
    case Kind::string: return "string";
    case Kind::bytes: return "bytes";
    case Kind::literal: return write_json(node.literal);
    case Kind::enumeration: return quoted_list(node.names);
    case Kind::any: return "any value";
    case Kind::array:
    case Kind::strict_array: return "array";
    case Kind::map: return "map";
    case Kind::object:
    case Kind::tagged_union: return "object";
    case Kind::union_of: return join(node.members);
    case Kind::optional: return node.element->text();
    case Kind::refine: {
      const std::string& expected = node.rules.front().expected;
      return expected.empty() ? node.element->text() : expected;
    }
  }
  return {};
}

Schema plain(Kind kind) {
  SchemaNode node;
  node.kind = kind;
  return SchemaBuilder::make(std::move(node));
}

Schema with_element(Kind kind, Schema element) {
  SchemaNode node;
  node.kind = kind;
  node.element = std::move(element);
  return SchemaBuilder::make(std::move(node));
}

void require_distinct(const std::vector<SchemaMember>& members) {
  std::vector<std::string_view> names;
  for (const SchemaMember& member : members) names.push_back(member.name);
  std::sort(names.begin(), names.end());
  require(std::adjacent_find(names.begin(), names.end()) == names.end(),
          "the names of a schema's members are distinct");
}

Schema with_members(Kind kind, std::vector<SchemaMember> members) {
  if (kind == Kind::object) require_distinct(members);
  SchemaNode node;
  node.kind = kind;
  node.members = std::move(members);
  return SchemaBuilder::make(std::move(node));
}

}  // namespace

Schema::Kind Schema::kind() const noexcept { return SchemaNode::of(*this).kind; }
const std::vector<SchemaMember>& Schema::members() const noexcept {
  return SchemaNode::of(*this).members;
}
const Schema* Schema::member(std::string_view name) const noexcept {
  for (const SchemaMember& member : members()) {
    if (member.name == name) return &member.schema;
  }
  return nullptr;
}
const Schema* Schema::element() const noexcept {
  const SchemaNode& node = SchemaNode::of(*this);
  return node.element ? &*node.element : nullptr;
}
const Schema* Schema::key() const noexcept {
  const SchemaNode& node = SchemaNode::of(*this);
  return node.key ? &*node.key : nullptr;
}
const Value& Schema::literal() const noexcept { return SchemaNode::of(*this).literal; }
const std::vector<std::string>& Schema::names() const noexcept {
  const SchemaNode& node = SchemaNode::of(*this);
  return node.kind == Kind::enumeration ? node.names : kNoNames;
}
const std::vector<std::string>& Schema::reserved() const noexcept {
  const SchemaNode& node = SchemaNode::of(*this);
  return node.kind == Kind::object ? node.names : kNoNames;
}
const std::string& Schema::tag() const noexcept { return SchemaNode::of(*this).tag; }
UnknownFields Schema::unknown_fields() const noexcept { return SchemaNode::of(*this).unknown; }
const Limits& Schema::limits() const noexcept { return SchemaNode::of(*this).limits; }
const Pattern* Schema::pattern() const noexcept {
  const SchemaNode& node = SchemaNode::of(*this);
  return node.pattern ? &*node.pattern : nullptr;
}
const Value* Schema::default_value() const noexcept {
  const SchemaNode& node = SchemaNode::of(*this);
  return node.fallback ? &*node.fallback : nullptr;
}
bool Schema::deprecated() const noexcept { return SchemaNode::of(*this).deprecated; }
const std::string& Schema::description() const noexcept {
  return SchemaNode::of(*this).description;
}
std::string Schema::text() const {
  const SchemaNode& node = SchemaNode::of(*this);
  std::string text = bare_text(node) + limits_text(node.limits);
  if (node.pattern) {
    text += node.limits.none() ? " matching " : ", matching ";
    write_json(Value(node.pattern->text()), text);
  }
  return text;
}

Schema SchemaBuilder::make(SchemaNode node) {
  // The schema may outlive what it was read from.
  node.literal = node.literal.detached();
  if (node.fallback) node.fallback = node.fallback->detached();
  node.unlimited = node.limits.none() && !node.pattern;
  node.quick_members.clear();
  if (node.kind == Kind::object) {
    for (const SchemaMember& member : node.members) {
      node.quick_members.push_back({member.name, member.schema.node_.get()});
    }
  }
  return Schema(std::make_shared<const SchemaNode>(std::move(node)));
}

bool accepts_nothing(const Schema& schema) { return accepts_nothing(SchemaNode::of(schema)); }

bool accepts_nothing(const SchemaNode& node) {
  switch (node.kind) {
    case Kind::nil:
    case Kind::any:
    case Kind::optional: return true;
    case Kind::literal: return node.literal.is_null();
    case Kind::refine: return accepts_nothing(*node.element);
    case Kind::union_of:
      return std::any_of(node.members.begin(), node.members.end(),
                         [](const SchemaMember& member) { return accepts_nothing(member.schema); });
    default: return false;
  }
}

namespace schema {

Schema nil() { return plain(Kind::nil); }
Schema boolean() { return plain(Kind::boolean); }
Schema integer() { return plain(Kind::integer); }
Schema number() { return plain(Kind::number); }
Schema string() { return plain(Kind::string); }
Schema bytes() { return plain(Kind::bytes); }
Schema any() { return plain(Kind::any); }
Schema literal(Value value) {
  SchemaNode node;
  node.kind = Kind::literal;
  node.literal = std::move(value);
  return SchemaBuilder::make(std::move(node));
}
Schema enumeration(std::vector<std::string> names) {
  SchemaNode node;
  node.kind = Kind::enumeration;
  node.names = std::move(names);
  return SchemaBuilder::make(std::move(node));
}
Schema array(Schema element) { return with_element(Kind::array, std::move(element)); }
Schema strict_array(Schema element) { return with_element(Kind::strict_array, std::move(element)); }
Schema map(Schema key, Schema value) {
  SchemaNode node;
  node.kind = Kind::map;
  node.key = std::move(key);
  node.element = std::move(value);
  return SchemaBuilder::make(std::move(node));
}
Schema object(std::vector<SchemaMember> members) {
  return with_members(Kind::object, std::move(members));
}
Schema strict_object(std::vector<SchemaMember> members) {
  return object(std::move(members)).unknown_fields(UnknownFields::reject);
}
Schema union_of(std::vector<Schema> alternatives) {
  std::vector<SchemaMember> members;
  for (Schema& alternative : alternatives) members.push_back({"", std::move(alternative)});
  return with_members(Kind::union_of, std::move(members));
}
Schema tagged_union(std::string_view tag, std::vector<SchemaMember> variants) {
  require_distinct(variants);
  SchemaNode node;
  node.kind = Kind::tagged_union;
  node.tag = tag;
  node.members = std::move(variants);
  return SchemaBuilder::make(std::move(node));
}
Schema optional(Schema inner) { return with_element(Kind::optional, std::move(inner)); }
Schema recursive(std::string_view name, FunctionRef<Schema(const Schema& self)> build) {
  SchemaTable table;
  const std::size_t entry = table.add();
  SchemaNode node = SchemaNode::of(build(table.reference(entry)));
  node.title = name;
  table.set(entry, SchemaBuilder::make(std::move(node)));
  const Schema whole = table.whole(table.reference(entry));
  require(longest_chain(whole) != kEndlessChain, "a recursive schema is not in place of itself");
  return whole;
}
Schema refine(Schema inner, std::string_view expected, std::function<bool(const Value&)> holds) {
  SchemaNode node;
  node.kind = Kind::refine;
  node.element = std::move(inner);
  node.rules.push_back({std::string(expected), std::move(holds)});
  return SchemaBuilder::make(std::move(node));
}

}  // namespace schema
}  // namespace keepsake
