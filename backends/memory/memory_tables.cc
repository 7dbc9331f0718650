#include "backends/memory/memory_tables.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "src/backend/messages.h"

namespace keepsake {

MemoryTables::MemoryTables(const Clock& clock, Generation generation)
    : clock_(clock), generation_(generation), secret_("of " + generation.text()) {}

std::int64_t MemoryTables::now_ms() { return unix_ms(clock_.wall()); }
Result<Generation> MemoryTables::generation() { return generation_; }
Result<std::uint64_t> MemoryTables::epoch_floor() { return epoch_floor_; }
Result<void> MemoryTables::set_epoch_floor(std::uint64_t floor) {
  epoch_floor_ = floor;
  return {};
}
Result<Incarnation> MemoryTables::new_incarnation() { return ++last_incarnation_; }

Result<std::optional<StoredLease>> MemoryTables::lease(Incarnation incarnation) {
  const auto found = leases_.find(incarnation);
  if (found == leases_.end()) return std::optional<StoredLease>();
  return std::optional<StoredLease>(found->second);
}
Result<std::vector<StoredLease>> MemoryTables::leases() {
  std::vector<StoredLease> all;
  for (const auto& [incarnation, lease] : leases_) all.push_back(lease);
  return all;
}
Result<void> MemoryTables::put_lease(const StoredLease& lease) {
  leases_[lease.lease.owner.incarnation] = lease;
  return {};
}
Result<void> MemoryTables::erase_lease(Incarnation incarnation) {
  leases_.erase(incarnation);
  return {};
}
Result<void> MemoryTables::stamp_lease(Incarnation) { return {}; }
Result<bool> MemoryTables::owns_any(Incarnation incarnation) {
  const auto first = owned_.lower_bound({incarnation, ProfileKey()});
  return first != owned_.end() && first->first == incarnation;
}

Result<std::optional<Envelope>> MemoryTables::envelope(const ProfileKey& key) {
  const auto found = profiles_.find(key);
  if (found == profiles_.end()) return std::optional<Envelope>();
  return std::optional<Envelope>(found->second.envelope);
}
Result<std::string> MemoryTables::payload(const ProfileKey& key) {
  return profiles_.at(key).payload;
}
Result<void> MemoryTables::insert_profile(const Record& record) {
  index(record);
  profiles_.emplace(record.key, record);
  return {};
}
Result<void> MemoryTables::update_profile(const ProfileKey& key, const Envelope&,
                                          const Envelope& after, const std::string* payload) {
  Record& record = profiles_.at(key);
  unindex(record);
  record.envelope = after;
  if (payload != nullptr) record.payload = *payload;
  index(record);
  return {};
}
Result<void> MemoryTables::erase_profile(const ProfileKey& key) {
  const auto found = profiles_.find(key);
  unindex(found->second);
  profiles_.erase(found);
  return {};
}

void MemoryTables::index(const Record& record) {
  for (const UserId& user : record.envelope.user_ids) users_.emplace(user, record.key);
  if (!record.envelope.owner) return;
  owned_.emplace(record.envelope.owner->incarnation, record.key);
  if (record.envelope.ask) asked_.emplace(record.envelope.owner->incarnation, record.key);
}
void MemoryTables::unindex(const Record& record) {
  for (const UserId& user : record.envelope.user_ids) {
    users_.erase({user, record.key});
    past_users_.emplace(user, record.key);
  }
  if (!record.envelope.owner) return;
  owned_.erase({record.envelope.owner->incarnation, record.key});
  asked_.erase({record.envelope.owner->incarnation, record.key});
}

Result<std::vector<OwnedRow>> MemoryTables::owned_since(Incarnation incarnation,
                                                        std::int64_t renewal) {
  std::vector<OwnedRow> rows;
  for (auto at = owned_.lower_bound({incarnation, ProfileKey()});
       at != owned_.end() && at->first == incarnation; ++at) {
    const Envelope& row = profiles_.at(at->second).envelope;
    if (row.owned_since < renewal) continue;
    rows.push_back({.key = at->second, .session = row.session, .epoch = row.epoch});
  }
  return rows;
}
Result<std::vector<AskOnOurs>> MemoryTables::asks_on(Incarnation incarnation) {
  std::vector<AskOnOurs> asks;
  for (auto at = asked_.lower_bound({incarnation, ProfileKey()});
       at != asked_.end() && at->first == incarnation; ++at) {
    const Envelope& row = profiles_.at(at->second).envelope;
    asks.push_back({.key = at->second, .session = row.session, .ask = *row.ask});
  }
  return asks;
}

Result<std::optional<EpochMark>> MemoryTables::removal(const ProfileKey& key) {
  const auto found = removals_.find(key);
  if (found == removals_.end()) return std::optional<EpochMark>();
  return std::optional<EpochMark>(found->second.mark);
}
Result<void> MemoryTables::put_removal(const ProfileKey& key, const EpochMark& mark,
                                       std::int64_t at_ms) {
  removals_[key] = {.mark = mark, .at_ms = at_ms};
  return {};
}
Result<void> MemoryTables::erase_removal(const ProfileKey& key) {
  removals_.erase(key);
  return {};
}
Result<void> MemoryTables::erase_removals_before(std::int64_t at_ms) {
  std::erase_if(removals_, [&](const auto& entry) { return entry.second.at_ms < at_ms; });
  return {};
}

Result<std::optional<Receipt>> MemoryTables::receipt(const ProfileKey& key, std::string_view id) {
  const auto found = receipts_.find({key, std::string(id)});
  if (found == receipts_.end()) return std::optional<Receipt>();
  return std::optional<Receipt>(found->second);
}
Result<void> MemoryTables::add_receipt(const ProfileKey& key, const Receipt& receipt) {
  receipts_.insert_or_assign({key, receipt.id}, receipt);
  return {};
}

Result<std::size_t> MemoryTables::erase_before(std::int64_t at_ms, std::size_t limit) {
  const auto erase_from = [&](auto& ids, auto time_of, std::size_t at_most) {
    std::vector<std::pair<std::int64_t, IdOfKey>> old;
    for (const auto& [id, entry] : ids) {
      if (time_of(entry) < at_ms) old.emplace_back(time_of(entry), id);
    }
    std::sort(old.begin(), old.end());
    if (old.size() > at_most) old.resize(at_most);
    for (const auto& [time, id] : old) ids.erase(id);
    return old.size();
  };
  const std::size_t gone =
      erase_from(receipts_, [](const Receipt& receipt) { return receipt.at_ms; }, limit);
  return gone + erase_from(handled_, [](std::int64_t at) { return at; }, limit - gone);
}

Result<bool> MemoryTables::message_known(const ProfileKey& key, std::string_view id) {
  if (handled_.contains({key, std::string(id)})) return true;
  const auto inbox = inboxes_.find(key);
  if (inbox == inboxes_.end()) return false;
  return std::any_of(inbox->second.begin(), inbox->second.end(),
                     [&](const Message& message) { return message.id == id; });
}
Result<std::size_t> MemoryTables::inbox_count(const ProfileKey& key) {
  const auto inbox = inboxes_.find(key);
  return inbox == inboxes_.end() ? 0 : inbox->second.size();
}
Result<std::vector<Message>> MemoryTables::inbox(const ProfileKey& key) {
  const auto found = inboxes_.find(key);
  return found == inboxes_.end() ? std::vector<Message>() : found->second;
}

bool MemoryTables::is_free(const ProfileKey& key) const {
  const auto row = profiles_.find(key);
  if (row == profiles_.end() || !row->second.envelope.owner) return true;
  const auto lease = leases_.find(row->second.envelope.owner->incarnation);
  return lease == leases_.end() || lease->second.lease.state == LeaseState::recovered;
}
Result<std::vector<std::pair<ProfileKey, Message>>> MemoryTables::expired_messages(
    std::int64_t now_ms, std::size_t limit) {
  std::vector<std::pair<ProfileKey, Message>> expired;
  for (const auto& [key, inbox] : inboxes_) {
    if (!is_free(key)) continue;
    for (const Message& message : inbox) {
      if (is_expired(message, now_ms)) expired.emplace_back(key, message);
    }
  }
  std::stable_sort(expired.begin(), expired.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second.expires_ms, a.first) < std::tie(b.second.expires_ms, b.first);
  });
  if (expired.size() > limit) expired.resize(limit);
  return expired;
}
Result<std::vector<MailOnOurs>> MemoryTables::mail_on(Incarnation incarnation) {
  std::vector<MailOnOurs> mail;
  for (auto at = owned_.lower_bound({incarnation, ProfileKey()});
       at != owned_.end() && at->first == incarnation; ++at) {
    const auto inbox = inboxes_.find(at->second);
    if (inbox == inboxes_.end() || inbox->second.empty()) continue;
    mail.push_back({.key = at->second, .newest = inbox->second.back().id});
  }
  return mail;
}

