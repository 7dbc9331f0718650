#include "src/datum/member_change.h"

#include <algorithm>
#include <memory>

#include "src/base/assert.h"

namespace keepsake::detail {

namespace {

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

void rebase_elements(const MemberSite& site, ExtrasNode& node) {
  std::vector<ExtrasChild>& children = node.children;
  if (children.empty()) return;
  const TypeInfo& element = *site.type->element;
  if (site.change.kind == MemberChange::Kind::erase_element) {
    children.erase(children.begin() + static_cast<std::ptrdiff_t>(site.change.index));
    for (std::size_t i = site.change.index; i < children.size(); ++i) children[i].index = i;
  } else {
    const bool append = site.change.kind == MemberChange::Kind::append;
    if (append) children.push_back({.index = children.size(), .key = {}, .node = {}});
    ExtrasChild& child = append ? children.back() : children[site.change.index];
    const void* object = site.element(child.index);
    child.fingerprint = fingerprint(element, object);
    child.node = rebase_node(element, child.node, object);
  }
  if (std::none_of(children.begin(), children.end(), has_extras)) children.clear();
}

void rebase_entries(const MemberSite& site, ExtrasNode& node) {
  const auto child =
      std::find_if(node.children.begin(), node.children.end(),
                   [&](const ExtrasChild& one) { return one.key == site.change.key; });
  if (child == node.children.end()) return;
  if (site.change.kind != MemberChange::Kind::erase_entry) {
    child->node = rebase_node(*site.type->element, child->node,
                              site.type->table->find(site.target, site.change.key));
  }
  if (site.change.kind == MemberChange::Kind::erase_entry || child->node.empty())
    node.children.erase(child);
}

void rebase_target(const MemberSite& site, ExtrasNode& node) {
  switch (site.change.kind) {
    case MemberChange::Kind::member: node = rebase_node(*site.type, node, site.target); return;
    case MemberChange::Kind::element:
    case MemberChange::Kind::append:
    case MemberChange::Kind::erase_element: return rebase_elements(site, node);
    case MemberChange::Kind::entry:
    case MemberChange::Kind::put:
    case MemberChange::Kind::erase_entry: return rebase_entries(site, node);
  }
}

/// `node`: of the struct that step `step` goes through.
void rebase_below(const MemberSite& site, std::size_t step, ExtrasNode& node) {
  if (step == site.change.path.size()) return rebase_target(site, node);
  const auto child = std::find_if(
      node.children.begin(), node.children.end(),
      [&](const ExtrasChild& one) { return one.index == site.change.path[step].field; });
  if (child == node.children.end()) return;
  rebase_below(site, step + 1, child->node);
  if (child->node.empty()) node.children.erase(child);
}

}  // namespace

[[gnu::hot]] MemberSite::MemberSite(const MemberChange& made, const void* root)
    : change(made), target(root) {
  for (const PathStep& step : change.path) {
    const FieldInfo& info = step.info();
    records[steps] = target;
    place = std::construct_at(&places[steps], Place::member(place, info.name));
    ++steps;
    type = info.type;
    target = field_of(info, target);
    const bool last = steps == change.path.size() && change.kind == MemberChange::Kind::member;
    if (last || type->shape != Shape::optional) continue;
    target = type->optional->get(target);
    type = type->element;
    if (target == nullptr) return;
  }
}

PathStep step_to(const RecordInfo& record, std::size_t offset) {
  const auto found =
      std::find_if(record.fields.begin(), record.fields.end(),
                   [offset](const FieldInfo& field) { return field.offset == offset; });
  require(found != record.fields.end(), "a pointer to a member leads to a member of the struct");
  return {&record, static_cast<std::size_t>(found - record.fields.begin())};
}

[[gnu::hot]] Result<void*> find_target(const MemberSite& site) {
  const MemberChange& change = site.change;
  if (site.target == nullptr) return nothing_at(site.place, "a value", "nothing");
  const void* target = site.target;
  if (change.kind == MemberChange::Kind::element ||
      change.kind == MemberChange::Kind::erase_element) {
    const std::size_t size = site.type->list->size(site.target);
    const Place at = Place::element(site.place, change.index);
    if (change.index >= size) {
      return nothing_at(&at, "an index below " + std::to_string(size),
                        std::to_string(change.index));
    }
    if (change.kind == MemberChange::Kind::element) target = site.element(change.index);
  }
  if (change.kind == MemberChange::Kind::entry || change.kind == MemberChange::Kind::erase_entry) {
    const Place at = Place::member(site.place, change.key);
    const void* entry = site.type->table->find(site.target, change.key);
    if (entry == nullptr) return nothing_at(&at, "an entry of that key", "nothing");
    if (change.kind == MemberChange::Kind::entry) target = entry;
  }
  return const_cast<void*>(target);  // the root is not const
}

[[gnu::hot]] bool is_absent(const MemberSite& site) {
  return site.change.kind == MemberChange::Kind::member && !site.field().required &&
         site.type->optional->get(site.target) == nullptr;
}

[[gnu::hot]] Result<void> validate_change(const MemberSite& site) {
  const MemberChange& change = site.change;
  Result<void> valid;
  switch (change.kind) {
    case MemberChange::Kind::member:
      valid = validate_part(*site.type, site.rules(), site.target, site.place);
      break;
    case MemberChange::Kind::element: {
      const Place at = Place::element(site.place, change.index);
      valid = validate_part(*site.type->element, nullptr, site.element(change.index), &at);
      break;
    }
    case MemberChange::Kind::append: {
      const std::size_t last = site.type->list->size(site.target) - 1;
      const Place at = Place::element(site.place, last);
      valid = validate_size(*site.type, site.rules(), site.target, site.place);
      if (valid) valid = validate_part(*site.type->element, nullptr, site.element(last), &at);
      break;
    }
    case MemberChange::Kind::entry:
    case MemberChange::Kind::put: {
      const Place at = Place::member(site.place, change.key);
      valid = validate_size(*site.type, site.rules(), site.target, site.place);
      if (valid) valid = validate_key(change.key, site.place);
      if (valid) {
        valid = validate_part(*site.type->element, nullptr,
                              site.type->table->find(site.target, change.key), &at);
      }
      break;
    }
    case MemberChange::Kind::erase_element:
    case MemberChange::Kind::erase_entry:
      valid = validate_size(*site.type, site.rules(), site.target, site.place);
      break;
  }
  for (std::size_t i = site.steps; valid && i-- > 0;) {
    valid = validate_rules(*change.path[i].record, site.records[i], site.places[i].up);
  }
  return valid;
}

[[gnu::hot]] Extras rebase_change(const MemberSite& site, const Extras& extras) {
  if (extras.empty()) return {};
  ExtrasNode node = *extras.node();
  rebase_below(site, 0, node);
  return make_extras(std::move(node));
}

[[gnu::hot]] void write_change(const MemberSite& site, bool was_absent, const Extras& extras,
                               PatchText& patch) {
  const MemberChange& change = site.change;
  const ExtrasNode* node = node_of(change, extras);
  switch (change.kind) {
    case MemberChange::Kind::member:
      if (is_absent(site)) {
        if (!was_absent) patch.remove(site.place);
      } else if (was_absent) {
        patch.add(site.place, *site.type, site.target, node);
      } else {
        patch.replace(site.place, *site.type, site.target, node);
      }
      return;
    case MemberChange::Kind::element:
    case MemberChange::Kind::erase_element: {
      const Place at = Place::element(site.place, change.index);
      if (change.kind == MemberChange::Kind::erase_element) return patch.remove(&at);
      if (node != nullptr) node = node->at(change.index);
      return patch.replace(&at, *site.type->element, site.element(change.index), node);
    }
    case MemberChange::Kind::append:
      return patch.append(site.place, *site.type->element,
                          site.element(site.type->list->size(site.target) - 1), nullptr);
    case MemberChange::Kind::entry:
    case MemberChange::Kind::put:
    case MemberChange::Kind::erase_entry: {
      const Place at = Place::member(site.place, change.key);
      if (change.kind == MemberChange::Kind::erase_entry) return patch.remove(&at);
      if (node != nullptr) node = node->at(change.key);
      return patch.add(&at, *site.type->element, site.type->table->find(site.target, change.key),
                       node);
    }
  }
}

}  // namespace keepsake::detail
