#include "keepsake/datum/merge_patch.h"

#include <utility>

namespace keepsake {

namespace {

/// `patch` is an object.
void merge_into(Value& target, const Value& patch) {
  if (target.kind() != Value::Kind::object) target = Value::object();
  for (const Member& member : patch.members()) {
    if (member.value.is_null()) {
      static_cast<void>(target.take(member.name));
    } else if (member.value.kind() != Value::Kind::object) {
      target.set(member.name, member.value);
    } else if (Value* const there = target.find_mutable(member.name)) {
      merge_into(*there, member.value);
    } else {
      merge_into(target.set(member.name, Value::object()), member.value);
    }
  }
}

}  // namespace

Value apply_merge_patch(Value document, const Value& patch) {
  if (patch.kind() != Value::Kind::object) return patch;
  merge_into(document, patch);
  return document;
}

}  // namespace keepsake
