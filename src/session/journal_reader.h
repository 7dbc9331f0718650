// Reads a journal's bytes: segments and ring contents in, records out. Pure; never fails: damage is
// part of what comes out.
//
// A segment is a file header of kSegmentHeaderBytes, frames one after the other, and zeros. Behind
// a bad frame reading goes on at the next good one. What is missing before the last sync mark is
// reported as corrupt; what is bad behind it is a torn tail and cut there. A record that stands in
// the ring and in a segment is taken from the ring. Where there is a ring, the machine has not died
// and nothing is torn: then all that is missing is damage, and what a segment lost is taken from
// what the ring's memory still shows of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/error.h"
#include "src/session/journal_record.h"

namespace keepsake {

inline constexpr std::size_t kSegmentHeaderBytes = 32;

struct SegmentHeader {
  std::uint64_t tag = 0;
  std::uint32_t number = 0;
  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};
[[nodiscard]] std::string write_segment_header(const SegmentHeader& header);
/// Nothing if it isn't whole or its checksum is wrong. Error wrong_format if it is whole and of a
/// newer Keepsake.
[[nodiscard]] Result<std::optional<SegmentHeader>> read_segment_header(std::string_view bytes);

struct SegmentBytes {
  std::uint32_t number = 0;  ///< from the file's name
  std::string bytes;         ///< the whole file
};

/// What a journal held, in the order of sequence numbers, each number once.
struct JournalContents {
  JournalIdentity identity;            ///< the newest; incarnation 0: never started, holds nothing
  std::vector<JournalRecord> records;  ///< edits and what belongs to them; no marks, no `opened`
  std::vector<Error> damage;           ///< corrupt: what is missing before the last sync mark
  std::uint64_t torn_bytes = 0;        ///< cut behind the last sync mark, after a machine's death
};

/// `segments` in the order of their numbers. `rings`: contents of sealed rings, oldest first.
/// `taken`: what those rings show of what was moved to segments already, see Ring::taken().
[[nodiscard]] JournalContents read_journal(std::uint64_t tag,
                                           std::span<const SegmentBytes> segments,
                                           std::span<const std::string> rings,
                                           std::span<const std::string> taken = {});

/// Every ring that the segments name, newest first: where to look before read_journal can be given
/// their contents.
[[nodiscard]] std::vector<JournalIdentity> identities_in(std::uint64_t tag,
                                                         std::span<const SegmentBytes> segments);

}  // namespace keepsake
