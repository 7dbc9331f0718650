#include "keepsake/datum/change.h"

#include <span>
#include <utility>

#include "src/datum/change_parts.h"
#include "src/datum/pointer.h"

namespace keepsake {

namespace {

using Way = std::span<const std::string>;

Error blocked(const Names& at, const Value& in_the_way) {
  return Error(ErrorCode::step_failed)
      .path(pointer_of(at))
      .expected("an object on the way there")
      .found(name(in_the_way.kind()));
}

/// The value at that place, or nullptr.
Value* find_at(Value& data, Way at) {
  Value* value = &data;
  for (const std::string& name : at) {
    value = value->find_mutable(name);
    if (value == nullptr) return nullptr;
  }
  return value;
}

const Value* find_at(const Value& data, Way at) {
  const Value* value = &data;
  for (const std::string& name : at) {
    value = value->find(name);
    if (value == nullptr) return nullptr;
  }
  return value;
}

bool is_empty_object(const Value& value) {
  return value.kind() == Value::Kind::object && value.size() == 0;
}

/// Takes the value out, and of the objects above it the last `pruned`, as far as they are left
/// empty.
Value take_at(Value& data, Way at, std::size_t pruned) {
  Value* parent = find_at(data, at.first(at.size() - 1));
  if (parent == nullptr) return {};
  Value taken = parent->take(at.back());
  if (taken.is_null()) return taken;
  for (Way way = at.first(at.size() - 1); !way.empty() && pruned > 0; --pruned) {
    if (!is_empty_object(*find_at(data, way))) break;
    const std::string& last = way.back();
    way = way.first(way.size() - 1);
    static_cast<void>(find_at(data, way)->take(last));
  }
  return taken;
}

Result<void> put_at(Value& data, const Names& at, Value value) {
  Value* parent = &data;
  for (std::size_t i = 0; i < at.size(); ++i) {
    if (parent->kind() != Value::Kind::object) return blocked(at, *parent);
    if (i + 1 == at.size()) break;
    Value* next = parent->find_mutable(at[i]);
    if (next == nullptr || next->is_null()) next = &parent->set(at[i], Value::object());
    parent = next;
  }
  parent->set(at.back(), std::move(value));
  return {};
}

void counted(ChangeCount* count, std::size_t times = 1) {
  if (count != nullptr) count->count += times;
}

Result<void> move_to(Value& data, Way from, std::size_t pruned, const Names& to,
                     ChangeCount* count) {
  Value value = take_at(data, from, pruned);
  if (value.is_null()) return {};
  counted(count);
  return put_at(data, to, std::move(value));
}

Result<void> apply_all(const std::vector<Change>& parts, Value& data, ChangeCount* count) {
  if (count != nullptr) count->parts.resize(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Result<void> done = parts[i].apply(data, count == nullptr ? nullptr : &count->parts[i]);
    if (!done) return done;
  }
  return {};
}

/// The fault, which lies in that element or entry of what is at `at`.
Result<void> failed_at(Result<void> fault, const Names& at, std::string_view name) {
  fault.error().path(pointer_below(pointer_of(at), name) + fault.error().path());
  return fault;
}

Error not_a(std::string_view expected, const Names& at, const Value& value) {
  return Error(ErrorCode::step_failed)
      .path(pointer_of(at))
      .expected(expected)
      .found(name(value.kind()));
}

Result<void> apply_each(const std::vector<Change>& parts, Value& list, const Names& at,
                        ChangeCount* count) {
  if (list.kind() != Value::Kind::array) return not_a("array", at, list);
  counted(count, list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    Result<void> done = apply_all(parts, list.item(i), count);
    if (!done) return failed_at(std::move(done), at, std::to_string(i));
  }
  return {};
}

Result<void> apply_map_values(const std::vector<Change>& parts, Value& map, const Names& at,
                              ChangeCount* count) {
  if (map.kind() != Value::Kind::object) return not_a("map", at, map);
  std::vector<Member> members(map.members().begin(), map.members().end());
  for (Member& member : members) {
    if (member.value.is_null()) continue;
    counted(count);
    Result<void> done = apply_all(parts, member.value, count);
    if (!done) return failed_at(std::move(done), at, member.name);
  }
  map.set_members(std::move(members));
  return {};
}

Result<void> apply_convert(const ConvertFunction& convert, Value& value, const Names& at) {
  Result<Value> converted = convert(std::move(value));
  if (!converted) {
    Error error = std::move(converted).error();
    const std::string path = pointer_of(at) + error.path();
    return std::move(error.path(path));
  }
  value = *std::move(converted);
  return {};
}

}  // namespace

bool Condition::holds(const Value& data) const {
  const Value* value = find_at(data, at_);
  const bool there = value != nullptr && !value->is_null();
  switch (kind_) {
    case Kind::equals: return there && *value == value_;
    case Kind::present: return there;
    case Kind::absent: return !there;
    case Kind::has_kind: return there && value->kind() == value_kind_;
  }
  return false;
}

Result<void> Change::apply(Value& data, ChangeCount* count) const {
  switch (kind_) {
    case Kind::add: return counted(count), put_at(data, at_, value_);
    case Kind::remove:
      return counted(count, take_at(data, at_, pruned_).is_null() ? 0 : 1), Result<void>();
    case Kind::rename: {
      Names target = at_;
      target.back() = name_;
      return move_to(data, at_, 0, target, count);
    }
    case Kind::move: return move_to(data, at_, pruned_, to_, count);
    case Kind::when:
      if (!condition_.front().holds(data)) return {};
      return counted(count), apply_all(parts_, data, count);
    default: break;
  }
  Value* value = find_at(data, at_);
  if (value == nullptr || value->is_null()) return {};
  if (kind_ == Kind::each) return apply_each(parts_, *value, at_, count);
  if (kind_ == Kind::map_values) return apply_map_values(parts_, *value, at_, count);
  counted(count);
  if (kind_ == Kind::convert) return apply_convert(convert_, *value, at_);
  if (kind_ == Kind::wrap) {
    Value wrapped = Value::object();
    wrapped.set(name_, std::move(*value));
    *value = std::move(wrapped);
    return {};
  }
  if (value->kind() != Value::Kind::object) return blocked(at_, *value);
  *value = value->take(name_);
  return {};
}

}  // namespace keepsake
