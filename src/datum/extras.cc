#include "keepsake/datum/extras.h"

#include <algorithm>
#include <unordered_map>

#include "src/datum/extras_node.h"

namespace keepsake::detail {

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// For each element of the list as it is now: which of the remembered ones it is, or kNone.
std::vector<std::size_t> match(const std::vector<ExtrasChild>& old,
                               const std::vector<std::uint64_t>& now) {
  std::vector<std::size_t> found(now.size(), kNone);
  std::vector<bool> used(old.size());
  const auto pair = [&](std::size_t from, std::size_t to) {
    found[to] = from;
    used[from] = true;
  };
  for (std::size_t i = 0; i < std::min(old.size(), now.size()); ++i) {
    if (old[i].fingerprint == now[i]) pair(i, i);
  }
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> free;  // each list: last one first
  for (std::size_t i = now.size(); i-- > 0;) {
    if (found[i] == kNone) free[now[i]].push_back(i);
  }
  for (std::size_t j = 0; j < old.size(); ++j) {
    const auto equal = used[j] ? free.end() : free.find(old[j].fingerprint);
    if (equal == free.end() || equal->second.empty()) continue;
    pair(j, equal->second.back());
    equal->second.pop_back();
  }
  std::vector<std::size_t> old_left;
  std::vector<std::size_t> now_left;
  for (std::size_t j = 0; j < old.size(); ++j) {
    if (!used[j]) old_left.push_back(j);
  }
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (found[i] == kNone) now_left.push_back(i);
  }
  const bool as_many = old_left.size() == now_left.size();
  for (std::size_t k = 0; k < old_left.size(); ++k) {
    const std::size_t j = old_left[k];
    if (as_many) {
      pair(j, now_left[k]);
    } else if (j < now.size() && found[j] == kNone) {
      pair(j, j);
    }
  }
  return found;
}

ExtrasNode rebase_list(const TypeInfo& type, const ExtrasNode& old, const void* object) {
  ExtrasNode node;
  const void* data = type.list->data(object);
  std::vector<std::uint64_t> prints(type.list->size(object));
  for (std::size_t i = 0; i < prints.size(); ++i) {
    prints[i] = fingerprint(*type.element, element_of(type, data, i));
  }
  const std::vector<std::size_t> from = match(old.children, prints);
  bool any = false;
  for (std::size_t i = 0; i < prints.size(); ++i) {
    ExtrasChild child{.index = i, .key = {}, .fingerprint = prints[i], .node = {}};
    if (from[i] != kNone) {
      child.node =
          rebase_node(*type.element, old.children[from[i]].node, element_of(type, data, i));
    }
    any = any || !child.node.empty();
    node.children.push_back(std::move(child));
  }
  if (!any) node.children.clear();
  return node;
}

}  // namespace

ExtrasNode rebase_node(const TypeInfo& type, const ExtrasNode& old, const void* object) {
  ExtrasNode node;
  if (old.empty()) return node;
  const auto keep = [&node](ExtrasChild child) {
    if (!child.node.empty()) node.children.push_back(std::move(child));
  };
  switch (type.shape) {
    case Shape::record: {
      const RecordInfo& record = type.record();
      node.unknown = old.unknown;
      for (const ExtrasChild& child : old.children) {
        const FieldInfo& field = record.fields[child.index];
        keep({.index = child.index,
              .key = {},
              .fingerprint = 0,
              .node = rebase_node(*field.type, child.node, field_of(field, object))});
      }
      return node;
    }
    case Shape::optional: {
      const void* held = type.optional->get(object);
      return held == nullptr ? node : rebase_node(*type.element, old, held);
    }
    case Shape::table:
      for (const ExtrasChild& child : old.children) {
        const void* value = type.table->find(object, child.key);
        if (value == nullptr) continue;
        keep({.index = 0,
              .key = child.key,
              .fingerprint = 0,
              .node = rebase_node(*type.element, child.node, value)});
      }
      return node;
    case Shape::list:
    case Shape::fixed_list: return rebase_list(type, old, object);
    case Shape::variant: {
      const std::size_t index = type.variant->index(object);
      const ExtrasNode* held = old.at(index);
      if (held == nullptr) return node;  // it is another one now
      keep({.index = index,
            .key = {},
            .fingerprint = 0,
            .node = rebase_node(*type.alternatives().alternatives[index].type, *held,
                                type.variant->get(object))});
      return node;
    }
    case Shape::foreign:
      type.foreign->view(object,
                         [&](const void* as) { node = rebase_node(*type.element, old, as); });
      return node;
    default: return node;
  }
}

const ExtrasNode* ExtrasNode::at(std::size_t index) const noexcept {
  const auto found =
      std::lower_bound(children.begin(), children.end(), index,
                       [](const ExtrasChild& child, std::size_t i) { return child.index < i; });
  if (found == children.end() || found->index != index || found->node.empty()) return nullptr;
  return &found->node;
}

const ExtrasNode* ExtrasNode::at(std::string_view key) const noexcept {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [key](const ExtrasChild& child) { return child.key == key; });
  return found == children.end() ? nullptr : &found->node;
}

std::uint64_t fingerprint(const TypeInfo& type, const void* object) {
  std::string text;
  write_typed(type, object, {}, {}, text);
  std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a, 64 bits
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

Extras rebase_typed(const TypeInfo& type, const Extras& extras, const void* edited) {
  if (extras.empty()) return {};
  return make_extras(rebase_node(type, *extras.node(), edited));
}

}  // namespace keepsake::detail
