#include <algorithm>
#include <iterator>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "src/datum/change_parts.h"
#include "src/datum/recipe.h"
#include "src/datum/schema_node.h"
#include "src/datum/shape.h"
#include "src/datum/tree_builder.h"

namespace keepsake {

namespace {

using Source = RecipeSource;
using Part = RecipePart;
using P = ChangeParts;
using Way = std::span<const std::string>;

/// What is at a place once the changes so far are made. It stands for the data that the recipe is
/// good for: an object's members are all known, and what a change goes into is there.
class Draft {
 public:
  static Draft of(Source& source) {
    Draft draft(Part::Kind::copy);
    draft.source_ = &source;
    return draft;
  }
  static Draft of(const Value& value) {
    Draft draft(Part::Kind::constant);
    draft.constant_ = value;
    return draft;
  }
  static Draft object() { return Draft(Part::Kind::object); }

  /// Makes the change here; `slots` counts the places of the source that this is made of. False:
  /// there is no recipe.
  [[nodiscard]] bool change(const Change& change, std::size_t& slots);
  [[nodiscard]] bool change(const std::vector<Change>& changes, std::size_t& slots) {
    return std::all_of(changes.begin(), changes.end(),
                       [&](const Change& one) { return this->change(one, slots); });
  }
  [[nodiscard]] bool put(Way at, Draft draft, std::size_t& slots);
  [[nodiscard]] Part part(const Schema& after) &&;

 private:
  explicit Draft(Part::Kind kind) : kind_(kind) {}

  /// Makes an object or a list of what is one.
  [[nodiscard]] bool open(Part::Kind as, std::size_t& slots);
  bool open_source(std::size_t& slots);
  [[nodiscard]] Draft* find(Way at, std::size_t& slots);
  [[nodiscard]] Draft* member(std::string_view name);
  [[nodiscard]] std::optional<Draft> take(Way at, std::size_t& slots);
  [[nodiscard]] bool move(Way from, Way to, std::size_t& slots);
  [[nodiscard]] bool unwrap(std::string_view name, std::size_t& slots);
  void wrap(std::string_view name);
  Draft& add(std::string_view name, Draft draft) {
    draft.name_ = name;
    return parts_.emplace_back(std::move(draft));
  }
  /// But for the name.
  void become(Draft draft) {
    draft.name_ = std::move(name_);
    *this = std::move(draft);
  }
  void need() {
    if (source_ != nullptr) source_->needed = true;
  }

