#include <utility>

#include "keepsake/datum/migration.h"
#include "src/base/assert.h"
#include "src/datum/pointer.h"

namespace keepsake {

namespace {

std::string pointer_of(const std::vector<std::string>& names) {
  std::string pointer;
  for (const std::string& name : names) append_pointer(pointer, name);
  return pointer;
}

Error blocked(const std::vector<std::string>& at, const Value& in_the_way) {
  return Error(ErrorCode::step_failed)
      .path(pointer_of(at))
      .expected("an object on the way there")
      .found(name(in_the_way.kind()));
}

/// The value at that place, or nullptr.
Value* find_at(Value& data, const std::vector<std::string>& at) {
  Value* value = &data;
  for (const std::string& name : at) {
    value = value->find_mutable(name);
    if (value == nullptr) return nullptr;
  }
  return value;
}

Value take_at(Value& data, const std::vector<std::string>& at) {
  Value* parent = find_at(data, {at.begin(), at.end() - 1});
  return parent == nullptr ? Value() : parent->take(at.back());
}

Result<void> put_at(Value& data, const std::vector<std::string>& at, Value value) {
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

Result<void> rename_at(Value& data, const std::vector<std::string>& at, const std::string& to) {
  std::vector<std::string> target = at;
  target.back() = to;
  Value value = take_at(data, at);
  return value.is_null() ? Result<void>() : put_at(data, target, std::move(value));
}

}  // namespace

Result<void> Change::apply(Value& data) const {
  if (kind_ == Kind::add) return put_at(data, at_, value_);
  if (kind_ == Kind::remove) return static_cast<void>(take_at(data, at_)), Result<void>();
  if (kind_ == Kind::rename) return rename_at(data, at_, name_);
  if (kind_ == Kind::move) {
    Value value = take_at(data, at_);
    return value.is_null() ? Result<void>() : put_at(data, to_, std::move(value));
  }
  Value* value = find_at(data, at_);
  if (value == nullptr) return {};
  if (kind_ == Kind::each) return apply_each(*value);
  if (kind_ == Kind::wrap) {
    *value = Value::object({{name_, std::move(*value)}});
    return {};
  }
  if (kind_ == Kind::unwrap) {
    if (value->kind() != Value::Kind::object) return blocked(at_, *value);
    *value = value->take(name_);
    return {};
  }
  Result<Value> converted = convert_(std::move(*value));
  if (!converted) {
    Error error = std::move(converted).error();
    const std::string path = pointer_of(at_) + error.path();
    return std::move(error.path(path));
  }
  *value = *std::move(converted);
  return {};
}

Result<void> Change::apply_each(Value& list) const {
  const auto apply_parts = [&](Value& element, const std::string& name) -> Result<void> {
    for (const Change& part : parts_) {
      Result<void> done = part.apply(element);
      if (done) continue;
      std::string path = pointer_of(at_);
      append_pointer(path, name);
      path += done.error().path();
      done.error().path(path);
      return done;
    }
    return {};
  };
  if (list.is_null()) return {};
  if (list.kind() == Value::Kind::array) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      Result<void> done = apply_parts(list.item(i), std::to_string(i));
      if (!done) return done;
    }
    return {};
  }
  if (list.kind() != Value::Kind::object) {
    return Error(ErrorCode::step_failed)
        .path(pointer_of(at_))
        .expected("array or map")
        .found(name(list.kind()));
  }
  const std::vector<Member> members(list.members().begin(), list.members().end());
  for (const Member& member : members) {
    Result<void> done = apply_parts(*list.find_mutable(member.name), member.name);
    if (!done) return done;
  }
  return {};
}

struct ChangeBuilder {
  static Change at(Change::Kind kind, std::string_view pointer, bool may_be_whole) {
    Change change(kind);
    change.at_ = names(pointer, may_be_whole);
    return change;
  }
  static std::vector<std::string> names(std::string_view pointer, bool may_be_whole) {
    std::optional<std::vector<std::string>> split = split_pointer(pointer);
    require(split.has_value(), "a change names its place by a JSON pointer");
    require(may_be_whole || !split->empty(), "this change names a member, not the whole");
    return *std::move(split);
  }
  static Change moved(std::string_view from, std::string_view to) {
    Change change = at(Change::Kind::move, from, false);
    change.to_ = names(to, false);
    return change;
  }
  static Change named(Change::Kind kind, std::string_view pointer, std::string_view name) {
    Change change = at(kind, pointer, kind != Change::Kind::rename);
    change.name_ = name;
    return change;
  }
  static Change added(std::string_view pointer, Value value) {
    Change change = at(Change::Kind::add, pointer, false);
    change.value_ = std::move(value);
    return change;
  }
  static Change each(std::string_view pointer, std::vector<Change> parts) {
    Change change = at(Change::Kind::each, pointer, true);
    change.parts_ = std::move(parts);
    return change;
  }
  static Change converted(std::string_view pointer, std::function<Result<Value>(Value)> convert) {
    Change change = at(Change::Kind::convert, pointer, true);
    change.convert_ = std::move(convert);
    return change;
  }
};

namespace change {

Change rename(std::string_view at, std::string_view new_name) {
  return ChangeBuilder::named(Change::Kind::rename, at, new_name);
}
Change move(std::string_view from, std::string_view to) { return ChangeBuilder::moved(from, to); }
Change add(std::string_view at, Value value) { return ChangeBuilder::added(at, std::move(value)); }
Change remove(std::string_view at) { return ChangeBuilder::at(Change::Kind::remove, at, false); }
Change wrap(std::string_view at, std::string_view name) {
  return ChangeBuilder::named(Change::Kind::wrap, at, name);
}
Change unwrap(std::string_view at, std::string_view name) {
  return ChangeBuilder::named(Change::Kind::unwrap, at, name);
}
Change each(std::string_view at, std::vector<Change> changes) {
  return ChangeBuilder::each(at, std::move(changes));
}
Change convert(std::string_view at, std::function<Result<Value>(Value)> convert) {
  return ChangeBuilder::converted(at, std::move(convert));
}

}  // namespace change
}  // namespace keepsake
