#include "src/datum/recipe.h"

#include <array>
#include <span>

#include "src/datum/schema_node.h"
#include "src/datum/tree_builder.h"

namespace keepsake {

namespace {

using Source = RecipeSource;
using Part = RecipePart;
/// The values at the places that have slots; nullptr: absent.
using Slots = std::array<const Value*, kMostRecipeSlots>;

bool take_apart(const Source& source, const Value& value, Slots& slots) {
  slots[source.slot] = &value;
  if (source.kind != Source::Kind::object) return true;
  if (value.kind() != Value::Kind::object) return false;
  const std::span<const Member> members = value.members();
  std::size_t next = 0;  // what a schema has let pass has its order
  for (const Source& wanted : source.parts) {
    if (next < members.size() && members[next].name == wanted.name) {
      const Value& member = members[next++].value;
      if (member.is_null() || !take_apart(wanted, member, slots)) return false;
    } else if (wanted.needed) {
      return false;
    } else {
      slots[wanted.slot] = nullptr;
    }
  }
  return next == members.size();
}

/// What the elements of its lists take, those in elements excepted.
std::size_t bytes_of_elements(const Part& part, const Slots& slots) {
  std::size_t bytes = 0;
  if (part.kind == Part::Kind::object) {
    for (const Part& member : part.parts) bytes += bytes_of_elements(member, slots);
  }
  const Value* const list = part.kind == Part::Kind::list ? slots[part.source->slot] : nullptr;
  if (list != nullptr) bytes += list->size() * (part.parts.front().bytes + sizeof(Value));
  return bytes;
}

class Maker {
 public:
  explicit Maker(TreeBuilder& tree) : tree_(tree) {}

  bool make(const Part& part, const Slots& slots) {
    if (part.kind == Part::Kind::object) return make_object(part, slots);
    if (part.kind == Part::Kind::list) return make_list(part, *slots[part.source->slot]);
    tree_.put_copy(copied(part, slots));
    return true;
  }

 private:
  /// What there is to copy of a part that has no others.
  static const Value& copied(const Part& part, const Slots& slots) {
    return part.kind == Part::Kind::copy ? *slots[part.source->slot] : part.constant;
  }

  bool make_object(const Part& object, const Slots& slots) {
    const std::size_t first = tree_.size();
    for (const Part& member : object.parts) {
      if (member.source != nullptr && slots[member.source->slot] == nullptr) continue;
      tree_.put_copy(member.name);
      if (member.kind == Part::Kind::copy || member.kind == Part::Kind::constant) {
        tree_.put_copy(copied(member, slots));
      } else if (!make(member, slots)) {
        return false;
      }
    }
    tree_.close_object(first);
    return true;
  }

  bool make_list(const Part& list, const Value& value) {
    if (value.kind() != Value::Kind::array) return false;
    const Source& source = list.source->parts.front();
    const Part& part = list.parts.front();
    const std::size_t first = tree_.size();
    Slots slots;
    for (const Value& item : value.items()) {
      if (item.is_null() || !take_apart(source, item, slots) || !make(part, slots)) return false;
    }
    tree_.close_array(first);
    return true;
  }

  TreeBuilder& tree_;
};

}  // namespace

bool Recipe::is_for(const Schema& before, const Schema& after) const {
  return &SchemaNode::of(before) == &SchemaNode::of(before_) &&
         &SchemaNode::of(after) == &SchemaNode::of(after_);
}

std::optional<Value> Recipe::make(const Value& data) const {
  Slots slots;
  if (!take_apart(source_, data, slots)) return std::nullopt;
  TreeBuilder tree(TreeBuilder::Room{part_.bytes + bytes_of_elements(part_, slots)});
  if (!Maker(tree).make(part_, slots)) return std::nullopt;
  Value made = tree.take();
  if (!sure_ && !passes_unchanged(SchemaNode::of(after_), made)) return std::nullopt;
  return made;
}

}  // namespace keepsake
