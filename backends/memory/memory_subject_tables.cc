// History, and what erasures and exports ask of the memory backend's tables.
#include <algorithm>
#include <utility>

#include "backends/memory/memory_tables.h"
#include "src/backend/messages.h"
#include "src/backend/rules.h"

namespace keepsake {

Result<std::vector<Snapshot>> MemoryTables::history(const ProfileKey& key) {
  std::vector<Snapshot> kept;
  const auto found = history_.find(key);
  if (found == history_.end()) return kept;
  for (auto one = found->second.rbegin(); one != found->second.rend(); ++one) {
    kept.push_back(one->second);
    kept.back().payload.clear();
  }
  return kept;
}
Result<void> MemoryTables::add_snapshot(const ProfileKey& key, const Snapshot& snapshot) {
  history_[key].insert_or_assign(snapshot.revision, snapshot);
  return {};
}
Result<void> MemoryTables::erase_snapshot(const ProfileKey& key, std::uint64_t revision) {
  history_[key].erase(revision);
  return {};
}
Result<void> MemoryTables::erase_history(const ProfileKey& key) {
  history_.erase(key);
  return {};
}

Result<void> MemoryTables::erase_quarantine(const ProfileKey& key) {
  std::erase_if(quarantine_, [&](const QuarantineEntry& entry) { return entry.key == key; });
  const std::string name = key.store + "/" + key.key;
  for (QuarantineEntry& entry : quarantine_) entry.message = without_name(entry.message, name);
  return {};
}
Result<void> MemoryTables::erase_beside(const ProfileKey& key) {
  const auto of_key = [&](const auto& entry) { return entry.first.first == key; };
  std::erase_if(receipts_, of_key);
  std::erase_if(handled_, of_key);
  inboxes_.erase(key);
  removals_.erase(key);
  const std::string name = sender_text(key);
  for (auto& [to, inbox] : inboxes_) {
    for (Message& message : inbox) {
      if (message.sender == name) message.sender.clear();
    }
  }
  return {};
}
Result<void> MemoryTables::forget_subjects(const ProfileKey& key, std::optional<UserId> user) {
  std::erase_if(past_users_, [&](const auto& entry) {
    return entry.second == key && (!user || entry.first == *user);
  });
  return {};
}

void MemoryTables::begin_anew(Generation generation, const MemoryTables& replaced) {
  generation_ = generation;
  leases_.clear();
  last_incarnation_ = std::max(last_incarnation_, replaced.last_incarnation_);
  epoch_floor_ = std::max(epoch_floor_, replaced.epoch_floor_);
  owned_.clear();
  asked_.clear();
  for (auto& [key, record] : profiles_) {
    free_row(record.envelope);
    record.envelope.ask.reset();
  }
}

Result<void> MemoryTables::each_key(FunctionRef<void(const ProfileKey&)> f) {
  for (const auto& [key, record] : profiles_) f(key);
  for (const auto& [key, inbox] : inboxes_) f(key);
  for (const auto& [key, kept] : history_) f(key);
  for (const auto& [key, removal] : removals_) f(key);
  for (const auto& [key, receipt] : receipts_) f(key.first);
  for (const auto& [key, at] : handled_) f(key.first);
  for (const QuarantineEntry& entry : quarantine_) f(entry.key);
  for (const auto& [user, key] : past_users_) f(key);
  return {};
}
Result<void> MemoryTables::each_subject(FunctionRef<void(const ProfileKey&, UserId)> f) {
  for (const auto* index : {&users_, &past_users_}) {
    for (const auto& [user, key] : *index) f(key, user);
  }
  return {};
}

Result<std::string> MemoryTables::tombstone_secret() { return secret_; }
Result<std::optional<Tombstone>> MemoryTables::tombstone(TombstoneKind kind,
                                                         std::string_view hash) {
  const auto found = tombstones_.find({kind, std::string(hash)});
  if (found == tombstones_.end()) return std::optional<Tombstone>();
  return std::optional<Tombstone>(found->second);
}
Result<void> MemoryTables::put_tombstone(const Tombstone& tombstone) {
  tombstones_.insert_or_assign({tombstone.kind, tombstone.hash}, tombstone);
  return {};
}
Result<std::uint64_t> MemoryTables::erasures() { return erasures_; }
Result<void> MemoryTables::count_erasure() {
  ++erasures_;
  return {};
}
Result<void> MemoryTables::add_audit(const AuditEntry& entry) {
  audit_.push_back(entry);
  return {};
}

std::optional<Snapshot> MemoryTables::snapshot(const ProfileKey& key,
                                               std::uint64_t revision) const {
  const auto found = history_.find(key);
  if (found == history_.end()) return std::nullopt;
  const auto one = found->second.find(revision);
  if (one == found->second.end()) return std::nullopt;
  return one->second;
}

std::vector<ProfileKey> MemoryTables::subject(UserId user) const {
  std::set<ProfileKey> keys;
  for (const auto* index : {&users_, &past_users_}) {
    for (auto at = index->lower_bound({user, ProfileKey()});
         at != index->end() && at->first == user; ++at) {
      keys.insert(at->second);
    }
  }
  return {keys.begin(), keys.end()};
}

Belongings MemoryTables::belongings(const ProfileKey& key) const {
  Belongings all;
  all.record = record(key);
  if (const auto inbox = inboxes_.find(key); inbox != inboxes_.end()) all.inbox = inbox->second;
  for (auto at = receipts_.lower_bound({key, ""}); at != receipts_.end() && at->first.first == key;
       ++at) {
    all.receipts.push_back(at->second);
  }
  for (auto at = handled_.lower_bound({key, ""}); at != handled_.end() && at->first.first == key;
       ++at) {
    all.handled.push_back({.id = at->first.second, .at_ms = at->second});
  }
  if (const auto found = history_.find(key); found != history_.end()) {
    for (auto one = found->second.rbegin(); one != found->second.rend(); ++one) {
      all.history.push_back(one->second);
    }
  }
  for (auto entry = quarantine_.rbegin(); entry != quarantine_.rend(); ++entry) {
    if (entry->key == key) all.quarantine.push_back(*entry);
  }
  std::stable_sort(all.quarantine.begin(), all.quarantine.end(),
                   [](const auto& a, const auto& b) { return a.at_ms > b.at_ms; });
  return all;
}

std::vector<AuditEntry> MemoryTables::audit(std::size_t limit) const {
  std::vector<AuditEntry> newest(audit_.rbegin(), audit_.rend());
  if (newest.size() > limit) newest.resize(limit);
  return newest;
}

}  // namespace keepsake
