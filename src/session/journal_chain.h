// One profile's records under one session, and what can be made of them: the inside of
// journal_replay.h.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/session/journal_replay.h"

namespace keepsake {

/// A profile's data while records are applied to it.
struct ReplayState {
  std::optional<std::string> image;         ///< the newest whole payload
  std::vector<std::string_view> patches;    ///< onto that, of the records themselves
  std::unique_ptr<PatchedPayload> patched;  ///< the outcome; none: the image itself
  std::uint64_t edit = 0;
  SchemaStamp schema;
  PayloadFormat image_format = PayloadFormat::json;
  bool changed = false;

  [[nodiscard]] std::optional<std::string> payload() const;
  [[nodiscard]] PayloadFormat format() const;  ///< of payload()
};

class JournalChain {
 public:
  struct Entry {
    const JournalRecord* record = nullptr;
    const JournalMember* member = nullptr;
    bool settled = false;  ///< the row, or a later owner's, has it
    bool voided = false;   ///< undone by a fall
  };
  /// How the row stands to this session.
  enum class Standing : std::uint8_t { live, moved_on, went_back, scrubbed };

  JournalChain(const JournalMember& first, const Record* row);

  void add(const JournalRecord& record, const JournalMember& member);
  /// After the last add(): tells apart what is stored, undone, and to be replayed.
  void settle();

  /// Applies what can be applied, never going to entry `limit` or beyond.
  void replay(PayloadOpener open_payload);
  /// Nothing at or behind `entry` may be applied, since a tie there fell. False: that held already.
  bool cut(std::size_t entry);
  [[nodiscard]] bool includes(std::size_t entry) const {
    return entry >= begin_ && entry < reach_ && !entries_[entry].voided;
  }

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] Standing standing() const { return standing_; }
  [[nodiscard]] bool has_work() const { return standing_ == Standing::live && reach_ > begin_; }
  [[nodiscard]] const ProfileKey& key() const { return first_.key; }

  [[nodiscard]] MemberCommit commit() const;
  [[nodiscard]] std::uint64_t edits_applied() const;
  /// Nothing if every edit is settled, undone or applied. Asked last: the replayed state is used
  /// up.
  [[nodiscard]] std::optional<Unrecovered> loss(PayloadOpener open_payload);
  [[nodiscard]] std::optional<Error> went_back() const;

 private:
  [[nodiscard]] Standing judge() const;
  [[nodiscard]] bool is_settled(std::uint64_t edit) const;
  [[nodiscard]] bool may_bridge(const Entry& entry, std::size_t index, std::uint64_t edit) const;
  [[nodiscard]] bool fits_base(const JournalMember& member, std::uint64_t edit) const;
  [[nodiscard]] bool apply(ReplayState& state, std::size_t index, PayloadOpener open_payload) const;
  [[nodiscard]] Error reason(std::uint64_t first, std::uint64_t last) const;

  const JournalMember& first_;
  const Record* row_;
  Standing standing_ = Standing::live;
  std::vector<Entry> entries_;
  std::uint64_t confirmed_edit_ = 0;
  std::uint64_t confirmed_revision_ = 0;
  std::vector<std::pair<CommitToken, std::uint64_t>> saving_;  // how far each commit goes
  std::set<std::pair<std::uint64_t, std::uint64_t>> hashes_;   // edit number, state hash
  std::map<std::uint64_t, std::uint32_t> links_at_;

  std::size_t begin_ = 0;  // first entry to replay
  std::size_t limit_ = 0;  // first entry that must not be applied
  std::size_t reach_ = 0;  // first entry that isn't applied
  bool cut_by_tie_ = false;
  ReplayState state_;
};

}  // namespace keepsake
