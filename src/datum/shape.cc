#include "src/datum/shape.h"

#include <algorithm>

#include "src/datum/schema_node.h"

namespace keepsake {

namespace {

bool same_plain(const Shape& a, const Shape& b) {
  return a.form == Shape::Form::plain && b.form == Shape::Form::plain && a.schema == b.schema &&
         a.value == b.value;
}

void make_members_optional(Shape& shape) {
  for (auto& [name, member] : shape.members) member.optional = true;
}

}  // namespace

const Schema& bare(const Schema& schema) {
  const Schema* inner = &schema;
  while (inner->kind() == Schema::Kind::optional || inner->kind() == Schema::Kind::refine) {
    inner = inner->element();
  }
  return *inner;
}

Shape Shape::object() {
  Shape shape;
  shape.form = Form::object;
  return shape;
}

Shape Shape::of(const Schema& schema) {
  const Form form = bare(schema).kind() == Schema::Kind::any ? Form::unknown : Form::plain;
  return {.form = form, .optional = accepts_nothing(schema), .schema = &schema};
}

Shape Shape::of(const Value& value) { return {.form = Form::plain, .value = value}; }

Shape* Shape::find(std::string_view name) {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [name](const auto& member) { return member.name == name; });
  return found == members.end() ? nullptr : &found->shape;
}

void expand(Shape& shape) {
  if (shape.form != Shape::Form::plain) return;
  if (shape.value) {
    if (shape.value->kind() != Value::Kind::object) return;
    shape.form = Shape::Form::object;
    for (const Member& member : shape.value->members()) {
      shape.members.push_back({std::string(member.name), Shape::of(member.value)});
    }
    shape.value.reset();
    return;
  }
  const Schema& schema = bare(*shape.schema);
  switch (schema.kind()) {
    case Schema::Kind::object:
      shape.form = Shape::Form::object;
      for (const SchemaMember& member : schema.members()) {
        shape.members.push_back({member.name, Shape::of(member.schema)});
      }
      break;
    case Schema::Kind::array:
    case Schema::Kind::strict_array:
      shape.form = Shape::Form::list;
      shape.element.push_back(Shape::of(*schema.element()));
      break;
    case Schema::Kind::map:
      shape.form = Shape::Form::map;
      shape.element.push_back(Shape::of(*schema.element()));
      break;
    case Schema::Kind::union_of:
    case Schema::Kind::tagged_union: shape.form = Shape::Form::unknown; break;
    default: return;
  }
  shape.schema = nullptr;
}

Found find(Shape& root, std::span<const std::string> place) {
  Shape* shape = &root;
  for (const std::string& name : place) {
    expand(*shape);
    if (shape->form == Shape::Form::unknown || shape->form == Shape::Form::map) {
      return {.shape = nullptr, .unknown = true};
    }
    shape = shape->find(name);
    if (shape == nullptr) return {};
  }
  expand(*shape);
  return {.shape = shape, .unknown = shape->form == Shape::Form::unknown};
}

void take(Shape& root, std::span<const std::string> place) {
  const Found parent = find(root, place.first(place.size() - 1));
  if (parent.shape == nullptr) return;
  std::erase_if(parent.shape->members,
                [&](const auto& member) { return member.name == place.back(); });
}

Put put(Shape& root, std::span<const std::string> place, Shape shape) {
  Put outcome;
  Shape* parent = &root;
  for (std::size_t i = 0; i < place.size(); ++i) {
    expand(*parent);
    if (parent->form == Shape::Form::unknown || parent->form == Shape::Form::map) return outcome;
    if (parent->form != Shape::Form::object) {
      outcome.blocked = true;
      return outcome;
    }
    // Where it was absent it is made with nothing but what is put there.
    if (std::exchange(parent->optional, false)) make_members_optional(*parent);
    if (i + 1 == place.size()) break;
    Shape* next = parent->find(place[i]);
    if (next == nullptr) {
      ++outcome.made;
      next = &parent->members.emplace_back(ShapeMember{place[i], Shape::object()}).shape;
    }
    parent = next;
  }
  if (Shape* there = parent->find(place.back())) {
    outcome.occupied = true;
    *there = std::move(shape);
  } else {
    parent->members.push_back({place.back(), std::move(shape)});
  }
  return outcome;
}

Shape merge(Shape a, Shape b) {
  const bool optional = a.optional || b.optional;
  if (!same_plain(a, b)) {
    expand(a);
    expand(b);
  }
  if (a.form != b.form || (a.form == Shape::Form::plain && !same_plain(a, b))) a = Shape{};
  a.optional = optional;
  if (a.form == Shape::Form::object) {
    for (auto& [name, member] : a.members) {
      if (Shape* other = b.find(name)) {
        member = merge(std::move(member), std::move(*other));
      } else {
        member.optional = true;
      }
    }
    for (auto& [name, member] : b.members) {
      if (a.find(name) != nullptr) continue;
      member.optional = true;
      a.members.push_back({name, std::move(member)});
    }
  }
  if (a.form == Shape::Form::list || a.form == Shape::Form::map) {
    a.element.front() = merge(std::move(a.element.front()), std::move(b.element.front()));
  }
  return a;
}

}  // namespace keepsake