Result<void> MemoryTables::add_message(const ProfileKey& key, const Message& message) {
  inboxes_[key].push_back(message);
  return {};
}
Result<void> MemoryTables::acknowledge(const ProfileKey& key, std::string_view id,
                                       std::int64_t at_ms) {
  handled_.emplace(IdOfKey(key, id), at_ms);
  const auto inbox = inboxes_.find(key);
  if (inbox == inboxes_.end()) return {};
  std::erase_if(inbox->second, [&](const Message& message) { return message.id == id; });
  if (inbox->second.empty()) inboxes_.erase(inbox);
  return {};
}

Result<void> MemoryTables::add_quarantine(const QuarantineEntry& entry) {
  if (!incident(entry.incident)) quarantine_.push_back(entry);
  return {};
}

std::optional<Record> MemoryTables::record(const ProfileKey& key) const {
  const auto found = profiles_.find(key);
  if (found == profiles_.end()) return std::nullopt;
  return found->second;
}

ListPage MemoryTables::list(std::string_view store, std::string_view after,
                            std::size_t limit) const {
  ListPage page;
  auto at = profiles_.upper_bound({.store = std::string(store), .key = std::string(after)});
  for (; at != profiles_.end() && at->first.store == store; ++at) {
    if (page.records.size() == limit) {
      page.next_after = page.records.back().key.key;
      break;
    }
    page.records.push_back({.key = at->first, .envelope = at->second.envelope, .payload = {}});
  }
  return page;
}

