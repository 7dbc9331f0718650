#include "src/store/beside.h"

#include "src/plant/plant.h"

namespace keepsake::detail {

BesideViews::BesideViews(const Beside& beside) {
  for (const auto& [edit, receipt] : beside.receipts) {
    if (planted<Plant::receipt_not_in_journal>()) continue;
    receipts_.push_back({.id = receipt.id, .at_ms = receipt.at_ms, .edit = edit});
  }
  for (const auto& [edit, id] : beside.handled) {
    if (planted<Plant::handled_not_in_journal>()) continue;
    handled_.push_back({.id = id, .edit = edit});
  }
  for (const auto& [edit, sent] : beside.sent) {
    if (planted<Plant::message_not_in_journal>()) continue;
    sent_.push_back({.to = &sent.first, .message = &sent.second, .edit = edit});
  }
}

void BesideViews::add_to(MemberView& view) const {
  view.receipts = receipts_;
  view.handled = handled_;
  view.sent = sent_;
}

bool is_empty(const Beside& beside) {
  return beside.receipts.empty() && beside.handled.empty() && beside.sent.empty();
}

void add(Beside& to, const Beside& more, std::uint64_t edit) {
  for (const auto& [none, receipt] : more.receipts) to.receipts.emplace_back(edit, receipt);
  for (const auto& [none, id] : more.handled) to.handled.emplace_back(edit, id);
  for (const auto& [none, sent] : more.sent) to.sent.emplace_back(edit, sent);
}

void drop_until(Beside& beside, std::uint64_t edit) {
  const auto durable = [&](const auto& one) { return one.first <= edit; };
  std::erase_if(beside.receipts, durable);
  std::erase_if(beside.handled, durable);
  std::erase_if(beside.sent, durable);
}

void add_to(MemberCommit& member, const Beside& beside) {
  for (const auto& [edit, receipt] : beside.receipts) member.receipts.push_back(receipt);
  for (const auto& [edit, id] : beside.handled) member.acknowledged.push_back(id);
  for (const auto& [edit, sent] : beside.sent) member.sent.push_back(sent);
}

}  // namespace keepsake::detail
