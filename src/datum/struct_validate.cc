#include <cmath>

#include "src/datum/extras_node.h"
#include "src/datum/fault.h"
#include "src/datum/pointer.h"

namespace keepsake::detail {

namespace {

class TypedValidator {
 public:
  // Each is false with `fault` set at the first fault.
  bool visit(const TypeInfo& type, const FieldRules* rules, const void* object, const Place* place);
  bool visit_size(const TypeInfo& type, const FieldRules* rules, std::size_t size,
                  const Place* place);
  bool visit_rules(const RecordInfo& record, const void* object, const Place* place);
  bool visit_key(std::string_view key, const Place* table);
  Result<void> fault;

 private:
  bool fail(const TypeInfo& type, const FieldRules* rules, const Place* place,
            std::string_view found) {
    Schema schema = make_schema(type);
    if (rules != nullptr) schema = schema.within(rules->limits);
    if (rules != nullptr && rules->pattern) schema = schema.matching(*rules->pattern);
    fault = data_fault(pointer_text(place), schema.text(), found);
    return false;
  }
  bool visit_record(const RecordInfo& record, const void* object, const Place* place);
  bool visit_string(const TypeInfo& type, const FieldRules* rules, const void* object,
                    const Place* place);
  bool visit_integer(const TypeInfo& type, const FieldRules* rules, const void* object,
                     const Place* place);
  bool visit_number(const TypeInfo& type, const FieldRules* rules, const void* object,
                    const Place* place);
  bool visit_list(const TypeInfo& type, const FieldRules* rules, const void* object,
                  const Place* place);
  bool visit_table(const TypeInfo& type, const FieldRules* rules, const void* object,
                   const Place* place);
};

[[gnu::hot]] bool TypedValidator::visit(const TypeInfo& type, const FieldRules* rules,
                                        const void* object, const Place* place) {
  switch (type.shape) {
    case Shape::boolean: return true;
    case Shape::integer: return visit_integer(type, rules, object, place);
    case Shape::number: return visit_number(type, rules, object, place);
    case Shape::string: return visit_string(type, rules, object, place);
    case Shape::bytes: {
      const std::size_t size = load_text(type, object).size();
      const char* found = rules == nullptr ? nullptr : size_fault(rules->limits, size);
      return found == nullptr || fail(type, rules, place, found);
    }
    case Shape::enumeration: {
      bool fits = true;
      const std::int64_t value = load_integer(type, object, fits);
      return type.enumeration().find(value) != nullptr ||
             fail(type, rules, place, "a value without a name");
    }
    case Shape::optional: {
      const void* held = type.optional->get(object);
      return held == nullptr || visit(*type.element, rules, held, place);
    }
    case Shape::list:
    case Shape::fixed_list: return visit_list(type, rules, object, place);
    case Shape::table: return visit_table(type, rules, object, place);
    case Shape::record: return visit_record(type.record(), object, place);
    case Shape::variant: {
      const VariantInfo& info = type.alternatives();
      const std::size_t index = type.variant->index(object);
      if (index >= info.alternatives.size()) {
        return fail(type, rules, place, "a variant that holds nothing");
      }
      return visit(*info.alternatives[index].type, nullptr, type.variant->get(object), place);
    }
    case Shape::foreign: {
      bool good = false;
      type.foreign->view(object,
                         [&](const void* as) { good = visit(*type.element, rules, as, place); });
      return good;
    }
  }
  return true;
}

[[gnu::hot]] bool TypedValidator::visit_record(const RecordInfo& record, const void* object,
                                               const Place* place) {
  for (const FieldInfo& field : record.fields) {
    const Place at = Place::member(place, field.name);
    const FieldRules* own = field.ruled ? &field.rules : nullptr;
    if (!visit(*field.type, own, field_of(field, object), &at)) return false;
  }
  return visit_rules(record, object, place);
}

[[gnu::hot]] bool TypedValidator::visit_rules(const RecordInfo& record, const void* object,
                                              const Place* place) {
  if (record.rules.empty()) return true;
  Result<void> thrown;
  const RecordRule* broken = broken_rule(record, object, &thrown);
  if (broken == nullptr) return true;
  fault = thrown ? data_fault(pointer_text(place), broken->expected, "another object")
                 : Error(thrown.error()).path(pointer_text(place));
  return false;
}

[[gnu::hot]] bool TypedValidator::visit_string(const TypeInfo& type, const FieldRules* rules,
                                               const void* object, const Place* place) {
  const std::string_view text = load_text(type, object);
  if (!is_utf8(text)) return fail(type, nullptr, place, "string that is not UTF-8");
  if (rules == nullptr) return true;
  if (const char* found = text_fault(rules->limits, text)) return fail(type, rules, place, found);
  const bool matches = !rules->pattern || rules->pattern->matches(text);
  return matches || fail(type, rules, place, "another string");
}

[[gnu::hot]] bool TypedValidator::visit_integer(const TypeInfo& type, const FieldRules* rules,
                                                const void* object, const Place* place) {
  bool fits = true;
  const std::int64_t value = load_integer(type, object, fits);
  if (!fits) return fail(type, rules, place, "number beyond 64 bits");
  const char* found = rules == nullptr ? nullptr : limit_fault(rules->limits, value);
  return found == nullptr || fail(type, rules, place, found);
}

bool TypedValidator::visit_number(const TypeInfo& type, const FieldRules* rules, const void* object,
                                  const Place* place) {
  const double value = load_number(type, object);
  if (!std::isfinite(value)) return fail(type, rules, place, kind_text(value));
  const char* found = rules == nullptr ? nullptr : limit_fault(rules->limits, value);
  return found == nullptr || fail(type, rules, place, found);
}

bool TypedValidator::visit_size(const TypeInfo& type, const FieldRules* rules, std::size_t size,
                                const Place* place) {
  constexpr JsonLimits kReadable;
  if (size > kReadable.array) {
    fault = Error(ErrorCode::limit_exceeded,
                  "more than " + std::to_string(kReadable.array) + " items in one array or map")
                .path(pointer_text(place));
    return false;
  }
  const char* found = rules == nullptr ? nullptr : size_fault(rules->limits, size);
  return found == nullptr || fail(type, rules, place, found);
}

bool TypedValidator::visit_list(const TypeInfo& type, const FieldRules* rules, const void* object,
                                const Place* place) {
  const std::size_t size = type.list->size(object);
  if (!visit_size(type, rules, size, place)) return false;
  const void* data = type.list->data(object);
  for (std::size_t i = 0; i < size; ++i) {
    const Place at = Place::element(place, i);
    if (!visit(*type.element, nullptr, element_of(type, data, i), &at)) return false;
  }
  return true;
}

bool TypedValidator::visit_table(const TypeInfo& type, const FieldRules* rules, const void* object,
                                 const Place* place) {
  if (!visit_size(type, rules, type.table->size(object), place)) return false;
  for (const TableEntry& entry : sorted_entries(type, object)) {
    const Place at = Place::member(place, entry.key);
    if (!visit_key(entry.key, place) || !visit(*type.element, nullptr, entry.value, &at)) {
      return false;
    }
  }
  return true;
}

bool TypedValidator::visit_key(std::string_view key, const Place* table) {
  if (is_utf8(key)) return true;
  fault = data_fault(pointer_text(table), "keys that are UTF-8", "a key that is not UTF-8");
  return false;
}

}  // namespace

bool fits(const FieldRules& rules, std::string_view text) {
  return text_fault(rules.limits, text) == nullptr &&
         (!rules.pattern || rules.pattern->matches(text));
}

const RecordRule* broken_rule(const RecordInfo& record, const void* object, Result<void>* thrown) {
  for (const RecordRule& rule : record.rules) {
    bool holds = false;
    Result<void> called = call_caught([&] { holds = rule.holds(object); }, "a schema's predicate");
    if (called && holds) continue;
    if (!called && thrown != nullptr) *thrown = std::move(called);
    return &rule;
  }
  return nullptr;
}

Result<void> validate_typed(const TypeInfo& type, const void* object) {
  return validate_part(type, nullptr, object, nullptr);
}

[[gnu::hot]] Result<void> validate_part(const TypeInfo& type, const FieldRules* rules,
                                        const void* object, const Place* place) {
  TypedValidator validator;
  static_cast<void>(validator.visit(type, rules, object, place));
  return std::move(validator.fault);
}

Result<void> validate_size(const TypeInfo& type, const FieldRules* rules, const void* object,
                           const Place* place) {
  const std::size_t size =
      type.shape == Shape::table ? type.table->size(object) : type.list->size(object);
  TypedValidator validator;
  static_cast<void>(validator.visit_size(type, rules, size, place));
  return std::move(validator.fault);
}

[[gnu::hot]] Result<void> validate_rules(const RecordInfo& record, const void* object,
                                         const Place* place) {
  TypedValidator validator;
  static_cast<void>(validator.visit_rules(record, object, place));
  return std::move(validator.fault);
}

Result<void> validate_key(std::string_view key, const Place* table) {
  TypedValidator validator;
  static_cast<void>(validator.visit_key(key, table));
  return std::move(validator.fault);
}

bool equal_typed(const TypeInfo& type, const void* a, const void* b) {
  switch (type.shape) {
    case Shape::boolean: return *static_cast<const bool*>(a) == *static_cast<const bool*>(b);
    case Shape::integer:
    case Shape::enumeration: {
      bool fits = true;
      return load_integer(type, a, fits) == load_integer(type, b, fits);
    }
    case Shape::number: return load_number(type, a) == load_number(type, b);
    case Shape::string:
    case Shape::bytes: return load_text(type, a) == load_text(type, b);
    case Shape::variant: {
      const std::size_t index = type.variant->index(a);
      return index == type.variant->index(b) &&
             equal_typed(*type.alternatives().alternatives[index].type, type.variant->get(a),
                         type.variant->get(b));
    }
    case Shape::foreign: {
      bool equal = false;
      type.foreign->view(a, [&](const void* x) {
        type.foreign->view(b, [&](const void* y) { equal = equal_typed(*type.element, x, y); });
      });
      return equal;
    }
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
