#include "src/datum/member_change.h"

#include <algorithm>

#include "src/base/assert.h"

namespace keepsake::detail {

namespace {

/// A change's path in one object.
struct Way {
  Way(const MemberChange& change, const void* root);

  [[nodiscard]] const FieldInfo& field() const { return path.back().info(); }
  [[nodiscard]] const FieldRules* rules() const { return field().ruled ? &field().rules : nullptr; }
  [[nodiscard]] const void* element(std::size_t index) const {
    return element_of(*type, type->list->data(target), index);
  }

  MemberPath path;
  const void* records[kMostSteps] = {};  // the structs on the way
  Place places[kMostSteps];              // and the members of them that it goes through
  std::size_t steps = 0;
  const Place* place = nullptr;  // of the member that is named
  const TypeInfo* type = nullptr;
  const void* target =
      nullptr;  // that member, or the list or map that it is; nullptr: there is none
};

Way::Way(const MemberChange& change, const void* root) : path(change.path), target(root) {
  for (const PathStep& step : path) {
    const FieldInfo& info = step.info();
    records[steps] = target;
    places[steps] = Place::member(place, info.name);
    place = &places[steps++];
    type = info.type;
    target = field_of(info, target);
    const bool last = steps == path.size() && change.kind == MemberChange::Kind::member;
    if (last || type->shape != Shape::optional) continue;
    target = type->optional->get(target);
    type = type->element;
    if (target == nullptr) return;
  }
}

Error nothing_at(const Place* place, std::string_view expected, std::string_view found) {
  return Error(ErrorCode::not_found, "an edit of a member that is not there")
      .path(pointer_text(place))
      .expected(expected)
      .found(found);
}

/// The extras of the member that the path names, or nullptr.
const ExtrasNode* node_of(const MemberChange& change, const Extras& extras) {
  const ExtrasNode* node = extras.node();
  for (const PathStep& step : change.path) {
    if (node != nullptr) node = node->at(step.field);
  }
  return node;
}

bool has_extras(const ExtrasChild& child) { return !child.node.empty(); }

void rebase_elements(const MemberChange& change, const Way& way, ExtrasNode& node) {
  std::vector<ExtrasChild>& children = node.children;
  if (children.empty()) return;
  const TypeInfo& element = *way.type->element;
  if (change.kind == MemberChange::Kind::erase_element) {
    children.erase(children.begin() + static_cast<std::ptrdiff_t>(change.index));
    for (std::size_t i = change.index; i < children.size(); ++i) children[i].index = i;
  } else {
    const bool append = change.kind == MemberChange::Kind::append;
    if (append) children.push_back({.index = children.size(), .key = {}, .node = {}});
    ExtrasChild& child = append ? children.back() : children[change.index];
    const void* object = way.element(child.index);
    child.fingerprint = fingerprint(element, object);
    child.node = rebase_node(element, child.node, object);
  }
  if (std::none_of(children.begin(), children.end(), has_extras)) children.clear();
}

void rebase_entries(const MemberChange& change, const Way& way, ExtrasNode& node) {
  const auto child = std::find_if(node.children.begin(), node.children.end(),
                                  [&](const ExtrasChild& one) { return one.key == change.key; });
  if (child == node.children.end()) return;
  if (change.kind != MemberChange::Kind::erase_entry) {
    child->node =
        rebase_node(*way.type->element, child->node, way.type->table->find(way.target, change.key));
  }
  if (change.kind == MemberChange::Kind::erase_entry || child->node.empty())
    node.children.erase(child);
}

void rebase_target(const MemberChange& change, const Way& way, ExtrasNode& node) {
  switch (change.kind) {
    case MemberChange::Kind::member: node = rebase_node(*way.type, node, way.target); return;
    case MemberChange::Kind::element:
    case MemberChange::Kind::append:
    case MemberChange::Kind::erase_element: return rebase_elements(change, way, node);
    case MemberChange::Kind::entry:
    case MemberChange::Kind::put:
    case MemberChange::Kind::erase_entry: return rebase_entries(change, way, node);
  }
}

/// `node`: of the struct that step `step` goes through.
void rebase_below(const MemberChange& change, const Way& way, std::size_t step, ExtrasNode& node) {
  if (step == change.path.size()) return rebase_target(change, way, node);
  const auto child =
      std::find_if(node.children.begin(), node.children.end(),
                   [&](const ExtrasChild& one) { return one.index == change.path[step].field; });
  if (child == node.children.end()) return;
  rebase_below(change, way, step + 1, child->node);
  if (child->node.empty()) node.children.erase(child);
}

}  // namespace

PathStep step_to(const RecordInfo& record, std::size_t offset) {
  const auto found =
      std::find_if(record.fields.begin(), record.fields.end(),
                   [offset](const FieldInfo& field) { return field.offset == offset; });
  require(found != record.fields.end(), "a pointer to a member leads to a member of the struct");
  return {&record, static_cast<std::size_t>(found - record.fields.begin())};
}

Result<void*> find_target(const MemberChange& change, void* root) {
  const Way way(change, root);
  if (way.target == nullptr) return nothing_at(way.place, "a value", "nothing");
  const void* target = way.target;
  if (change.kind == MemberChange::Kind::element ||
      change.kind == MemberChange::Kind::erase_element) {
    const std::size_t size = way.type->list->size(way.target);
    const Place at = Place::element(way.place, change.index);
    if (change.index >= size) {
      return nothing_at(&at, "an index below " + std::to_string(size),
                        std::to_string(change.index));
    }
    if (change.kind == MemberChange::Kind::element) target = way.element(change.index);
  }
  if (change.kind == MemberChange::Kind::entry || change.kind == MemberChange::Kind::erase_entry) {
    const Place at = Place::member(way.place, change.key);
    const void* entry = way.type->table->find(way.target, change.key);
    if (entry == nullptr) return nothing_at(&at, "an entry of that key", "nothing");
    if (change.kind == MemberChange::Kind::entry) target = entry;
  }
  return const_cast<void*>(target);  // the root is not const
}

bool is_absent(const MemberChange& change, const void* root) {
  if (change.kind != MemberChange::Kind::member) return false;
  const Way way(change, root);
  return !way.field().required && way.type->optional->get(way.target) == nullptr;
}

Result<void> validate_change(const MemberChange& change, const void* root) {
  const Way way(change, root);
  Result<void> valid;
  switch (change.kind) {
    case MemberChange::Kind::member:
      valid = validate_part(*way.type, way.rules(), way.target, way.place);
      break;
    case MemberChange::Kind::element: {
      const Place at = Place::element(way.place, change.index);
      valid = validate_part(*way.type->element, nullptr, way.element(change.index), &at);
      break;
    }
    case MemberChange::Kind::append: {
      const std::size_t last = way.type->list->size(way.target) - 1;
      const Place at = Place::element(way.place, last);
      valid = validate_size(*way.type, way.rules(), way.target, way.place);
      if (valid) valid = validate_part(*way.type->element, nullptr, way.element(last), &at);
      break;
    }
    case MemberChange::Kind::entry:
    case MemberChange::Kind::put: {
      const Place at = Place::member(way.place, change.key);
      valid = validate_size(*way.type, way.rules(), way.target, way.place);
      if (valid) valid = validate_key(change.key, way.place);
      if (valid) {
        valid = validate_part(*way.type->element, nullptr,
                              way.type->table->find(way.target, change.key), &at);
      }
      break;
    }
    case MemberChange::Kind::erase_element:
    case MemberChange::Kind::erase_entry:
      valid = validate_size(*way.type, way.rules(), way.target, way.place);
      break;
  }
  for (std::size_t i = way.steps; valid && i-- > 0;) {
    valid = validate_rules(*way.path[i].record, way.records[i], way.places[i].up);
  }
  return valid;
}

Extras rebase_change(const MemberChange& change, const Extras& extras, const void* root) {
  if (extras.empty()) return {};
  ExtrasNode node = *extras.node();
  rebase_below(change, Way(change, root), 0, node);
  return make_extras(std::move(node));
}

void write_change(const MemberChange& change, const void* root, bool was_absent,
                  const Extras& extras, PatchText& patch) {
  const Way way(change, root);
  const ExtrasNode* node = node_of(change, extras);
  switch (change.kind) {
    case MemberChange::Kind::member:
      if (is_absent(change, root)) {
        if (!was_absent) patch.remove(way.place);
      } else if (was_absent) {
        patch.add(way.place, *way.type, way.target, node);
      } else {
        patch.replace(way.place, *way.type, way.target, node);
      }
      return;
    case MemberChange::Kind::element:
    case MemberChange::Kind::erase_element: {
      const Place at = Place::element(way.place, change.index);
      if (change.kind == MemberChange::Kind::erase_element) return patch.remove(&at);
      if (node != nullptr) node = node->at(change.index);
      return patch.replace(&at, *way.type->element, way.element(change.index), node);
    }
    case MemberChange::Kind::append:
      return patch.append(way.place, *way.type->element,
                          way.element(way.type->list->size(way.target) - 1), nullptr);
    case MemberChange::Kind::entry:
    case MemberChange::Kind::put:
    case MemberChange::Kind::erase_entry: {
      const Place at = Place::member(way.place, change.key);
      if (change.kind == MemberChange::Kind::erase_entry) return patch.remove(&at);
      if (node != nullptr) node = node->at(change.key);
      return patch.add(&at, *way.type->element, way.type->table->find(way.target, change.key),
                       node);
    }
  }
}

}  // namespace keepsake::detail
