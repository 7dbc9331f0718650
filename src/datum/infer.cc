#include "keepsake/datum/infer.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "src/datum/identifier.h"

namespace keepsake {

/// What was seen at one place.
struct Inference::Seen {
  void add(const Value& value);
  void merge(const Seen& other);
  [[nodiscard]] Schema schema() const;
  [[nodiscard]] Schema object_schema() const;
  [[nodiscard]] Schema map_schema() const;
  [[nodiscard]] std::size_t of(Value::Kind kind) const {
    return counts[static_cast<std::size_t>(kind)];
  }
  /// But nulls.
  [[nodiscard]] bool only(Value::Kind kind) const {
    return of(kind) + of(Value::Kind::null) == all;
  }
  Seen& member(std::string_view of_name);
  Seen& item() { return items.empty() ? items.emplace_back() : items.front(); }

  std::string name;  // of a member
  std::size_t all = 0;
  std::size_t counts[8] = {};
  std::vector<Seen> members;  // of objects
  std::vector<Seen> items;    // of arrays: one, or none
};

Inference::Seen& Inference::Seen::member(std::string_view of_name) {
  const auto found = std::ranges::find(members, of_name, &Seen::name);
  if (found != members.end()) return *found;
  Seen& added = members.emplace_back();
  added.name = of_name;
  return added;
}

void Inference::Seen::add(const Value& value) {
  ++all;
  ++counts[static_cast<std::size_t>(value.kind())];
  if (value.kind() == Value::Kind::array) {
    for (const Value& one : value.items()) item().add(one);
  } else if (value.kind() == Value::Kind::object) {
    for (const Member& one : value.members()) member(one.name).add(one.value);
  }
}

void Inference::Seen::merge(const Seen& other) {
  all += other.all;
  for (std::size_t i = 0; i < std::size(counts); ++i) counts[i] += other.counts[i];
  for (const Seen& one : other.members) member(one.name).merge(one);
  for (const Seen& one : other.items) item().merge(one);
}

Schema Inference::Seen::schema() const {
  using enum Value::Kind;
  const auto or_null = [this](Schema schema) {
    return of(null) == 0 ? std::move(schema) : schema::optional(std::move(schema));
  };
  if (of(null) == all) return schema::any();
  if (only(boolean)) return or_null(schema::boolean());
  if (only(integer)) return or_null(schema::integer());
  if (of(integer) + of(number) + of(null) == all) return or_null(schema::number());
  if (only(string)) return or_null(schema::string());
  if (only(bytes)) return or_null(schema::bytes());
  if (only(array)) {
    return or_null(schema::array(items.empty() ? schema::any() : items.front().schema()));
  }
  if (!only(object)) return schema::any();
  const bool is_struct =
      std::ranges::all_of(members, [](const Seen& one) { return is_identifier(one.name); });
  return or_null(is_struct ? object_schema() : map_schema());
}

Schema Inference::Seen::object_schema() const {
  std::vector<SchemaMember> list;
  for (const Seen& one : members) {
    Schema schema = one.schema();
    const bool always = one.all == of(Value::Kind::object);
    const bool may_be_absent =
        schema.kind() == Schema::Kind::optional || schema.kind() == Schema::Kind::any;
    if (!always && !may_be_absent) schema = schema::optional(std::move(schema));
    list.push_back({one.name, std::move(schema)});
  }
  return schema::object(std::move(list));
}

Schema Inference::Seen::map_schema() const {
  Seen values;
  for (const Seen& one : members) values.merge(one);
  // An entry that is null is as good as none.
  values.all -= values.counts[0];
  values.counts[0] = 0;
  return schema::map(schema::string(), values.schema());
}

Inference::Inference() : seen_(std::make_unique<Seen>()) {}
Inference::~Inference() = default;

void Inference::add(const Value& sample) {
  ++samples_;
  seen_->add(sample);
}

Schema Inference::schema() const { return seen_->schema(); }

}  // namespace keepsake