std::vector<OwnedRow> MemoryTables::owned(Incarnation incarnation, const ProfileKey& after,
                                          std::size_t limit) const {
  std::vector<OwnedRow> rows;
  for (auto at = owned_.upper_bound({incarnation, after});
       at != owned_.end() && at->first == incarnation && rows.size() < limit; ++at) {
    const Envelope& row = profiles_.at(at->second).envelope;
    rows.push_back({.key = at->second, .session = row.session, .epoch = row.epoch});
  }
  return rows;
}

std::vector<ProfileKey> MemoryTables::keys_of(UserId user) const {
  std::vector<ProfileKey> keys;
  for (auto at = users_.lower_bound({user, ProfileKey()}); at != users_.end() && at->first == user;
       ++at) {
    keys.push_back(at->second);
  }
  return keys;
}

std::vector<QuarantineEntry> MemoryTables::quarantine(std::string_view store,
                                                      std::size_t limit) const {
  std::vector<QuarantineEntry> newest;
  for (auto entry = quarantine_.rbegin(); entry != quarantine_.rend(); ++entry) {
    if (store.empty() || entry->key.store == store) newest.push_back(*entry);
  }
  std::stable_sort(newest.begin(), newest.end(),
                   [](const auto& a, const auto& b) { return a.at_ms > b.at_ms; });
  if (newest.size() > limit) newest.resize(limit);
  for (QuarantineEntry& entry : newest) entry.payload.clear();
  return newest;
}

std::optional<QuarantineEntry> MemoryTables::incident(const IncidentId& incident) const {
  for (const QuarantineEntry& entry : quarantine_) {
    if (entry.incident == incident) return entry;
  }
  return std::nullopt;
}

}  // namespace keepsake
