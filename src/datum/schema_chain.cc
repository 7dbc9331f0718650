#include <algorithm>
#include <unordered_map>

#include "src/datum/schema_node.h"

namespace keepsake {

namespace {

using Kind = Schema::Kind;

/// Whether the parts of this kind are about the value that the whole is about.
bool about_same_value(Kind kind) {
  return kind == Kind::union_of || kind == Kind::tagged_union || kind == Kind::optional ||
         kind == Kind::refine;
}

class ChainFinder {
 public:
  std::size_t longest(const Schema& whole) {
    std::vector<const SchemaNode*> later{&SchemaNode::of(whole)};
    std::size_t most = 0;
    while (!later.empty()) {
      const SchemaNode* node = later.back();
      later.pop_back();
      if (!seen_.emplace(node, true).second) continue;
      const std::size_t chain = below(*node);
      if (chain == kEndlessChain) return chain;
      most = std::max(most, chain);
      for_each_part(*node, [&](const Schema& part) { later.push_back(&SchemaNode::of(part)); });
    }
    return most;
  }

  std::size_t below(const SchemaNode& node) {
    if (!about_same_value(node.kind)) return 1;
    const auto [entry, fresh] = known_.emplace(&node, kEndlessChain);  // so, if it comes back here
    if (!fresh) return entry->second;
    std::size_t most = 0;
    for_each_part(node, [&](const Schema& part) {
      const std::size_t chain = most == kEndlessChain ? most : below(SchemaNode::of(part));
      most = std::max(most, chain);
    });
    if (most != kEndlessChain) ++most;
    return known_[&node] = most;
  }

 private:
  std::unordered_map<const SchemaNode*, std::size_t> known_;
  std::unordered_map<const SchemaNode*, bool> seen_;
};

}  // namespace

std::size_t chain_from(const Schema& schema) { return ChainFinder().below(SchemaNode::of(schema)); }

std::size_t longest_chain(const Schema& schema) { return ChainFinder().longest(schema); }

}  // namespace keepsake
