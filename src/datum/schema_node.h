// What a Schema shares with its copies.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "keepsake/datum/schema.h"

namespace keepsake {

struct SchemaRule {
  std::string expected;
  std::function<bool(const Value&)> holds;  // empty: known by its words only, and always held
};

struct SchemaNode {
  Schema::Kind kind = Schema::Kind::any;
  UnknownFields unknown = UnknownFields::keep;
  bool deprecated = false;
  Limits limits;
  std::vector<SchemaMember> members;  // object: members; unions: alternatives, variants
  std::optional<Schema> element;      // array, map, optional, refine
  std::optional<Schema> key;          // map
  Value literal;                      // literal
  std::vector<std::string> names;     // enumeration: its names; object: the reserved ones
  std::string tag;                    // tagged_union
  std::vector<SchemaRule> rules;      // refine: one; object: any number
  std::optional<Pattern> pattern;     // string
  std::optional<Value> fallback;      // as a member: its default
  std::string description;
  std::string title;  // the name of a struct's type or of a definition
  /// A struct within a struct is named, not held, so that structs may hold themselves.
  std::function<const Schema&()> target;
  /// What the references below stand on: held by the whole, not by its parts.
  std::shared_ptr<const void> definitions;

  // For the check of what mostly passes, set where the node is made.
  struct QuickMember {
    Name name;
    const SchemaNode* node;  // or a reference to it
  };
  std::vector<QuickMember> quick_members;  // of an object
  bool unlimited = false;                  // no limits, no pattern

  [[nodiscard]] static const SchemaNode& of(const Schema& schema) {
    return resolved(schema.node_.get());
  }
  [[nodiscard]] static const SchemaNode& resolved(const SchemaNode* node) {
    while (node->target) node = node->target().node_.get();
    return *node;
  }
  [[nodiscard]] static bool is_reference(const Schema& schema) {
    return schema.node_->target != nullptr;
  }
};

/// Schemas of nodes, for the files that build them.
struct SchemaBuilder {
  /// What a node needs for a quick check is set here.
  [[nodiscard]] static Schema make(SchemaNode node);
  [[nodiscard]] static Schema reference(std::function<const Schema&()> target) {
    SchemaNode node;
    node.target = std::move(target);
    return make(std::move(node));
  }
};

/// Schemas that refer to each other. The table lives as long as the schema that whole() gives.
class SchemaTable {
 public:
  /// Until an entry is set, it may be asked what it is, and is an object, where that `may_be_open`.
  explicit SchemaTable(bool may_be_open = false);
  /// Room for one more; it must be set before anything is validated.
  std::size_t add();
  void set(std::size_t index, Schema schema);
  /// A schema that stands for that entry.
  [[nodiscard]] Schema reference(std::size_t index) const;
  /// The entry's schema, or one made of references, with the table kept alive by it.
  [[nodiscard]] Schema whole(const Schema& schema) const;

 private:
  struct Entries {
    std::vector<std::optional<Schema>> schemas;
    std::optional<Schema> open;
  };
  std::shared_ptr<Entries> entries_ = std::make_shared<Entries>();
};

/// True: the value has no fault, and nothing of it would be normalised. False says nothing.
[[nodiscard]] bool passes_unchanged(const SchemaNode& node, const Value& value);

/// False: passes_unchanged would be false, too, since an object lacks a member or has it at another
/// place, which costs little to see. True says nothing.
[[nodiscard]] bool has_order(const SchemaNode& node, const Value& value);

/// True: what `from` has let pass, `to` lets pass as it is. False says nothing.
[[nodiscard]] bool implies(const Schema& from, const Schema& to);

/// Whether a member of this schema may be absent.
[[nodiscard]] bool accepts_nothing(const Schema& schema);
[[nodiscard]] bool accepts_nothing(const SchemaNode& node);

/// How many schemas decide about one and the same value at most, one within the other (an optional,
/// a refinement, a union, and what they hold), anywhere in the schema. Endless where one comes back
/// to itself: it could never be decided.
[[nodiscard]] std::size_t longest_chain(const Schema& schema);
/// The same for the value of this schema alone.
[[nodiscard]] std::size_t chain_from(const Schema& schema);
inline constexpr std::size_t kEndlessChain = static_cast<std::size_t>(-1);

/// Calls f with each schema directly within `schema`: members, element, key.
template <class F>
void for_each_part(const SchemaNode& node, F&& f) {
  for (const SchemaMember& member : node.members) f(member.schema);
  if (node.element) f(*node.element);
  if (node.key) f(*node.key);
}

}  // namespace keepsake
