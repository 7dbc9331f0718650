// The tree of members that a struct does not have, in the struct's own shape.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keepsake/datum/detail/type_info.h"
#include "keepsake/datum/value.h"

namespace keepsake {
class TextOut;
struct Place;
}  // namespace keepsake

namespace keepsake::detail {

struct ExtrasChild;

/// Of a record: its unknown members, and a child for each field that has extras below it. Of a list
/// in which any element has extras: a child for every element. Of a table: a child for each key
/// that has extras below it. An optional's node is that of what it holds. Of a variant: a child
/// whose index is the alternative's.
struct ExtrasNode {
  std::vector<Member> unknown;
  std::vector<ExtrasChild> children;

  [[nodiscard]] bool empty() const noexcept { return unknown.empty() && children.empty(); }
  /// The node of the field or element `index`, or nullptr. Children are in order of index.
  [[nodiscard]] const ExtrasNode* at(std::size_t index) const noexcept;
  [[nodiscard]] const ExtrasNode* at(std::string_view key) const noexcept;
};

struct ExtrasChild {
  std::size_t index = 0;
  std::string key;
  std::uint64_t fingerprint = 0;  // of a list's element: of what the struct knows of it
  ExtrasNode node;
};

[[nodiscard]] inline Extras make_extras(ExtrasNode node) {
  return node.empty() ? Extras() : Extras(std::make_shared<const ExtrasNode>(std::move(node)));
}

/// The node, fitted to the object as it is after an edit (extras.h has the rule).
[[nodiscard]] ExtrasNode rebase_node(const TypeInfo& type, const ExtrasNode& old,
                                     const void* object);

/// The typed content of an object: equal contents have equal fingerprints, on every machine.
[[nodiscard]] std::uint64_t fingerprint(const TypeInfo& type, const void* object);

[[nodiscard]] inline const void* element_of(const TypeInfo& list, const void* data, std::size_t i) {
  return static_cast<const char*>(data) + i * list.element->stride;
}
[[nodiscard]] inline const void* field_of(const FieldInfo& field, const void* record) {
  return static_cast<const char*>(record) + field.offset;
}
[[nodiscard]] inline void* field_of(const FieldInfo& field, void* record) {
  return static_cast<char*>(record) + field.offset;
}

/// A table's entries, by key.
struct TableEntry {
  std::string_view key;
  const void* value;
};
[[nodiscard]] std::vector<TableEntry> sorted_entries(const TypeInfo& table, const void* object);

/// The slow way's end: validated, then into the object.
[[nodiscard]] Result<void> bind_checked(const TypeInfo& type, const Schema& schema, Value value,
                                        void* object, Extras& extras);

/// Whether text keeps a member's rules.
[[nodiscard]] bool fits(const FieldRules& rules, std::string_view text);

/// The first rule over several members that the record breaks, or nullptr; `thrown` is set where
/// its function threw.
[[nodiscard]] const RecordRule* broken_rule(const RecordInfo& record, const void* object,
                                            Result<void>* thrown = nullptr);

// What validate_typed asks, of a part of the data that stands at `place`.
[[nodiscard]] Result<void> validate_part(const TypeInfo& type, const FieldRules* rules,
                                         const void* object, const Place* place);
/// Of a list or map: its size, without what is in it.
[[nodiscard]] Result<void> validate_size(const TypeInfo& type, const FieldRules* rules,
                                         const void* object, const Place* place);
/// Of a struct: its rules over several members.
[[nodiscard]] Result<void> validate_rules(const RecordInfo& record, const void* object,
                                          const Place* place);
[[nodiscard]] Result<void> validate_key(std::string_view key, const Place* table);

/// Appends a part of the data as JSON; `extras` are fitted to it.
void write_part(const TypeInfo& type, const void* object, const ExtrasNode* extras, TextOut& out);

/// A string's or bytes' content, valid until the object is changed.
[[nodiscard]] inline std::string_view load_text(const TypeInfo& type, const void* object) {
  if (type.text == nullptr) [[likely]] {
    return *static_cast<const std::string*>(object);
  }
  return type.text->get(object);
}
inline void store_text(const TypeInfo& type, std::string_view text, void* object) {
  if (type.text == nullptr) [[likely]] {
    static_cast<std::string*>(object)->assign(text);
  } else {
    type.text->set(object, text);
  }
}

/// An integer member's or an enumeration's value; `fits`: whether that is within 64 bits with a
/// sign.
[[nodiscard]] std::int64_t load_integer(const TypeInfo& type, const void* object, bool& fits);
/// False if it is out of the member's range, which is left as it was.
[[nodiscard]] bool store_integer(const TypeInfo& type, std::int64_t value, void* object);
[[nodiscard]] double load_number(const TypeInfo& type, const void* object);
[[nodiscard]] bool store_number(const TypeInfo& type, double value, void* object);

}  // namespace keepsake::detail
