#include "keepsake/datum/infer.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "src/datum/identifier.h"

namespace keepsake {

/// What was seen at one place.
struct Inference::Seen {
  struct Named;

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
  Seen& member(std::string_view name);
  Seen& item() { return items.empty() ? items.emplace_back() : items.front(); }

  std::size_t all = 0;
  std::size_t counts[8] = {};
  std::vector<Named> members;  // of objects
  std::vector<Seen> items;     // of arrays: one, or none
};

struct Inference::Seen::Named {
  std::string name;
  Seen seen;
};

Inference::Seen& Inference::Seen::member(std::string_view name) {
  const auto found = std::ranges::find(members, name, &Named::name);
  if (found != members.end()) return found->seen;
  return members.emplace_back(Named{std::string(name), {}}).seen;
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
  for (const Named& named : other.members) member(named.name).merge(named.seen);
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
      std::ranges::all_of(members, [](const Named& named) { return is_identifier(named.name); });
  return or_null(is_struct ? object_schema() : map_schema());
}

Schema Inference::Seen::object_schema() const {
  std::vector<SchemaMember> list;
  for (const Named& named : members) {
    Schema schema = named.seen.schema();
    const bool always = named.seen.all == of(Value::Kind::object);
    const bool may_be_absent =
        schema.kind() == Schema::Kind::optional || schema.kind() == Schema::Kind::any;
    if (!always && !may_be_absent) schema = schema::optional(std::move(schema));
    list.push_back({named.name, std::move(schema)});
  }
  return schema::object(std::move(list));
}

Schema Inference::Seen::map_schema() const {
  Seen values;
  for (const Named& named : members) values.merge(named.seen);
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
