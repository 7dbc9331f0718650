#include "src/cli/lua_tables.h"

#include <utility>
#include <vector>

namespace keepsake::cli {

namespace {

Value items_told_apart(const Value& data, const Schema& element) {
  std::vector<Value> items;
  items.reserve(data.size());
  for (const Value& item : data.items()) items.push_back(with_tables_told_apart(item, element));
  return Value::array(std::move(items));
}

template <class SchemaOfMember>
Value members_told_apart(const Value& data, const SchemaOfMember& schema_of) {
  std::vector<Member> members;
  members.reserve(data.size());
  for (const Member& member : data.members()) {
    const Schema* schema = schema_of(member.name);
    members.push_back({member.name, schema == nullptr
                                        ? member.value
                                        : with_tables_told_apart(member.value, *schema)});
  }
  return Value::object(std::move(members));
}

}  // namespace

bool is_table(const Value& value) noexcept {
  return value.kind() == Value::Kind::array || value.kind() == Value::Kind::object;
}

bool is_empty_table(const Value& value) noexcept { return is_table(value) && value.size() == 0; }

Value with_tables_told_apart(const Value& data, const Schema& schema) {
  using Kind = Schema::Kind;
  if (!is_table(data)) return data;
  switch (schema.kind()) {
    case Kind::optional:
    case Kind::refine: return with_tables_told_apart(data, *schema.element());
    case Kind::array:
    case Kind::strict_array:
      return data.kind() == Value::Kind::array ? items_told_apart(data, *schema.element()) : data;
    case Kind::map:
      if (is_empty_table(data)) return Value::object();
      if (data.kind() != Value::Kind::object) return data;
      return members_told_apart(data, [&](std::string_view) { return schema.element(); });
    case Kind::object:
      if (is_empty_table(data)) {
        return schema.validate(Value::object()).has_value() ? Value::object() : data;
      }
      if (data.kind() != Value::Kind::object) return data;
      return members_told_apart(data, [&](std::string_view name) { return schema.member(name); });
    default: return data;
  }
}

}  // namespace keepsake::cli
