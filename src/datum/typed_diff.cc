#include "src/datum/typed_diff.h"

#include <algorithm>

namespace keepsake::detail {

namespace {

/// Of two arrays: `front` and `back` elements are as they were.
struct Middle {
  std::size_t front = 0;
  std::size_t back = 0;
};

class TypedDiffer {
 public:
  explicit TypedDiffer(PatchText& patch) : patch_(patch) {}

  /// False with `fault` set. `place`: where both stand.
  bool visit(const TypeInfo& type, const FieldRules* rules, const void* was, const void* now,
             const Place* place);
  Result<void> fault;

 private:
  bool good(Result<void> valid) {
    if (valid) return true;
    fault = std::move(valid);
    return false;
  }
  bool add(const TypeInfo& type, const FieldRules* rules, const void* now, const Place* place) {
    if (!good(validate_part(type, rules, now, place))) return false;
    patch_.add(place, type, now, nullptr);
    return true;
  }
  bool replace(const TypeInfo& type, const FieldRules* rules, const void* now, const Place* place) {
    if (!good(validate_part(type, rules, now, place))) return false;
    patch_.replace(place, type, now, nullptr);
    return true;
  }
  bool visit_field(const FieldInfo& field, const void* was, const void* now, const Place* place);
  bool visit_record(const RecordInfo& record, const void* was, const void* now, const Place* place);
  bool visit_list(const TypeInfo& type, const FieldRules* rules, const void* was, const void* now,
                  const Place* place);
  bool visit_middle(const TypeInfo& type, const Middle& same, const void* was, const void* now,
                    const Place* place);
  bool visit_in_place(const TypeInfo& type, const void* was, const void* now, const Place* place);
  bool visit_table(const TypeInfo& type, const FieldRules* rules, const void* was, const void* now,
                   const Place* place);

