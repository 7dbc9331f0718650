#include <cmath>

#include "src/datum/extras_node.h"
#include "src/datum/fault.h"
#include "src/datum/pointer.h"

namespace keepsake::detail {

namespace {

class TypedValidator {
 public:
  /// False with `fault` set at the first fault.
  bool visit(const TypeInfo& type, const Limits* limits, const void* object, const Place* place);
  Result<void> fault;

 private:
  bool fail(const TypeInfo& type, const Limits* limits, const Place* place,
            std::string_view found) {
    Schema schema = make_schema(type);
    if (limits != nullptr) schema = schema.within(*limits);
    fault = data_fault(pointer_text(place), schema.text(), found);
    return false;
  }
  bool visit_integer(const TypeInfo& type, const Limits* limits, const void* object,
                     const Place* place);
  bool visit_number(const TypeInfo& type, const Limits* limits, const void* object,
                    const Place* place);
  bool visit_list(const TypeInfo& type, const Limits* limits, const void* object,
                  const Place* place);
  bool visit_table(const TypeInfo& type, const Limits* limits, const void* object,
                   const Place* place);
  bool visit_size(const TypeInfo& type, const Limits* limits, std::size_t size, const Place* place);
};

bool TypedValidator::visit(const TypeInfo& type, const Limits* limits, const void* object,
                           const Place* place) {
  switch (type.shape) {
    case Shape::boolean: return true;
    case Shape::integer: return visit_integer(type, limits, object, place);
    case Shape::number: return visit_number(type, limits, object, place);
    case Shape::string: {
      const auto& text = *static_cast<const std::string*>(object);
      if (!is_utf8(text)) return fail(type, nullptr, place, "string that is not UTF-8");
      const char* found = limits == nullptr ? nullptr : size_fault(*limits, text.size());
      return found == nullptr || fail(type, limits, place, found);
    }
    case Shape::optional: {
      const void* held = type.optional->get(object);
      return held == nullptr || visit(*type.element, limits, held, place);
    }
    case Shape::list:
    case Shape::fixed_list: return visit_list(type, limits, object, place);
    case Shape::table: return visit_table(type, limits, object, place);
    case Shape::record: break;
  }
  for (const FieldInfo& field : type.record().fields) {
    const Place at = Place::member(place, field.name);
    const Limits* own = field.limited ? &field.limits : nullptr;
    if (!visit(*field.type, own, field_of(field, object), &at)) return false;
  }
  return true;
}

bool TypedValidator::visit_integer(const TypeInfo& type, const Limits* limits, const void* object,
                                   const Place* place) {
  bool fits = true;
  const std::int64_t value = load_integer(type, object, fits);
  if (!fits) return fail(type, limits, place, "number beyond 64 bits");
  const char* found = limits == nullptr ? nullptr : limit_fault(*limits, value);
  return found == nullptr || fail(type, limits, place, found);
}

bool TypedValidator::visit_number(const TypeInfo& type, const Limits* limits, const void* object,
                                  const Place* place) {
  const double value = load_number(type, object);
  if (!std::isfinite(value)) return fail(type, limits, place, kind_text(value));
  const char* found = limits == nullptr ? nullptr : limit_fault(*limits, value);
  return found == nullptr || fail(type, limits, place, found);
}

bool TypedValidator::visit_size(const TypeInfo& type, const Limits* limits, std::size_t size,
                                const Place* place) {
  constexpr JsonLimits kReadable;
  if (size > kReadable.array) {
    fault = Error(ErrorCode::limit_exceeded,
                  "more than " + std::to_string(kReadable.array) + " items in one array or map")
                .path(pointer_text(place));
    return false;
  }
  const char* found = limits == nullptr ? nullptr : size_fault(*limits, size);
  return found == nullptr || fail(type, limits, place, found);
}

bool TypedValidator::visit_list(const TypeInfo& type, const Limits* limits, const void* object,
                                const Place* place) {
  const std::size_t size = type.list->size(object);
  if (!visit_size(type, limits, size, place)) return false;
  const void* data = type.list->data(object);
  for (std::size_t i = 0; i < size; ++i) {
    const Place at = Place::element(place, i);
    if (!visit(*type.element, nullptr, element_of(type, data, i), &at)) return false;
  }
  return true;
}

bool TypedValidator::visit_table(const TypeInfo& type, const Limits* limits, const void* object,
                                 const Place* place) {
  if (!visit_size(type, limits, type.table->size(object), place)) return false;
  for (const TableEntry& entry : sorted_entries(type, object)) {
    const Place at = Place::member(place, entry.key);
    if (!is_utf8(entry.key)) {
      fault = data_fault(pointer_text(place), "keys that are UTF-8", "a key that is not UTF-8");
      return false;
    }
    if (!visit(*type.element, nullptr, entry.value, &at)) return false;
  }
  return true;
}

}  // namespace

Result<void> validate_typed(const TypeInfo& type, const void* object) {
  TypedValidator validator;
  static_cast<void>(validator.visit(type, nullptr, object, nullptr));
  return std::move(validator.fault);
}

bool equal_typed(const TypeInfo& type, const void* a, const void* b) {
  switch (type.shape) {
    case Shape::boolean: return *static_cast<const bool*>(a) == *static_cast<const bool*>(b);
    case Shape::integer: {
      bool fits = true;
      return load_integer(type, a, fits) == load_integer(type, b, fits);
    }
    case Shape::number: return load_number(type, a) == load_number(type, b);
    case Shape::string:
      return *static_cast<const std::string*>(a) == *static_cast<const std::string*>(b);
    case Shape::optional: {
      const void* x = type.optional->get(a);
      const void* y = type.optional->get(b);
      if (x == nullptr || y == nullptr) return x == y;
      return equal_typed(*type.element, x, y);
    }
    case Shape::list:
    case Shape::fixed_list: {
      const std::size_t size = type.list->size(a);
      if (size != type.list->size(b)) return false;
      const void* x = type.list->data(a);
      const void* y = type.list->data(b);
      for (std::size_t i = 0; i < size; ++i) {
        if (!equal_typed(*type.element, element_of(type, x, i), element_of(type, y, i))) {
          return false;
        }
      }
      return true;
    }
    case Shape::table: {
      if (type.table->size(a) != type.table->size(b)) return false;
      for (const TableEntry& entry : sorted_entries(type, a)) {
        const void* other = type.table->find(b, entry.key);
        if (other == nullptr || !equal_typed(*type.element, entry.value, other)) return false;
      }
      return true;
    }
    case Shape::record: break;
  }
  for (const FieldInfo& field : type.record().fields) {
    if (!equal_typed(*field.type, field_of(field, a), field_of(field, b))) return false;
  }
  return true;
}

}  // namespace keepsake::detail
