#include "keepsake/datum/fingerprint.h"

#include <unordered_map>
#include <unordered_set>

#include "keepsake/datum/change_form.h"
#include "keepsake/datum/json.h"
#include "src/base/sha256.h"
#include "src/datum/json_schema_node.h"
#include "src/datum/schema_node.h"

namespace keepsake {

namespace {

using Prints = std::unordered_map<const SchemaNode*, std::string>;

/// What a refinement refines.
const SchemaNode& within_refinements(const Schema& schema) {
  const SchemaNode* node = &SchemaNode::of(schema);
  while (node->kind == Schema::Kind::refine) node = &SchemaNode::of(*node->element);
  return *node;
}

/// Every part of the schema, itself first, without a fingerprint yet.
Prints parts_of(const Schema& schema) {
  Prints prints;
  std::vector<Schema> later{schema};
  while (!later.empty()) {
    const Schema part = later.back();
    later.pop_back();
    if (!prints.emplace(&SchemaNode::of(part), "").second) continue;
    for_each_part(within_refinements(part),
                  [&later](const Schema& inner) { later.push_back(inner); });
  }
  return prints;
}

std::size_t distinct(const Prints& prints) {
  std::unordered_set<std::string_view> seen;
  for (const auto& [node, print] : prints) seen.insert(print);
  return seen.size();
}

/// Each part's fingerprint by those that the parts within it have so far.
Prints refined(const Prints& prints) {
  Prints next;
  for (const auto& [node, print] : prints) {
    const Value form = json_schema_node(*node, NodeNotes::left_out, [&](const Schema& part) {
      return Value::object({{"$ref", prints.at(&SchemaNode::of(part))}});
    });
    next.emplace(node, hex(sha256(write_json(form))));
  }
  return next;
}

}  // namespace

std::string fingerprint(const Schema& schema) {
  Prints prints = parts_of(schema);
  // As many rounds as refining the parts of two schemas of this size may take to tell them apart.
  for (std::size_t rounds = 0; rounds < 2 * distinct(prints); ++rounds) {
    Prints next = refined(prints);
    if (next == prints) break;
    prints = std::move(next);
  }
  return prints.at(&SchemaNode::of(schema));
}

std::string fingerprint(const std::vector<Change>& changes) {
  return hex(sha256(write_json(form_of(changes))));
}

}  // namespace keepsake
