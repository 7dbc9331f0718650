// Journal: where edits live until they are saved (docs/journal.md).
//
// The game's thread appends records to a ring in shared memory, which survives the process; a drain
// thread (or a World's scheduler) moves them into segment files and syncs those, which survive the
// machine. A server has one journal for each incarnation, in a directory of its own with a random
// name, under a lock that dies with the process.
//
// Destroying a journal without close_clean() leaves ring and files for a recovery and frees the
// lock, as the process's death would.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "keepsake/backend/record.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/ids.h"
#include "keepsake/base/result.h"
#include "src/base/file_system.h"
#include "src/base/guarded.h"
#include "src/base/ring.h"
#include "src/base/this_machine.h"
#include "src/session/journal_record.h"

namespace keepsake {

/// What a journal stands on; everything in it outlives the journal. `random` is used by create()
/// and drain() only.
using JournalEnv = Machine;

struct JournalOptions {
  std::size_t ring_bytes = 16UL << 20;      ///< power of two, 64 KiB to 1 GiB; bounds one record
  std::uint64_t segment_bytes = 4UL << 20;  ///< 64 KiB to 1 GiB
  std::uint64_t max_bytes = 1UL << 30;      ///< all segments together; at least three segments
  Duration sync_interval = std::chrono::milliseconds(100);  ///< 1 ms to 10 s
  /// Called in drain() when the ring was replaced: the lease row has to name the new place.
  std::function<void(const JournalPlace&)> on_place_changed;
};

class JournalSegments;

class Journal {
 public:
  /// Makes <root>/<random name>/ with its lock, ring and first segment, synced; `root` too if it
  /// isn't there. Nobody sees the directory before all of it is. Errors: invalid_options,
  /// storage_full, read_only, io_error; nothing is left behind.
  static Result<std::unique_ptr<Journal>> create(const JournalEnv& env,
                                                 const JournalOptions& options,
                                                 const std::string& root);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// For the lease row. Any thread.
  [[nodiscard]] JournalPlace place() const;

  /// Names whose journal it is, durably. Once, before the first append and the first drain.
  Result<void> start(const Generation& generation, const Owner& owner);

  // --- the game's thread ----------------------------------------------------------------------

  /// Publishes a record and gives its sequence number. Errors, after which nothing was published
  /// and the sequence number is used by the next: `journal_full` (the disk is full or too slow, or
  /// max_bytes is reached; works again by itself), `session_lost` (sealed: another server has taken
  /// over; stays so), `limit_exceeded` (larger than the ring). Makes no system call, waits for
  /// nothing, and allocates nothing once its buffers have grown.
  Result<std::uint64_t> append(const RecordView& record);
  /// The number that the next record will bear; the first is 1.
  [[nodiscard]] std::uint64_t next_sequence() const { return next_sequence_; }

  /// All records below `sequence` are covered by durable saves; never goes back.
  void set_floor(std::uint64_t sequence);

  /// Compaction: begin; append a `compaction` record for each profile (or tie) with anything
  /// unsaved, over as many ticks as it takes; end. Once those are synced, all before them is
  /// dropped. The records go to a fresh segment, so that nothing older is left beside them.
  void begin_compaction();
  void end_compaction();
  /// Overwrites what the ring's memory still shows of records that have left it.
  void wipe_ring() { ring_.load(std::memory_order_acquire)->wipe(); }
  [[nodiscard]] bool compacting() const { return compaction_begin_ != 0; }

  /// The disk lost records that weren't saved: call begin_compaction() soon. Cleared by it.
  [[nodiscard]] bool needs_images() const { return needs_images_.load(std::memory_order_acquire); }

  // --- any thread -----------------------------------------------------------------------------

  /// Whether the drain sleeps with something to do; then wake() once, at the end of the tick. It
  /// never blocks.
  [[nodiscard]] bool wants_wake() const;
  void wake();

  /// Bytes of records in ring and segments that aren't dropped, for the decision to compact.
  [[nodiscard]] std::uint64_t bytes_held() const;
  /// The last sequence number that a machine's death can't take.
  [[nodiscard]] std::uint64_t synced_sequence() const {
    return synced_.load(std::memory_order_acquire);
  }
  /// Another process sealed the ring: our lease was closed.
  [[nodiscard]] bool sealed() const;
  /// The drain fails, since its disk does or is full: what is appended now would not survive the
  /// machine's death, and soon finds no room.
  [[nodiscard]] bool failing() const { return failing_.load(std::memory_order_relaxed); }
  /// What has to be reported to people since the last call: failed syncs, a full disk, a ring that
  /// was replaced. None is a reason to stop.
  [[nodiscard]] std::vector<Error> take_reports();

