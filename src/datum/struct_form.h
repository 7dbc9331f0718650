// What the writers of structs share, whatever the codec.
#pragma once

#include "src/datum/extras_node.h"

namespace keepsake::detail {

[[nodiscard]] inline const ExtrasNode* below(const ExtrasNode* node, std::size_t index) {
  return node == nullptr ? nullptr : node->at(index);
}
[[nodiscard]] inline const ExtrasNode* below(const ExtrasNode* node, std::string_view key) {
  return node == nullptr ? nullptr : node->at(key);
}

/// Whether a member of an object is left out: an empty optional.
[[nodiscard]] inline bool absent(const FieldInfo& field, const void* member) {
  return !field.required && field.type->optional->get(member) == nullptr;
}

/// What is no optional: `object` becomes what it holds, or nullptr.
[[nodiscard]] inline const TypeInfo& held_type(const TypeInfo& type, const void*& object) {
  if (type.shape != Shape::optional) return type;
  object = type.optional->get(object);
  return *type.element;
}

/// A valid enumeration has a name for its value.
[[nodiscard]] std::string_view name_of(const TypeInfo& type, const void* object);

/// As load_integer, with the common case in line.
[[nodiscard]] inline std::int64_t load_any_integer(const TypeInfo& type, const void* object) {
  bool fits = true;
  return type.width == sizeof(std::int64_t) && type.is_signed
             ? *static_cast<const std::int64_t*>(object)
             : load_integer(type, object, fits);
}

}  // namespace keepsake::detail
