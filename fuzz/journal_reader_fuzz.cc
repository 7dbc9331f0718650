// Any bytes as a segment and as a ring: reading never crashes, gives each number once and in order,
// and never makes a commit for a profile that has no row.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "src/base/crc32c.h"
#include "src/session/journal_reader.h"
#include "src/session/journal_replay.h"

namespace {

using namespace keepsake;

constexpr std::uint64_t kTag = 0x2122232425262728;

// Makes every checksum right, so that the fuzzer gets behind them.
void mend(std::string& bytes, std::size_t from) {
  for (std::size_t at = bytes.find(kFrameMagic, from);
       at != std::string::npos && bytes.size() - at >= kFrameBytes;
       at = bytes.find(kFrameMagic, at + 1)) {
    const std::string_view rest = std::string_view(bytes).substr(at + kFrameBytes);
    const auto byte = [&](std::size_t offset) {
      return static_cast<std::uint8_t>(bytes[at + offset]);
    };
    const std::size_t length = std::min<std::size_t>(byte(28) | byte(29) << 8, rest.size());
    write_frame_header(bytes.data() + at, {.tag = kTag,
                                           .sequence = byte(16),
                                           .segment = from == 0 ? 0U : 1U,
                                           .length = static_cast<std::uint32_t>(length),
                                           .body_crc = crc32c(rest.substr(0, length)),
                                           .kind = static_cast<RecordKind>(1 + byte(36) % 7)});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  std::string segment(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = (std::size_t{data[0]} << 8 | data[1]) % size;
  std::string ring = segment.substr(0, cut);
  segment.erase(0, cut);
  if (data[2] % 2 == 0) {
    mend(segment, kSegmentHeaderBytes);
    mend(ring, 0);
  }
  const std::vector<SegmentBytes> segments = {{.number = 1, .bytes = segment}};
  const JournalContents contents = read_journal(kTag, segments, {&ring, 1});
  for (std::size_t i = 1; i < contents.records.size(); ++i) {
    if (contents.records[i].sequence <= contents.records[i - 1].sequence) std::abort();
  }
  const auto no_row = [](const ProfileKey&) -> const Record* { return nullptr; };
  const auto unread = [](PayloadFormat,
                         std::string_view) -> Result<std::unique_ptr<PatchedPayload>> {
    return Error(ErrorCode::malformed);
  };
  if (!plan_recovery(contents.records, {}, no_row, unread).groups.empty()) std::abort();
  return 0;
}
