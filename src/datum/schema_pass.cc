// Whether a value passes a schema as it is. Most data do, having been written by who held them to
// the same schema; so this is asked first. It knows no words: what doesn't pass here, or can't be
// decided here, is judged by the validator (schema_validate.cc), which alone gives meaning.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "src/datum/fault.h"
#include "src/datum/member_names.h"
#include "src/datum/schema_node.h"

namespace keepsake {

namespace {

using Kind = Schema::Kind;

/// Whether a text is short and all of it ASCII.
[[gnu::always_inline]] inline bool is_short_ascii(std::string_view text) {
  const std::size_t size = text.size();
  const auto high_bits = [&](auto word, std::size_t at) {
    std::memcpy(&word, text.data() + at, sizeof(word));
    return word & static_cast<decltype(word)>(0x8080808080808080ULL);
  };
  if (size > 16) return false;
  if (size >= 8) return (high_bits(std::uint64_t{}, 0) | high_bits(std::uint64_t{}, size - 8)) == 0;
  if (size >= 4) return (high_bits(std::uint32_t{}, 0) | high_bits(std::uint32_t{}, size - 4)) == 0;
  return std::ranges::none_of(text, [](char c) { return (c & 0x80) != 0; });
}

[[gnu::always_inline]] inline bool integer_passes(const Limits& limits, const Value& value) {
  return value.kind() == Value::Kind::integer && value.as_integer() >= limits.least_integer &&
         value.as_integer() <= limits.most_integer;
}

bool object_passes(const SchemaNode& node, const Value& value);

/// As passes_unchanged, with what most members are in line.
[[gnu::always_inline]] inline bool passes(const SchemaNode* maybe_reference, const Value& value) {
  const SchemaNode& node = SchemaNode::resolved(maybe_reference);
  if (node.kind == Kind::integer) return integer_passes(node.limits, value);
  if (node.kind == Kind::boolean) return value.kind() == Value::Kind::boolean;
  if (node.kind == Kind::string && node.unlimited && value.kind() == Value::Kind::string) {
    return is_short_ascii(value.as_string()) || is_utf8(value.as_string());
  }
  if (node.kind == Kind::object) return object_passes(node, value);
  return passes_unchanged(node, value);
}

bool size_passes(const Limits& limits, std::size_t size) {
  return size >= limits.least_size && size <= limits.most_size;
}

bool number_passes(const Limits& limits, const Value& value) {
  if (value.kind() != Value::Kind::integer && value.kind() != Value::Kind::number) return false;
  const double number = value.as_number();
  return std::isfinite(number) && number >= limits.least && number <= limits.most;
}

bool text_passes(const SchemaNode& node, std::string_view text) {
  const bool counted = node.limits.least_length != 0 ||
                       node.limits.most_length != std::numeric_limits<std::size_t>::max();
  return is_utf8(text) && size_passes(node.limits, text.size()) &&
         (!counted || text_fault(node.limits, text) == nullptr) &&
         (!node.pattern || node.pattern->matches(text));
}

bool array_passes(const SchemaNode& node, const Value& value) {
  if (!size_passes(node.limits, value.size())) return false;
  if (value.size() == 0) return true;  // a recursive schema's element may still have to be made
  const SchemaNode& element = SchemaNode::of(*node.element);
  for (const Value& item : value.items()) {
    if (!passes(&element, item)) return false;
  }
  return true;
}

bool map_passes(const SchemaNode& node, const Value& value) {
  if (value.size() == 0 && node.limits.none()) return true;
  const SchemaNode& key = SchemaNode::of(*node.key);
  if (key.kind != Kind::string || !key.limits.none() || key.pattern) return false;
  if (value.size() == 0 || !size_passes(node.limits, value.size())) return false;
  const SchemaNode& element = SchemaNode::of(*node.element);
  const std::span<const Member> members = value.members();
  return std::all_of(members.begin(), members.end(), [&element](const Member& member) {
    return (!member.value.is_null() || element.kind == Kind::any) && passes(&element, member.value);
  });
}

/// The members that the schema doesn't name stay as they are.
bool rest_passes(const SchemaNode& node, std::span<const Member> rest) {
  if (rest.empty()) return true;
  return node.unknown == UnknownFields::keep &&
         std::none_of(rest.begin(), rest.end(), [&node](const Member& member) {
           const auto has_name = [&member](const SchemaMember& known) {
             return known.name == member.name;
           };
           return member.value.is_null() || std::ranges::any_of(node.members, has_name) ||
                  std::ranges::find(node.names, member.name) != node.names.end();
         });
}

bool object_passes(const SchemaNode& node, const Value& value) {
  if (!node.rules.empty() || value.kind() != Value::Kind::object) return false;
  const std::span<const Member> members = value.members();
  std::size_t next = 0;
  for (const SchemaNode::QuickMember& wanted : node.quick_members) {
    if (next < members.size() && members[next].name == wanted.name) {
      const Value& member = members[next++].value;
      if (member.is_null() && SchemaNode::resolved(wanted.node).kind != Kind::any) return false;
      if (!passes(wanted.node, member)) return false;
    } else if (const SchemaNode& inner = SchemaNode::resolved(wanted.node);
               inner.fallback || !accepts_nothing(inner)) {
      return false;
    }
  }
  return rest_passes(node, members.subspan(next));
}

bool tagged_passes(const SchemaNode& node, const Value& value) {
  const Value* tag = value.find(node.tag);
  if (tag == nullptr || tag->kind() != Value::Kind::string) return false;
  const auto variant = std::ranges::find(node.members, tag->as_string(), &SchemaMember::name);
  return variant != node.members.end() && passes_unchanged(SchemaNode::of(variant->schema), value);
}

}  // namespace

bool has_order(const SchemaNode& node, const Value& value) {
  if (node.kind != Kind::object || value.kind() != Value::Kind::object) return true;
  const std::span<const Member> members = value.members();
  std::size_t next = 0;
  for (const SchemaNode::QuickMember& wanted : node.quick_members) {
    if (next == members.size()) break;
    if (members[next].name == wanted.name) {
      ++next;
    } else if (!accepts_nothing(SchemaNode::resolved(wanted.node))) {
      return false;
    }
  }
  return true;
}

bool passes_unchanged(const SchemaNode& node, const Value& value) {
  switch (node.kind) {
    case Kind::nil: return value.is_null();
    case Kind::boolean: return value.kind() == Value::Kind::boolean;
    case Kind::integer: return integer_passes(node.limits, value);
    case Kind::number: return number_passes(node.limits, value);
    case Kind::string:
      return value.kind() == Value::Kind::string && text_passes(node, value.as_string());
    case Kind::bytes:
      return value.kind() == Value::Kind::bytes && size_passes(node.limits, value.size());
    case Kind::literal: return value == node.literal;
    case Kind::enumeration:
      return value.kind() == Value::Kind::string &&
             std::ranges::find(node.names, value.as_string()) != node.names.end();
    case Kind::any: return true;
    case Kind::array:
    case Kind::strict_array: return value.kind() == Value::Kind::array && array_passes(node, value);
    case Kind::map: return value.kind() == Value::Kind::object && map_passes(node, value);
    case Kind::object: return object_passes(node, value);
    case Kind::tagged_union:
      return value.kind() == Value::Kind::object && tagged_passes(node, value);
    case Kind::optional:
      return value.is_null() || passes_unchanged(SchemaNode::of(*node.element), value);
    // What tries alternatives is counted, and a predicate is asked once.
    case Kind::union_of:
    case Kind::refine: return false;
  }
  return false;
}

}  // namespace keepsake
