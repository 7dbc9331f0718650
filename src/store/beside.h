// What edits bring beside data (slot.h, Beside), as the journal and commits take it.
#pragma once

#include <cstdint>
#include <vector>

#include "src/session/journal_record.h"
#include "src/store/slot.h"

namespace keepsake::detail {

/// Views for one record's member; good while what they were made of is.
class BesideViews {
 public:
  BesideViews() = default;
  explicit BesideViews(const Beside& beside);
  void add_to(MemberView& view) const;

 private:
  std::vector<ReceiptView> receipts_;
  std::vector<HandledView> handled_;
  std::vector<SentView> sent_;
};

[[nodiscard]] bool is_empty(const Beside& beside);
/// `edit` becomes the number of all that is added.
void add(Beside& to, const Beside& more, std::uint64_t edit);
/// What edits up to that number brought is durable.
void drop_until(Beside& beside, std::uint64_t edit);
void add_to(MemberCommit& member, const Beside& beside);

}  // namespace keepsake::detail
