#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "keepsake/datum/json_schema.h"
#include "src/datum/json_schema_node.h"
#include "src/datum/schema_node.h"

namespace keepsake {

namespace {

class SchemaWriter {
 public:
  Value document(const Schema& schema) {
    count(schema);
    Value whole = write(schema);
    Value document = Value::object({{"$schema", "https://json-schema.org/draft/2020-12/schema"}});
    for (const Member& member : whole.members()) document.set(member.name, member.value);
    if (definitions_.empty()) return document;
    Value definitions = Value::object();
    for (std::size_t i = 0; i < definitions_.size(); ++i) {  // more may come meanwhile
      definitions.set(names_[definitions_[i]], write_node(*definitions_[i]));
    }
    document.set("$defs", std::move(definitions));
    return document;
  }

 private:
  /// What is referred to twice, or holds itself, becomes a definition.
  void count(const Schema& schema) {
    const SchemaNode& node = SchemaNode::of(schema);
    const bool again = !seen_.insert(&node).second;
    const bool named = SchemaNode::is_reference(schema) || !node.title.empty();
    if (named && names_.find(&node) == names_.end() && (again || holds_itself(node))) {
      define(node);
    }
    if (!again) for_each_part(node, [this](const Schema& part) { count(part); });
  }

  static bool holds_itself(const SchemaNode& whole) {
    std::unordered_set<const SchemaNode*> seen;
    std::vector<const SchemaNode*> later{&whole};
    while (!later.empty()) {
      const SchemaNode* node = later.back();
      later.pop_back();
      bool found = false;
      for_each_part(*node, [&](const Schema& part) {
        const SchemaNode* inner = &SchemaNode::of(part);
        found = found || inner == &whole;
        if (seen.insert(inner).second) later.push_back(inner);
      });
      if (found) return true;
    }
    return false;
  }

  void define(const SchemaNode& node) {
    std::string base;
    for (const char c : node.title) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
      base += plain ? c : '_';
    }
    if (base.empty()) base = "schema";
    std::string name = base;
    for (int i = 2; taken(name); ++i) name = base + std::to_string(i);
    names_[&node] = name;
    definitions_.push_back(&node);
  }
  [[nodiscard]] bool taken(const std::string& name) const {
    return std::any_of(names_.begin(), names_.end(),
                       [&name](const auto& entry) { return entry.second == name; });
  }

  Value write(const Schema& schema) {
    const SchemaNode& node = SchemaNode::of(schema);
    const auto name = names_.find(&node);
    if (name == names_.end()) return write_node(node);
    return Value::object({{"$ref", "#/$defs/" + name->second}});
  }

  Value write_node(const SchemaNode& node) {
    return json_schema_node(node, NodeNotes::written,
                            [this](const Schema& part) { return write(part); });
  }

  std::unordered_set<const SchemaNode*> seen_;
  std::unordered_map<const SchemaNode*, std::string> names_;
  std::vector<const SchemaNode*> definitions_;
};

}  // namespace

Value to_json_schema(const Schema& schema) { return SchemaWriter().document(schema); }

}  // namespace keepsake
