#include "src/store/journal_segments.h"

#include <algorithm>
#include <cstdio>

#include "src/session/journal_reader.h"

namespace keepsake {

namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kZerosAtOnce = 256UL << 10;
constexpr std::string_view kPrefix = "segment-";

}  // namespace

JournalSegments::JournalSegments(FileSystem& files, std::string directory, std::uint64_t tag,
                                 Limits limits)
    : files_(files), directory_(std::move(directory)), tag_(tag), limits_(limits) {}

std::string JournalSegments::file_name(std::uint32_t number) {
  char text[24];
  std::snprintf(text, sizeof text, "%08u", number);
  return std::string(kPrefix) + text;
}

std::optional<std::uint32_t> JournalSegments::number_of(std::string_view file_name) {
  if (!file_name.starts_with(kPrefix)) return std::nullopt;
  const std::string_view digits = file_name.substr(kPrefix.size());
  if (digits.size() < 8 || digits.size() > 10) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  if (number == 0 || number > 0xFFFFFFFF) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

std::string JournalSegments::path(std::uint32_t number) const {
  return directory_ + "/" + file_name(number);
}

void JournalSegments::discard_next() {
  // Its number isn't used again: should the removal fail, the file holds nothing but zeros.
  const std::uint32_t number = next_->number;
  next_.reset();
  static_cast<void>(files_.remove(path(number)).has_value());
}

Result<void> JournalSegments::make_next(std::uint64_t size) {
  std::uint64_t total = size;
  for (const Segment& segment : segments_) total += segment.size;
  if (total > limits_.max_bytes) {
    return Error(ErrorCode::journal_full, "the journal's files have reached max_bytes")
        .expected("at most " + std::to_string(limits_.max_bytes) + " bytes")
        .found(std::to_string(total) + " bytes needed")
        .remedy("see why saves don't get through; or raise JournalOptions::max_bytes");
  }
  const std::uint32_t number = ++last_number_;
  auto file = files_.open(path(number), OpenMode::create);
  if (!file) return file.error();
  next_ = Segment{};
  next_->number = number;
  next_->file = std::move(*file);
  next_->size = size;
  return {};
}

Result<void> JournalSegments::fill_next(std::uint64_t at_most) {
  static const std::string zeros(kZerosAtOnce, '\0');
  for (std::uint64_t done = 0; done < at_most && next_->used < next_->size;) {
    const std::uint64_t count = std::min(kZerosAtOnce, next_->size - next_->used);
    if (auto good = next_->file->write_at(next_->used, std::string_view(zeros).substr(0, count));
        !good) {
      discard_next();
      return good;
    }
    next_->used += count;
    done += count;
    if (next_->used < next_->size) continue;
    auto good = next_->file->sync();
    if (good) good = files_.sync_directory(directory_);
    if (!good) {
      discard_next();
      return good;
    }
  }
  return {};
}

Result<void> JournalSegments::prepare() {
  if (!next_) {
    const Segment& active = segments_.back();
    if (active.used < active.size / 4) return {};
    if (auto good = make_next(limits_.segment_bytes); !good) return good;
  }
  return fill_next(kZerosAtOnce);
}

Result<void> JournalSegments::begin(const JournalIdentity& identity, std::uint64_t sequence,
                                    std::size_t frame_bytes) {
  const std::uint64_t needed = kSegmentHeaderBytes + kBlock + frame_bytes;
  if (next_ && next_->size < needed) discard_next();
  if (!next_) {
    const std::uint64_t rounded = (needed + kBlock - 1) / kBlock * kBlock;
    if (auto good = make_next(std::max(limits_.segment_bytes, rounded)); !good) return good;
  }
  if (auto good = fill_next(next_->size); !good) return good;
  const std::string first = write_segment_header({.tag = tag_, .number = next_->number}) +
                            RecordEncoder::frame_of_opened(tag_, sequence, next_->number, identity);
  if (auto good = next_->file->write_at(0, first); !good) {
    discard_next();
    return good;
  }
  next_->used = first.size();
  next_->last_sequence = sequence;
  next_->dirty = true;
  segments_.push_back(std::move(*next_));
  next_.reset();
  return {};
}

bool JournalSegments::fits(std::size_t bytes) const {
  return segments_.back().size - segments_.back().used >= bytes;
}

Result<void> JournalSegments::write(std::string_view frames, std::uint64_t last_sequence) {
  Segment& active = segments_.back();
  active.dirty = true;
  if (auto good = active.file->write_at(active.used, frames); !good) return good;
  active.used += frames.size();
  active.last_sequence = std::max(active.last_sequence, last_sequence);
  return {};
}

Result<void> JournalSegments::sync() {
  Result<void> all;
  for (Segment& segment : segments_) {
    if (!segment.dirty) continue;
    segment.dirty = false;
    if (auto good = segment.file->sync(); !good && all) all = good;
  }
  return all;
}

void JournalSegments::discard_active() {
  const std::uint32_t number = segments_.back().number;
  segments_.pop_back();
  static_cast<void>(files_.remove(path(number)).has_value());
}

Result<void> JournalSegments::drop_below(std::uint64_t floor) {
  while (has_below(floor)) {
    if (auto good = files_.remove(path(segments_.front().number)); !good) return good;
    forgotten_below_ = segments_.front().last_sequence + 1;
    segments_.pop_front();
  }
  return {};
}

Result<void> JournalSegments::remove_all() {
  Result<void> all;
  const auto remove = [&](std::uint32_t number) {
    if (auto good = files_.remove(path(number)); !good && all) all = good;
  };
  if (next_) remove(next_->number);
  for (const Segment& segment : segments_) remove(segment.number);
  next_.reset();
  segments_.clear();
  return all;
}

std::uint64_t JournalSegments::bytes_held() const {
  std::uint64_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.used;
  return bytes;
}

}  // namespace keepsake
