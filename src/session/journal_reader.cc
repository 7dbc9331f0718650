#include "src/session/journal_reader.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "src/base/bytes.h"
#include "src/base/crc32c.h"

namespace keepsake {

namespace {

constexpr std::string_view kSegmentMagic = "KSJSEG\r\n";

// A record that was found whole, and where.
struct Found {
  FrameHeader header;
  std::string_view body;
  std::size_t place = 0;  // counts what was found and what was bad, over all segments
};

// What walking over segments and rings gathers.
struct Walk {
  std::vector<Found> marks_and_records;
  std::vector<std::pair<std::size_t, std::string>> bad;  // place, and where for people
  std::vector<std::size_t> bad_bytes;
  std::size_t places = 0;
};

bool only_zeros(std::string_view bytes) {
  // Each byte equals the next, and the first is zero: as fast as memory is compared.
  return bytes.empty() ||
         (bytes[0] == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

struct Frame {
  FrameHeader header;
  std::string_view body;
  bool good = false;  // the body's checksum is right
};

// The frame that begins at `bytes`, if its header can be trusted.
std::optional<Frame> frame_at(std::string_view bytes, std::uint64_t tag, std::uint32_t segment) {
  const auto header = read_frame_header(bytes, tag);
  if (!header || header->segment != segment) return std::nullopt;
  const std::string_view rest = bytes.substr(kFrameBytes);
  if (header->length > rest.size()) return std::nullopt;
  const std::string_view body = rest.substr(0, header->length);
  return Frame{.header = *header, .body = body, .good = crc32c(body) == header->body_crc};
}

std::size_t next_frame(std::string_view bytes, std::size_t from, std::uint64_t tag,
                       std::uint32_t segment) {
  for (std::size_t at = bytes.find(kFrameMagic, from); at != std::string_view::npos;
       at = bytes.find(kFrameMagic, at + 1)) {
    if (frame_at(bytes.substr(at), tag, segment)) return at;
  }
  return bytes.size();
}

void walk_frames(Walk& walk, std::string_view bytes, std::size_t at, std::uint64_t tag,
                 std::uint32_t segment, const std::string& name) {
  const auto bad = [&](std::size_t begin, std::size_t end) {
    walk.bad.emplace_back(walk.places++,
                          name + ", bytes " + std::to_string(begin) + " to " + std::to_string(end));
    walk.bad_bytes.push_back(end - begin);
  };
  while (at < bytes.size()) {
    const auto frame = frame_at(bytes.substr(at), tag, segment);
    if (!frame) {
      const std::size_t next = next_frame(bytes, at + 1, tag, segment);
      const bool end = next == bytes.size() && only_zeros(bytes.substr(at));
      if (!end) bad(at, next);
      at = next;
      continue;
    }
    const std::size_t end = at + kFrameBytes + frame->header.length;
    if (frame->good) {
      walk.marks_and_records.push_back(
          {.header = frame->header, .body = frame->body, .place = walk.places++});
    } else {
      bad(at, end);
    }
    at = end;
  }
}

Walk walk_segments(std::uint64_t tag, std::span<const SegmentBytes> segments) {
  Walk walk;
  for (const SegmentBytes& segment : segments) {
    const std::string name = "segment " + std::to_string(segment.number);
    const auto header = read_segment_header(segment.bytes);
    if (header && !*header && !only_zeros(segment.bytes)) {
      walk.bad.emplace_back(walk.places++, name + ", its header");
      walk.bad_bytes.push_back(std::min(kSegmentHeaderBytes, segment.bytes.size()));
    }
    walk_frames(walk, segment.bytes, kSegmentHeaderBytes, tag, segment.number, name);
  }
  return walk;
}

// Cuts the torn tail: all behind the first number that is missing and wasn't synced. (A bad place
// alone says little: what stood there may have been written anew in a later segment.) Gives the
// bytes that were cut.
std::uint64_t cut_torn_tail(std::map<std::uint64_t, Found>& records, const Walk& walk,
                            std::uint64_t before, std::uint64_t last_marked) {
  auto cut = records.begin();
  for (; cut != records.end() && (cut->first <= before + 1 || cut->first <= last_marked + 1);
       ++cut) {
    before = std::max(before, cut->first);
  }
  std::uint64_t bytes = 0;
  for (auto it = cut; it != records.end(); ++it) bytes += kFrameBytes + it->second.header.length;
  records.erase(cut, records.end());
  std::size_t last_place = 0;
  for (const Found& found : walk.marks_and_records) {
    if (found.header.sequence <= std::max(before, last_marked)) {
      last_place = std::max(last_place, found.place);
    }
  }
  for (std::size_t i = 0; i < walk.bad.size(); ++i) {
    if (walk.bad[i].first > last_place) bytes += walk.bad_bytes[i];
  }
  return bytes;
}

bool counts(const Found& found) {
  return found.header.kind != RecordKind::opened && found.header.kind != RecordKind::sync_mark;
}

// Where numbering begins in what is left: what lies before the first segment that is left was
// dropped, not lost.
std::uint64_t number_before(const Walk& walk, std::span<const SegmentBytes> segments) {
  if (segments.empty() || segments.front().number == 1 || walk.marks_and_records.empty()) return 0;
  const Found& first = walk.marks_and_records.front();
  return first.header.sequence - (counts(first) ? 1 : 0);
}

// Puts records of the segments' time that no segment has back in their places. Older ones, of
// segments that were dropped, stay out: nothing tells any more whether they are stored. So does
// what an append has left that lost to the seal: it stands before all others and bears a higher
// number than the newest that was published, with which the bytes end.
void heal(std::map<std::uint64_t, Found>& records, std::uint64_t tag, std::string_view bytes,
          std::uint64_t before) {
  Walk taken;
  walk_frames(taken, bytes, 0, tag, 0, {});
  if (taken.marks_and_records.empty()) return;
  const Found& newest = taken.marks_and_records.back();
  if (newest.body.data() + newest.body.size() != bytes.data() + bytes.size()) return;
  for (const Found& found : taken.marks_and_records) {
    const std::uint64_t sequence = found.header.sequence;
    if (counts(found) && sequence > before && sequence <= newest.header.sequence) {
      records.try_emplace(found.header.sequence, found);
    }
  }
}

// Reports which sequence numbers from `before` up to `last` are nowhere.
void report_gaps(const std::map<std::uint64_t, Found>& records, const Walk& walk,
                 std::uint64_t before, std::uint64_t last, JournalContents& contents) {
  const auto lost = [&](std::uint64_t from, std::uint64_t to) {
    Error error(ErrorCode::corrupt,
                "the journal lost records " + std::to_string(from) + " to " + std::to_string(to));
    std::string where;
    for (const auto& [place, name] : walk.bad) where += (where.empty() ? "" : "; ") + name;
    if (!where.empty()) error.found("damage in " + where);
    contents.damage.push_back(std::move(error));
  };
  for (const auto& [sequence, found] : records) {
    if (sequence > before + 1) lost(before + 1, sequence - 1);
    before = std::max(before, sequence);
  }
  if (last > before) lost(before + 1, last);
}

}  // namespace

std::string write_segment_header(const SegmentHeader& header) {
  std::string out;
  ByteWriter writer(out);
  writer.raw(kSegmentMagic);
  writer.number(kJournalFormat);
  writer.number(header.number);
  writer.number(header.tag);
  writer.number(crc32c(out));
  writer.number(std::uint32_t{0});
  return out;
}

Result<std::optional<SegmentHeader>> read_segment_header(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kSegmentMagic)) {
    return std::optional<SegmentHeader>();
  }
  if (load_le<std::uint32_t>(bytes.data() + 24) != crc32c(bytes.substr(0, 24))) {
    return std::optional<SegmentHeader>();
  }
  if (load_le<std::uint32_t>(bytes.data() + 8) != kJournalFormat) {
    return Error(ErrorCode::wrong_format, "a journal segment of a newer Keepsake")
        .expected("format " + std::to_string(kJournalFormat))
        .found("format " + std::to_string(load_le<std::uint32_t>(bytes.data() + 8)))
        .remedy("recover it with the version that wrote it");
  }
  return std::optional<SegmentHeader>({.tag = load_le<std::uint64_t>(bytes.data() + 16),
                                       .number = load_le<std::uint32_t>(bytes.data() + 12)});
}

JournalContents read_journal(std::uint64_t tag, std::span<const SegmentBytes> segments,
                             std::span<const std::string> rings,
                             std::span<const std::string> taken) {
  JournalContents contents;
  Walk walk = walk_segments(tag, segments);
  // Later ones win: a record written anew over the one whose sync failed, a ring over any segment.
  std::map<std::uint64_t, Found> records;
  const std::uint64_t before = number_before(walk, segments);
  std::uint64_t last_marked = 0;
  for (const Found& found : walk.marks_and_records) {
    if (found.header.kind == RecordKind::sync_mark) {
      last_marked = std::max(last_marked, found.header.sequence);
    } else if (found.header.kind == RecordKind::opened) {
      auto record = decode_record(found.header, found.body);
      if (record) contents.identity = *record->opened;
    } else {
      records.insert_or_assign(found.header.sequence, found);
    }
  }
  if (rings.empty()) {
    contents.torn_bytes = cut_torn_tail(records, walk, before, last_marked);
  } else if (!walk.marks_and_records.empty()) {
    for (const std::string& bytes : taken) heal(records, tag, bytes, before);
  }
  for (std::size_t i = 0; i < rings.size(); ++i) {
    Walk ring;
    walk_frames(ring, rings[i], 0, tag, 0, "ring " + std::to_string(i + 1));
    for (const Found& found : ring.marks_and_records) {
      records.insert_or_assign(found.header.sequence, found);
    }
    walk.bad.insert(walk.bad.end(), ring.bad.begin(), ring.bad.end());
  }
  report_gaps(records, walk, before, last_marked, contents);
  for (const auto& [sequence, found] : records) {
    auto record = decode_record(found.header, found.body);
    if (record) {
      contents.records.push_back(std::move(*record));
    } else {
      contents.damage.push_back(std::move(record).error());
    }
  }
  return contents;
}

std::vector<JournalIdentity> identities_in(std::uint64_t tag,
                                           std::span<const SegmentBytes> segments) {
  std::vector<JournalIdentity> identities;
  const Walk walk = walk_segments(tag, segments);
  for (const Found& found : walk.marks_and_records) {
    if (found.header.kind != RecordKind::opened) continue;
    const auto record = decode_record(found.header, found.body);
    if (record) identities.insert(identities.begin(), *record->opened);
  }
  return identities;
}

}  // namespace keepsake