  Part::Kind kind_;
  Source* source_ = nullptr;  // copy, list
  Value constant_;
  std::string name_;          // of a member
  std::vector<Draft> parts_;  // object: members; list: one
};

bool Draft::open(Part::Kind as, std::size_t& slots) {
  if (kind_ == as) return true;
  if (kind_ == Part::Kind::copy) return open_source(slots) && kind_ == as;
  if (as != Part::Kind::object || kind_ != Part::Kind::constant ||
      constant_.kind() != Value::Kind::object) {
    return false;
  }
  kind_ = as;
  for (const Member& member : constant_.members()) {
    if (member.value.is_null()) return false;
    add(member.name, of(member.value));
  }
  return true;
}

bool Draft::open_source(std::size_t& slots) {
  Source& source = *source_;
  const Schema& schema = bare(*source.schema);
  const auto add = [&source](std::size_t slot, std::string_view name, const Schema& of) {
    Source part;
    part.slot = slot;
    part.name = name;
    part.schema = &of;
    source.parts.push_back(std::move(part));
  };
  switch (schema.kind()) {
    case Schema::Kind::object:
      source.kind = Source::Kind::object;
      source.needed = true;
      kind_ = Part::Kind::object;
      source_ = nullptr;
      for (const SchemaMember& one : schema.members()) add(slots++, one.name, one.schema);
      for (Source& part : source.parts) this->add(part.name, of(part));
      return true;
    case Schema::Kind::array:
    case Schema::Kind::strict_array:
      source.kind = Source::Kind::list;
      source.slots = 1;
      kind_ = Part::Kind::list;
      add(0, "", *schema.element());
      this->add("", of(source.parts.front()));
      return true;
    default: return false;
  }
}

Draft* Draft::member(std::string_view name) {
  const auto found =
      std::ranges::find_if(parts_, [name](const Draft& part) { return part.name_ == name; });
  return found == parts_.end() ? nullptr : &*found;
}

Draft* Draft::find(Way at, std::size_t& slots) {
  Draft* draft = this;
  for (const std::string& name : at) {
    if (!draft->open(Part::Kind::object, slots)) return nullptr;
    draft = draft->member(name);
    if (draft == nullptr) return nullptr;
  }
  return draft;
}

std::optional<Draft> Draft::take(Way at, std::size_t& slots) {
  Draft* const parent = find(at.first(at.size() - 1), slots);
  if (parent == nullptr || !parent->open(Part::Kind::object, slots)) return std::nullopt;
  Draft* const found = parent->member(at.back());
  if (found == nullptr) return std::nullopt;
  Draft taken = std::move(*found);
  parent->parts_.erase(parent->parts_.begin() + (found - parent->parts_.data()));
  return taken;
}

bool Draft::put(Way at, Draft draft, std::size_t& slots) {
  Draft* parent = this;
  for (; at.size() > 1; at = at.subspan(1)) {
    if (!parent->open(Part::Kind::object, slots)) return false;
    Draft* next = parent->member(at.front());
    if (next == nullptr) {
      draft.need();
      next = &parent->add(at.front(), object());
    }
    parent = next;
  }
  if (!parent->open(Part::Kind::object, slots)) return false;
  if (Draft* const there = parent->member(at.front())) {
    draft.need();
    there->need();
    there->become(std::move(draft));
  } else {
    parent->add(at.front(), std::move(draft));
  }
  return true;
}

bool Draft::move(Way from, Way to, std::size_t& slots) {
  std::optional<Draft> taken = take(from, slots);
  return taken && put(to, *std::move(taken), slots);
}

void Draft::wrap(std::string_view name) {
  need();
  Draft inner = *this;
  become(object());
  add(name, std::move(inner));
}

bool Draft::unwrap(std::string_view name, std::size_t& slots) {
  Draft* const inner = open(Part::Kind::object, slots) ? member(name) : nullptr;
  if (inner == nullptr) return false;
  inner->need();
  become(Draft(std::move(*inner)));
  return true;
}

bool Draft::change(const Change& change, std::size_t& slots) {
  const Names& at = P::at(change);
  switch (change.kind()) {
    case Change::Kind::add:
      return !P::value(change).is_null() && put(at, of(P::value(change)), slots);
    case Change::Kind::remove: return P::pruned(change) == 0 && take(at, slots).has_value();
    case Change::Kind::rename: {
      Names to = at;
      to.back() = P::name(change);
      return move(at, to, slots);
    }
    case Change::Kind::move: return P::pruned(change) == 0 && move(at, P::to(change), slots);
    // What a condition or a function says isn't known beforehand, nor what a map has.
    case Change::Kind::when:
    case Change::Kind::convert:
    case Change::Kind::map_values: return false;
    case Change::Kind::wrap:
    case Change::Kind::unwrap:
    case Change::Kind::each: break;
  }
  Draft* const there = find(at, slots);
  if (there == nullptr) return false;
  if (change.kind() == Change::Kind::wrap) return there->wrap(P::name(change)), true;
  if (change.kind() == Change::Kind::unwrap) return there->unwrap(P::name(change), slots);
  return there->open(Part::Kind::list, slots) &&
         there->parts_.front().change(change.parts(), there->source_->slots);
}

/// The members that the schema knows in its order, the others behind them.
std::vector<Part> in_order(const Schema& schema, std::vector<Part> parts) {
  std::vector<Part> sorted;
  for (const SchemaMember& member : schema.members()) {
    const auto found = std::ranges::find_if(
        parts, [&member](const Part& part) { return part.name == member.name; });
    if (found == parts.end()) continue;
    sorted.push_back(std::move(*found));
    parts.erase(found);
  }
  std::ranges::move(parts, std::back_inserter(sorted));
  return sorted;
}

Part Draft::part(const Schema& after) && {
  const Schema& schema = bare(after);
  Part part;
  part.kind = kind_;
  part.name = name_;
  part.source = source_;
  if (kind_ == Part::Kind::constant) part.constant = constant_.detached();
  if (kind_ == Part::Kind::object) {
    const bool known = schema.kind() == Schema::Kind::object;
    for (Draft& draft : parts_) {
      const Schema* const inner = known ? schema.member(draft.name_) : nullptr;
      Part member = std::move(draft).part(inner == nullptr ? schema::any() : *inner);
      part.parts.push_back(std::move(member));
    }
    if (known) part.parts = in_order(schema, std::move(part.parts));
  }
  if (kind_ == Part::Kind::list) {
    const Schema* const element = schema.element();
    part.parts.push_back(
        std::move(parts_.front()).part(element == nullptr ? schema::any() : *element));
  }
  part.bytes = TreeBuilder::bytes_of(part.constant) + TreeBuilder::kNodeBytes +
               part.parts.size() * sizeof(Member);
  if (kind_ == Part::Kind::object) {
    for (const Part& member : part.parts) part.bytes += member.bytes;
  }
  return part;
}

/// Whether data of `from` may hold, in what is copied as a whole, a field that it doesn't know and
/// `to` does (see HiddenFields).
class Hiding {
 public:
  bool may(const Schema& from_schema, const Schema& to_schema, const Source* source) {
    const Schema& from = bare(from_schema);
    const Schema& to = bare(to_schema);
    if (!seen_.emplace(&SchemaNode::of(from), &SchemaNode::of(to), source).second) return false;
    const auto is_list = [](const Schema& schema) {
      return schema.kind() == Schema::Kind::array || schema.kind() == Schema::Kind::strict_array;
    };
    const bool lists = is_list(from) && is_list(to);
    const bool is_opened = source != nullptr && !source->parts.empty();
    if (lists || (from.kind() == Schema::Kind::map && to.kind() == Schema::Kind::map)) {
      return may(*from.element(), *to.element(), is_opened ? &source->parts.front() : nullptr);
    }
    if (from.kind() != Schema::Kind::object || to.kind() != Schema::Kind::object) return false;
    return std::ranges::any_of(to.members(), [&](const SchemaMember& member) {
      const Schema* const before = from.member(member.name);
      if (before == nullptr) return source == nullptr || source->kind != Source::Kind::object;
      const Source* inner = nullptr;
      for (std::size_t i = 0; is_opened && i < source->parts.size(); ++i) {
        if (source->parts[i].name == member.name) inner = &source->parts[i];
      }
      return may(*before, member.schema, inner);
    });
  }

