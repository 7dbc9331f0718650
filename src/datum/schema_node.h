// What a Schema shares with its copies.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "keepsake/datum/schema.h"

namespace keepsake {

struct SchemaNode {
  Schema::Kind kind = Schema::Kind::any;
  UnknownFields unknown = UnknownFields::keep;
  Limits limits;
  std::vector<SchemaMember> members;        // object: members; unions: alternatives, variants
  std::optional<Schema> element;            // array, map, optional, refine
  std::optional<Schema> key;                // map
  Value literal;                            // literal
  std::vector<std::string> names;           // enumeration
  std::string word;                         // tagged_union: the tag; refine: what is expected
  std::function<bool(const Value&)> holds;  // refine
  std::string description;
  /// A struct within a struct is named, not held, so that structs may hold themselves.
  std::function<const Schema&()> target;

  [[nodiscard]] static const SchemaNode& of(const Schema& schema) {
    const SchemaNode* node = schema.node_.get();
    while (node->target) node = node->target().node_.get();
    return *node;
  }
};

/// Schemas of nodes, for the files that build them.
struct SchemaBuilder {
  [[nodiscard]] static Schema make(SchemaNode node) {
    return Schema(std::make_shared<const SchemaNode>(std::move(node)));
  }
  [[nodiscard]] static Schema reference(std::function<const Schema&()> target) {
    SchemaNode node;
    node.target = std::move(target);
    return make(std::move(node));
  }
};

/// Whether a member of this schema may be absent.
[[nodiscard]] bool accepts_nothing(const Schema& schema);

}  // namespace keepsake
