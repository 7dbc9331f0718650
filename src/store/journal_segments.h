// JournalSegments: a journal's files on the disk, in the order of their numbers. The last one is
// written to; the next one is filled with zeros ahead of time, so that a write never has to find
// room. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "keepsake/base/result.h"
#include "src/base/file_system.h"
#include "src/session/journal_record.h"

namespace keepsake {

class JournalSegments {
 public:
  struct Limits {
    std::uint64_t segment_bytes = 0;
    std::uint64_t max_bytes = 0;
  };
  JournalSegments(FileSystem& files, std::string directory, std::uint64_t tag, Limits limits);

  /// The directory was renamed.
  void moved_to(std::string directory) { directory_ = std::move(directory); }

  /// Goes on in a fresh segment with room for `frame_bytes`, whose first frame is `opened`; numbers
  /// up to `sequence` lie before it. Errors: storage_full, journal_full (max_bytes), io_error; then
  /// the segment in use stays as it was.
  Result<void> begin(const JournalIdentity& identity, std::uint64_t sequence,
                     std::size_t frame_bytes);
  [[nodiscard]] std::uint32_t number() const { return segments_.back().number; }
  [[nodiscard]] bool fits(std::size_t bytes) const;
  /// Appends frames that bear number(). On an error nothing counts as written.
  Result<void> write(std::string_view frames, std::uint64_t last_sequence);

  /// Syncs all that was written. On an error the files that failed are never synced again: what
  /// they hold since the last good sync has to be written anew to another segment.
  Result<void> sync();
  /// Whether nothing was written since the last sync.
  [[nodiscard]] bool synced() const {
    return std::none_of(segments_.begin(), segments_.end(),
                        [](const Segment& segment) { return segment.dirty; });
  }

  /// One step of making the next segment, if it is time to. Errors as begin().
  Result<void> prepare();
  /// Takes back the last begin(); what was written since then is gone.
  void discard_active();

  [[nodiscard]] bool has_below(std::uint64_t floor) const {
    return segments_.size() > 1 && segments_.front().last_sequence < floor;
  }
  /// Removes leading segments whose numbers all lie below `floor`, never the one in use.
  Result<void> drop_below(std::uint64_t floor);
  /// No file holds a record below this any more.
  [[nodiscard]] std::uint64_t forgotten_below() const { return forgotten_below_; }
  /// Removes every file. On an error goes on and gives the first.
  Result<void> remove_all();

  /// Bytes of frames in all segments.
  [[nodiscard]] std::uint64_t bytes_held() const;

  [[nodiscard]] static std::string file_name(std::uint32_t number);
  /// Nothing if it isn't the name of a segment.
  [[nodiscard]] static std::optional<std::uint32_t> number_of(std::string_view file_name);

 private:
  struct Segment {
    std::uint32_t number = 0;
    std::unique_ptr<File> file;
    std::uint64_t size = 0;
    std::uint64_t used = 0;
    std::uint64_t last_sequence = 0;
    bool dirty = false;
  };
  [[nodiscard]] std::string path(std::uint32_t number) const;
  Result<void> make_next(std::uint64_t size);
  Result<void> fill_next(std::uint64_t at_most);
  void discard_next();

  FileSystem& files_;
  std::string directory_;
  const std::uint64_t tag_;
  const Limits limits_;
  std::deque<Segment> segments_;
  std::optional<Segment> next_;  // `used`: zeros written so far; ready when it is its size
  std::uint32_t last_number_ = 0;
  std::uint64_t forgotten_below_ = 0;
};

}  // namespace keepsake
