// What a request does to one row: pure functions of the envelope and the request. The numbers are
// those of docs/protocol.md.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "keepsake/backend/operations.h"

namespace keepsake {

/// How an acquire comes out (rule 19).
enum class AcquireCase : std::uint8_t {
  ours_already,  ///< resent, or handed to us: read only
  too_new,       ///< refused before anything is written
  take,          ///< free: write it as ours
  ask,           ///< held: write the ask
  look,          ///< held: nothing to write
};
/// `row`: nullptr if there is none. `owner_state`: of the row's owner's lease, if it has one.
[[nodiscard]] AcquireCase judge_acquire(const Envelope* row, LeaseState owner_state,
                                        const Acquire& request, std::int64_t database_ms) noexcept;
/// How long the row takes no ask, since it was handed over too often; 0: it does.
[[nodiscard]] std::int64_t contended_for_ms(const Envelope& row, std::int64_t database_ms) noexcept;
[[nodiscard]] AskStanding standing_of(const Envelope& row, const Acquire& request) noexcept;
/// A row that doesn't exist yet, before it is taken or filled.
[[nodiscard]] Envelope new_row(std::uint64_t epoch_floor, const std::optional<EpochMark>& removal);
/// `is_new`: the row's first epoch is its owner's.
void take_row(Envelope& row, const Acquire& request, std::uint64_t own_renewal, bool is_new);
void write_ask(Envelope& row, const Acquire& request);

/// Session, epoch and revision; the generation and the owner are looked at elsewhere.
[[nodiscard]] bool fence_fits(const Envelope& row, const Fence& fence) noexcept;
/// The mark that shows that `token` was committed under that epoch; nullptr if there is none.
[[nodiscard]] const EpochMark* find_commit(const std::vector<EpochMark>& marks, std::uint64_t epoch,
                                           const CommitToken& token) noexcept;
/// Enters a commit into the marks: its owner's, or beside it its recoverer's (rule 18).
void add_mark(std::vector<EpochMark>& marks, std::uint64_t epoch, std::uint64_t revision,
              const CommitToken& token, bool by_recoverer);
/// Data, revision and mark of a commit; the owner stays.
void apply_commit(Envelope& row, const MemberCommit& member, const CommitToken& token,
                  std::int64_t now_ms);
/// Whether the row's ask may be answered, but for the state of its asker's lease.
[[nodiscard]] bool ask_is_live(const Envelope& row, std::uint64_t asks_expired) noexcept;
/// Gives the row to its ask's asker, whose lease is open and stands at that number.
void hand_to_asker(Envelope& row, std::uint64_t asker_renewal, std::int64_t database_ms);
/// Frees the row: no owner, no session; the epoch stays.
void free_row(Envelope& row);

/// Each id once, in the order given.
[[nodiscard]] std::vector<UserId> without_repeats(const std::vector<UserId>& users);

}  // namespace keepsake
