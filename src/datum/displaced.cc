#include "src/datum/displaced.h"

#include <utility>

#include "src/datum/member_names.h"
#include "src/datum/pointer.h"
#include "src/datum/schema_node.h"
#include "src/datum/shape.h"

namespace keepsake {

namespace {

bool has_parts(const Value& value) {
  return value.kind() == Value::Kind::array || value.kind() == Value::Kind::object;
}

/// Whether the schema knows all of an object's members and none of them has parts: then there is
/// nothing to be found in it. Members stand in the schema's order, which has let them pass.
bool is_all_known(const SchemaNode& node, const Value& value) {
  if (node.kind != Schema::Kind::object || value.kind() != Value::Kind::object) return false;
  auto known = node.quick_members.begin();
  for (const Member& member : value.members()) {
    while (known != node.quick_members.end() && !(known->name == member.name)) ++known;
    if (known == node.quick_members.end() || has_parts(member.value)) return false;
    ++known;
  }
  return true;
}

bool is_list(const Schema& schema) {
  return schema.kind() == Schema::Kind::array || schema.kind() == Schema::Kind::strict_array;
}

}  // namespace

void HiddenFields::collect(const Value& data, const Schema& from_schema, const Schema& to_schema,
                           const Place* place) {
  if (!has_parts(data) || data.size() == 0) return;
  const Schema& from = bare(from_schema);
  const Schema& to = bare(to_schema);
  if (is_list(from) && is_list(to) && data.kind() == Value::Kind::array) {
    const SchemaNode& element = SchemaNode::of(bare(*from.element()));
    const std::span<const Value> items = data.items();
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!has_parts(items[i]) || is_all_known(element, items[i])) continue;
      const Place here = Place::element(place, i);
      collect(items[i], *from.element(), *to.element(), &here);
    }
    return;
  }
  if (from.kind() != to.kind() || data.kind() != Value::Kind::object) return;
  const bool map = from.kind() == Schema::Kind::map;
  if (!map && from.kind() != Schema::Kind::object) return;
  const std::vector<SchemaMember>& known = from.members();
  std::size_t next = 0;  // what a schema has let pass has its order
  for (const Member& member : data.members()) {
    while (!map && next < known.size() && !same_name(known[next].name, member.name)) ++next;
    const Schema* before = map                   ? from.element()
                           : next < known.size() ? &known[next].schema
                                                 : from.member(member.name);
    if (before != nullptr && !has_parts(member.value)) continue;
    const Schema* after = map ? to.element() : to.member(member.name);
    if (after == nullptr) continue;
    if (before == nullptr) {
      fields_.push_back(
          {steps_to(place), std::string(member.name), member.value.detached(), *after});
      continue;
    }
    const Place here = Place::member(place, member.name);
    collect(member.value, *before, *after, &here);
  }
}

std::vector<HiddenFields::Step> HiddenFields::steps_to(const Place* place) {
  if (place == nullptr) return {};
  std::vector<Step> steps = steps_to(place->up);
  steps.push_back({std::string(place->name), place->index, place->is_index});
  return steps;
}

Value* HiddenFields::walk(Value& data, const std::vector<Step>& way) {
  Value* value = &data;
  for (const Step& step : way) {
    if (step.is_index) {
      if (value->kind() != Value::Kind::array || step.index >= value->size()) return nullptr;
      value = &value->item(step.index);
    } else {
      if (value->kind() != Value::Kind::object) return nullptr;
      value = value->find_mutable(step.name);
      if (value == nullptr) return nullptr;
    }
  }
  return value->kind() == Value::Kind::object ? value : nullptr;
}

HiddenFields HiddenFields::take_out(Value& data, const Schema& from, const Schema& to) {
  HiddenFields hidden;
  hidden.collect(data, from, to, nullptr);
  for (const Field& field : hidden.fields_) {
    static_cast<void>(walk(data, field.object)->take(field.name));
  }
  return hidden;
}

void HiddenFields::put_back(Value& data, std::vector<Displaced>& displaced) && {
  for (Field& field : fields_) {
    Value* object = walk(data, field.object);
    const Value* made = object == nullptr ? nullptr : object->find(field.name);
    const bool free = object != nullptr && (made == nullptr || made->is_null());
    if (free && field.schema.validate(field.value)) {
      object->set(field.name, std::move(field.value));
      continue;
    }
    std::string pointer;
    for (const Step& step : field.object) {
      append_pointer(pointer, step.is_index ? std::to_string(step.index) : step.name);
    }
    append_pointer(pointer, field.name);
    displaced.push_back({std::move(pointer), std::move(field.value)});
  }
}

}  // namespace keepsake