  PatchText& patch_;
};

bool TypedDiffer::visit(const TypeInfo& type, const FieldRules* rules, const void* was,
                        const void* now, const Place* place) {
  switch (type.shape) {
    case Shape::optional: {
      const void* old = type.optional->get(was);
      const void* held = type.optional->get(now);
      if (old == nullptr && held == nullptr) return true;
      if (old == nullptr || held == nullptr) return replace(type, rules, now, place);
      return visit(*type.element, rules, old, held, place);
    }
    case Shape::list:
    case Shape::fixed_list: return visit_list(type, rules, was, now, place);
    case Shape::table: return visit_table(type, rules, was, now, place);
    case Shape::record: return visit_record(type.record(), was, now, place);
    case Shape::variant: {
      const std::size_t index = type.variant->index(now);
      if (index != type.variant->index(was)) return replace(type, rules, now, place);
      return visit_record(type.alternatives().alternatives[index].type->record(),
                          type.variant->get(was), type.variant->get(now), place);
    }
    default: return equal_typed(type, was, now) || replace(type, rules, now, place);
  }
}

bool TypedDiffer::visit_field(const FieldInfo& field, const void* was, const void* now,
                              const Place* place) {
  const FieldRules* rules = field.ruled ? &field.rules : nullptr;
  if (field.required) return visit(*field.type, rules, was, now, place);
  const bool was_there = field.type->optional->get(was) != nullptr;
  const bool is_there = field.type->optional->get(now) != nullptr;
  if (was_there && is_there) return visit(*field.type, rules, was, now, place);
  if (is_there) return add(*field.type, rules, now, place);
  if (was_there) patch_.remove(place);
  return true;
}

bool TypedDiffer::visit_record(const RecordInfo& record, const void* was, const void* now,
                               const Place* place) {
  const std::size_t before = patch_.size_bytes();
  for (const FieldInfo& field : record.fields) {
    const Place at = Place::member(place, field.name);
    if (!visit_field(field, field_of(field, was), field_of(field, now), &at)) return false;
  }
  return patch_.size_bytes() == before || record.rules.empty() ||
         good(validate_rules(record, now, place));
}

bool TypedDiffer::visit_list(const TypeInfo& type, const FieldRules* rules, const void* was,
                             const void* now, const Place* place) {
  const std::size_t old_size = type.list->size(was);
  const std::size_t size = type.list->size(now);
  if (size == old_size) return visit_in_place(type, was, now, place);
  if (!good(validate_size(type, rules, now, place))) return false;
  const void* old = type.list->data(was);
  const void* data = type.list->data(now);
  const auto equal = [&](std::size_t i, std::size_t j) {
    return equal_typed(*type.element, element_of(type, old, i), element_of(type, data, j));
  };
  const std::size_t both = std::min(old_size, size);
  Middle same;
  while (same.front < both && equal(same.front, same.front)) ++same.front;
  while (same.front + same.back < both && equal(old_size - 1 - same.back, size - 1 - same.back)) {
    ++same.back;
  }
  std::size_t differ = 0;  // of those that stand at the same index
  for (std::size_t i = same.front; i < both; ++i) differ += equal(i, i) ? 0 : 1;
  const std::size_t ends = old_size + size - 2 * (same.front + same.back);
  const std::size_t in_place = differ + (old_size + size - 2 * both);
  if (std::min(ends, in_place) > size / 2 + 1) return replace(type, rules, now, place);
  if (ends <= in_place) return visit_middle(type, same, was, now, place);
  return visit_in_place(type, was, now, place);
}

/// What lies between the two ends goes, and what is there now comes.
bool TypedDiffer::visit_middle(const TypeInfo& type, const Middle& same, const void* was,
                               const void* now, const Place* place) {
  const std::size_t size = type.list->size(now);
  for (std::size_t i = type.list->size(was) - same.back; i-- > same.front;) {
    const Place at = Place::element(place, i);
    patch_.remove(&at);
  }
  for (std::size_t i = same.front; i < size - same.back; ++i) {
    const Place at = Place::element(place, i);
    if (!add(*type.element, nullptr, element_of(type, type.list->data(now), i), &at)) return false;
  }
  return true;
}

/// Index by index; what is more or less stands at the end.
bool TypedDiffer::visit_in_place(const TypeInfo& type, const void* was, const void* now,
                                 const Place* place) {
  const std::size_t old_size = type.list->size(was);
  const std::size_t size = type.list->size(now);
  const void* old = type.list->data(was);
  const void* data = type.list->data(now);
  for (std::size_t i = 0; i < std::min(old_size, size); ++i) {
    const Place at = Place::element(place, i);
    if (!visit(*type.element, nullptr, element_of(type, old, i), element_of(type, data, i), &at)) {
      return false;
    }
  }
  return visit_middle(type, {.front = std::min(old_size, size), .back = 0}, was, now, place);
}

bool TypedDiffer::visit_table(const TypeInfo& type, const FieldRules* rules, const void* was,
                              const void* now, const Place* place) {
  const std::size_t size = type.table->size(now);
  if (size != type.table->size(was) && !good(validate_size(type, rules, now, place))) return false;
  bool fine = true;
  std::size_t kept = 0;
  type.table->visit(now, [&](std::string_view key, const void* value) {
    if (!fine) return;
    const Place at = Place::member(place, key);
    const void* old = type.table->find(was, key);
    kept += old != nullptr ? 1 : 0;
    fine = old != nullptr
               ? visit(*type.element, nullptr, old, value, &at)
               : good(validate_key(key, place)) && add(*type.element, nullptr, value, &at);
  });
  if (!fine || kept == type.table->size(was)) return fine;
  type.table->visit(was, [&](std::string_view key, const void*) {
    const Place at = Place::member(place, key);
    if (type.table->find(now, key) == nullptr) patch_.remove(&at);
  });
  return true;
}

}  // namespace

Result<void> diff_typed(const TypeInfo& type, const void* was, const void* now, PatchText& patch) {
  TypedDiffer differ(patch);
  static_cast<void>(differ.visit(type, nullptr, was, now, nullptr));
  return std::move(differ.fault);
}

}  // namespace keepsake::detail