 private:
  std::set<std::tuple<const SchemaNode*, const SchemaNode*, const Source*>> seen_;
};

const Schema& without_optional(const Schema& schema) {
  return schema.kind() == Schema::Kind::optional ? *schema.element() : schema;
}

bool may_be_absent(const Part& part) {
  return part.source != nullptr && !part.source->needed && accepts_nothing(*part.source->schema);
}

bool is_sure(const Part& part, const Schema& after);

/// Its members are in the schema's order.
bool is_sure_object(const Part& object, const SchemaNode& after) {
  if (after.kind != Schema::Kind::object || !after.rules.empty()) return false;
  std::size_t next = 0;
  for (const SchemaMember& wanted : after.members) {
    const bool made = next < object.parts.size() && object.parts[next].name == wanted.name;
    const Part* const part = made ? &object.parts[next++] : nullptr;
    const SchemaNode& node = SchemaNode::of(wanted.schema);
    if ((part == nullptr || may_be_absent(*part)) && (node.fallback || !accepts_nothing(node))) {
      return false;
    }
    if (part != nullptr && !is_sure(*part, wanted.schema)) return false;
  }
  const std::span<const Part> rest(object.parts.begin() + static_cast<std::ptrdiff_t>(next),
                                   object.parts.end());
  return rest.empty() ||
         (after.unknown == UnknownFields::keep && std::ranges::none_of(rest, [&](const Part& part) {
            return std::ranges::find(after.names, part.name.view()) != after.names.end();
          }));
}

/// Whether the schema lets pass as it is whatever is made of data that the older one has passed.
bool is_sure(const Part& part, const Schema& after) {
  const Schema& schema = without_optional(after);
  const SchemaNode& node = SchemaNode::of(schema);
  switch (part.kind) {
    // What is copied isn't null.
    case Part::Kind::copy: return implies(without_optional(*part.source->schema), schema);
    case Part::Kind::constant: return passes_unchanged(node, part.constant);
    case Part::Kind::object: return is_sure_object(part, node);
    case Part::Kind::list: {
      if (node.kind != Schema::Kind::array && node.kind != Schema::Kind::strict_array) return false;
      const Limits& limits = bare(*part.source->schema).limits();
      return (limits & node.limits) == limits && is_sure(part.parts.front(), *node.element);
    }
  }
  return false;
}

/// Whether all its places have slots.
bool has_slots(const Source& source, std::size_t slots) {
  return slots <= kMostRecipeSlots && std::ranges::all_of(source.parts, [&](const Source& part) {
           return has_slots(part, source.kind == Source::Kind::list ? source.slots : slots);
         });
}

}  // namespace

std::shared_ptr<const Recipe> Recipe::of(const std::vector<Change>& changes, const Schema& before,
                                         const Schema& after, const std::string& to) {
  std::shared_ptr<Recipe> recipe(new Recipe(before, after));
  Source& source = recipe->source_;
  source.schema = &recipe->before_;
  std::size_t slots = 1;
  Draft draft = Draft::of(source);
  const std::string version[] = {"version"};
  if (!draft.change(changes, slots) || !draft.put(version, Draft::of(Value(to)), slots) ||
      !has_slots(source, slots) || Hiding().may(before, after, &source)) {
    return nullptr;
  }
  recipe->part_ = std::move(draft).part(after);
  recipe->sure_ = is_sure(recipe->part_, after);
  return recipe;
}

}  // namespace keepsake
