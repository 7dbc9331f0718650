#include "src/session/journal_replay.h"

#include <map>
#include <memory>
#include <numeric>
#include <tuple>
#include <utility>

#include "src/plant/plant.h"
#include "src/session/journal_chain.h"

namespace keepsake {

namespace {

class Planner {
 public:
  Planner(std::span<const JournalRecord> records, const Generation& generation, RowLookup row_of,
          PayloadOpener open_payload)
      : open_payload_(open_payload) {
    for (const JournalRecord& record : records) {
      for (const JournalMember& member : record.members) {
        if (member.generation == generation) {
          gather(record, member, row_of);
        } else {
          ++plan_.other_databases;
        }
      }
    }
  }

  RecoveryPlan plan() {
    for (const auto& chain : chains_) {
      chain->settle();
      chain->replay(open_payload_);
    }
    let_ties_fall();
    gather_groups();
    for (const auto& chain : chains_) {
      plan_.edits += chain->edits_applied();
      if (chain->standing() == JournalChain::Standing::scrubbed) {
        plan_.scrubbed += chain->entries().size();
      }
      if (auto loss = chain->loss(open_payload_)) plan_.unrecovered.push_back(std::move(*loss));
      if (auto error = chain->went_back()) plan_.went_back.push_back(std::move(*error));
    }
    return std::move(plan_);
  }

 private:
  // A member's place: which chain, which of its entries.
  struct Part {
    std::size_t chain = 0;
    std::size_t entry = 0;
  };
  using ChainId = std::tuple<ProfileKey, SessionId, std::uint64_t>;

  void gather(const JournalRecord& record, const JournalMember& member, RowLookup row_of) {
    const auto [it, is_new] =
        ids_.try_emplace(ChainId{member.key, member.session, member.epoch}, chains_.size());
    if (is_new) chains_.push_back(std::make_unique<JournalChain>(member, row_of(member.key)));
    JournalChain& chain = *chains_[it->second];
    const std::size_t before = chain.entries().size();
    chain.add(record, member);
    const bool is_entry = chain.entries().size() > before;
    if (is_entry && record.members.size() > 1 && record.kind != RecordKind::fall) {
      ties_[&record].push_back({.chain = it->second, .entry = before});
    }
  }

  [[nodiscard]] bool is_settled(const Part& part) const {
    return chains_[part.chain]->entries()[part.entry].settled;
  }
  [[nodiscard]] bool is_included(const Part& part) const {
    return chains_[part.chain]->includes(part.entry);
  }

  // Each pass cuts every chain before a transaction that another side can't have; a cut may take
  // other transactions with it, so until nothing changes.
  void let_ties_fall() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& [record, parts] : ties_) {
        bool whole = parts.size() == record->members.size();
        for (const Part& part : parts) whole = whole && (is_settled(part) || is_included(part));
        if (planted<Plant::replay_without_tie>()) whole = true;
        if (whole) continue;
        for (const Part& part : parts) {
          if (!is_included(part) || !chains_[part.chain]->cut(part.entry)) continue;
          chains_[part.chain]->replay(open_payload_);
          changed = true;
        }
      }
    }
  }

  std::size_t root_of(std::size_t chain) {
    while (parents_[chain] != chain) chain = parents_[chain] = parents_[parents_[chain]];
    return chain;
  }

  void gather_groups() {
    parents_.resize(chains_.size());
    std::iota(parents_.begin(), parents_.end(), std::size_t{0});
    for (const auto& [record, parts] : ties_) {
      const Part* first = nullptr;
      for (const Part& part : parts) {
        if (!is_included(part)) continue;
        if (first == nullptr) first = &part;
        parents_[root_of(part.chain)] = root_of(first->chain);
      }
    }
    std::map<std::size_t, std::size_t> group_of_root;
    for (std::size_t i = 0; i < chains_.size(); ++i) {
      if (!chains_[i]->has_work()) continue;
      const auto [it, is_new] = group_of_root.try_emplace(root_of(i), plan_.groups.size());
      if (is_new) plan_.groups.emplace_back();
      plan_.groups[it->second].push_back(chains_[i]->commit());
    }
  }

  // Ordered by place in the journal, so that a plan depends on nothing but its input.
  PayloadOpener open_payload_;
  std::vector<std::unique_ptr<JournalChain>> chains_;
  std::map<ChainId, std::size_t> ids_;
  std::map<const JournalRecord*, std::vector<Part>> ties_;
  std::vector<std::size_t> parents_;
  RecoveryPlan plan_;
};

}  // namespace

RecoveryPlan plan_recovery(std::span<const JournalRecord> records, const Generation& generation,
                           RowLookup row_of, PayloadOpener open_payload) {
  return Planner(records, generation, row_of, open_payload).plan();
}

}  // namespace keepsake