  /// No segment holds a record below this any more.
  [[nodiscard]] std::uint64_t forgotten_below() const {
    return forgotten_below_.load(std::memory_order_acquire);
  }

  // --- the drain thread, or a World's scheduler -------------------------------------------------

  /// Moves what was published into the segment file; syncs when `sync_now` or when the interval has
  /// passed with something new; drops what is covered; prepares the next segment. Errors:
  /// `session_lost` (sealed: stop draining), `storage_full`, `io_error` (nothing is lost; call
  /// again after a while, the ring holds what comes meanwhile).
  Result<void> drain(bool sync_now);
  /// Sleeps until there are records, stop_waiting() was called, or `at_most` has passed. Gathers:
  /// while records keep coming it returns every 5 ms. False when told to stop.
  bool wait_for_records(Duration at_most);
  /// Ends every wait, now and later. Any thread.
  void stop_waiting();

  /// After the last save, when nothing is open: removes ring, files and directory. Neither drain()
  /// nor append() may run then or later. On an error what is left is harmless.
  Result<void> close_clean();

 private:
  Journal(const JournalEnv& env, const JournalOptions& options);
  Result<void> set_up(const std::string& root);
  Result<void> set_up_inside();
  Result<void> name_ring(const std::string& name);
  Result<std::unique_ptr<Ring>> new_ring(const SharedMemorySpace::Announce& announce);

  // The drain's parts (journal_drain.cc).
  Result<void> move_records();
  Result<void> move_from_ring(bool& more);
  Result<std::size_t> write_frames(std::string& frames);
  Result<void> write_run(std::string_view run, std::uint64_t last_sequence);
  Result<void> begin_segment(std::uint64_t sequence, std::size_t frame_bytes);
  Result<void> start_over();
  Result<void> sync_written();
  Result<void> sync_turn(bool now);
  [[nodiscard]] bool has_unsynced() const { return !unsynced_.empty() || !unsynced_whole_; }
  Result<void> replace_lost_ring();
  Result<void> drop_covered();
  void note_failure(const Error& error);

  // Constant after create().
  const JournalEnv env_;
  const JournalOptions options_;
  Id128 id_;
  std::uint64_t tag_ = 0;
  std::string directory_;

  // The game's thread.
  RecordEncoder encoder_;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t compaction_begin_ = 0;  // 0: none under way

  // Shared.
  std::atomic<Ring*> ring_{nullptr};  // replaced by the drain; old ones live in rings_
  std::atomic<std::uint64_t> floor_{1};
  std::atomic<std::uint64_t> rotate_at_{0};  // a fresh segment begins before this record; 0: none
  std::atomic<std::uint64_t> compacted_from_{0};  // becomes the floor once compacted_to_, if
  std::atomic<std::uint64_t> compacted_to_{0};    // that isn't 0, is synced
  std::atomic<std::uint64_t> synced_{0};
  std::atomic<std::uint64_t> segment_bytes_held_{0};
  std::atomic<std::uint64_t> forgotten_below_{0};
  std::atomic<bool> needs_images_{false};
  std::atomic<bool> sleeping_{false};
  std::atomic<bool> woken_{false};
  std::atomic<bool> stopping_{false};
  std::mutex sleep_mutex_;
  std::condition_variable sleep_;
  mutable Guarded<JournalPlace> place_;
  Guarded<std::vector<Error>> reports_;

  // The drain thread.
  std::vector<std::unique_ptr<Ring>> rings_;
  std::unique_ptr<JournalSegments> segments_;
  std::unique_ptr<FileLock> lock_;
  JournalIdentity identity_;
  std::string chunk_;
  std::string leftover_;  // of a ring that was replaced, not yet written
  std::string unsynced_;  // frames written since the last good sync
  bool unsynced_whole_ = true;
  bool distrusted_ = false;  // the segment in use failed to write or sync: start over in another
  std::uint64_t drained_ = 0;
  MonotonicTime last_sync_{};
  MonotonicTime last_look_{};  // at the ring's name
  int turns_awake_ = 0;
  std::optional<ErrorCode> standing_failure_;  // reported once, until something works again
  std::atomic<bool> failing_{false};           // whether there is one; for other threads
};

}  // namespace keepsake
