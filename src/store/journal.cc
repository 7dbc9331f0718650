#include "src/store/journal.h"

#include <bit>
#include <utility>

#include "src/base/assert.h"
#include "src/plant/plant.h"
#include "src/store/journal_files.h"
#include "src/store/journal_segments.h"

namespace keepsake {

namespace {

Result<void> valid(const JournalOptions& options) {
  constexpr std::uint64_t kLeast = 64UL << 10;
  constexpr std::uint64_t kMost = 1UL << 30;
  const auto wrong = [](const char* which, const char* expected, std::uint64_t found) -> Error {
    return Error(ErrorCode::invalid_options, std::string("JournalOptions::") + which)
        .expected(expected)
        .found(std::to_string(found));
  };
  if (!std::has_single_bit(options.ring_bytes) || options.ring_bytes < kLeast ||
      options.ring_bytes > kMost) {
    return wrong("ring_bytes", "a power of two from 65536 to 1073741824", options.ring_bytes);
  }
  if (options.segment_bytes < kLeast || options.segment_bytes > kMost) {
    return wrong("segment_bytes", "65536 to 1073741824", options.segment_bytes);
  }
  if (options.max_bytes / 3 < options.segment_bytes) {
    return wrong("max_bytes", "at least three times segment_bytes", options.max_bytes);
  }
  if (options.sync_interval < std::chrono::milliseconds(1) ||
      options.sync_interval > std::chrono::seconds(10)) {
    return wrong("sync_interval", "1 ms to 10 s",
                 static_cast<std::uint64_t>(options.sync_interval.count()));
  }
  return {};
}

}  // namespace

Journal::Journal(const JournalEnv& env, const JournalOptions& options)
    : env_(env), options_(options) {}

Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::create(const JournalEnv& env,
                                                 const JournalOptions& options,
                                                 const std::string& root) {
  if (auto good = valid(options); !good) return good.error();
  std::unique_ptr<Journal> journal(new Journal(env, options));
  if (auto good = journal->set_up(root); !good) return good.error();
  return journal;
}

Result<void> Journal::set_up(const std::string& root) {
  id_ = Id128::random(env_.random);
  tag_ = id_.low;
  const std::string final_directory = root + "/" + id_.text();
  directory_ = final_directory + std::string(kUnfinishedJournal);
  if (auto good = env_.files.create_directory(root); !good) return good;
  Result<void> good = env_.files.create_directory(directory_);
  if (good) good = set_up_inside();
  if (good) good = env_.files.rename(directory_, final_directory);
  if (good) {
    directory_ = final_directory;
    segments_->moved_to(directory_);
    place_.lock()->directory = directory_;
    good = env_.files.sync_directory(root);
  }
  if (!good) static_cast<void>(close_clean().has_value());
  return good;
}

Result<void> Journal::set_up_inside() {
  auto lock = env_.files.lock(lock_path(directory_));
  if (!lock) return lock.error();
  lock_ = std::move(*lock);
  auto ring = new_ring([this](const std::string& name) { return name_ring(name); });
  if (!ring) return ring.error();
  ring_.store(ring->get(), std::memory_order_release);
  rings_.push_back(std::move(*ring));
  segments_ = std::make_unique<JournalSegments>(
      env_.files, directory_, tag_,
      JournalSegments::Limits{.segment_bytes = options_.segment_bytes,
                              .max_bytes = options_.max_bytes});
  if (auto good = begin_segment(0, 0); !good) return good;
  if (auto good = segments_->sync(); !good) return good;
  return env_.files.remove(ring_path(directory_));
}

// Before there is a ring, until the first segment is there, which takes a sync: for who finds that
// we died meanwhile.
Result<void> Journal::name_ring(const std::string& name) {
  auto file = env_.files.open(ring_path(directory_), OpenMode::create);
  if (!file) return file.error();
  return (*file)->write_at(0, name);
}

Result<std::unique_ptr<Ring>> Journal::new_ring(const SharedMemorySpace::Announce& announce) {
  auto memory = env_.memory.create(Ring::memory_bytes(options_.ring_bytes), announce);
  if (!memory) return memory.error();
  identity_.journal = id_;
  identity_.ring_id = Id128::random(env_.random);
  auto ring = Ring::create(std::move(*memory), identity_.ring_id);
  identity_.place = {.directory = {},
                     .ring = ring->name(),
                     .boot_id = env_.process.boot_id,
                     .host = env_.process.host,
                     .pid = env_.process.pid};
  auto place = place_.lock();
  *place = identity_.place;
  place->directory = directory_;
  return ring;
}

JournalPlace Journal::place() const { return *place_.lock(); }

Result<void> Journal::start(const Generation& generation, const Owner& owner) {
  require(identity_.owner.incarnation == 0, "a journal is started once");
  JournalIdentity started = identity_;
  started.generation = generation;
  started.owner = owner;
  const std::string frame = RecordEncoder::frame_of_opened(tag_, 0, segments_->number(), started);
  if (auto good = segments_->write(frame, 0); !good) return good;
  if (auto good = segments_->sync(); !good) return good;
  identity_ = started;
  return segments_->write(RecordEncoder::frame_of_sync_mark(tag_, 0, segments_->number()), 0);
}

[[gnu::hot]] Result<std::uint64_t> Journal::append(const RecordView& record) {
  const auto parts = encoder_.encode(tag_, next_sequence_, record);
  if (!parts) return parts.error();
  for (;;) {
    Ring* const ring = ring_.load(std::memory_order_acquire);
    switch (ring->append(*parts)) {
      case Publish::published: return next_sequence_++;
      case Publish::sealed:
        // The drain seals a ring that it has replaced.
        if (ring_.load(std::memory_order_acquire) != ring) continue;
        if (planted<Plant::edit_after_seal>()) return next_sequence_++;
        return Error(ErrorCode::session_lost,
                     "the journal was sealed by a server that has taken over");
      case Publish::full: break;
    }
    std::size_t bytes = 0;
    for (const std::string_view part : *parts) bytes += part.size();
    if (bytes >= ring->capacity()) {
      return Error(ErrorCode::limit_exceeded, "a record is larger than the journal's ring")
          .expected("less than " + std::to_string(ring->capacity()) + " bytes")
          .found(std::to_string(bytes) + " bytes")
          .remedy("raise JournalOptions::ring_bytes");
    }
    return Error(ErrorCode::journal_full, "the journal's ring is full")
        .remedy("see what keeps the disk from taking the journal; edits work again by themselves");
  }
}

void Journal::set_floor(std::uint64_t sequence) {
  std::uint64_t floor = floor_.load(std::memory_order_relaxed);
  while (floor < sequence && !floor_.compare_exchange_weak(floor, sequence)) {
  }
}

void Journal::begin_compaction() {
  compaction_begin_ = next_sequence_;
  needs_images_.store(false, std::memory_order_release);
  rotate_at_.store(next_sequence_, std::memory_order_release);
}

void Journal::end_compaction() {
  require(compacting(), "a compaction that ends was begun");
  const std::uint64_t from = std::exchange(compaction_begin_, 0);
  if (from == next_sequence_) {  // nothing was unsaved
    set_floor(from);
    return;
  }
  compacted_to_.store(0);
  compacted_from_.store(from);
  compacted_to_.store(next_sequence_ - 1);
}

std::uint64_t Journal::bytes_held() const {
  return segment_bytes_held_.load(std::memory_order_relaxed) +
         ring_.load(std::memory_order_acquire)->used();
}

bool Journal::sealed() const { return ring_.load(std::memory_order_acquire)->sealed(); }

std::vector<Error> Journal::take_reports() { return std::exchange(*reports_.lock(), {}); }

Result<void> Journal::close_clean() {
  Result<void> all;
  const auto keep = [&](Result<void> good) {
    if (!good && all) all = std::move(good);
  };
  if (!directory_.ends_with(kUnfinishedJournal)) {
    const std::string removed = directory_ + std::string(kRemovedJournal);
    if (auto good = env_.files.rename(directory_, removed); !good) return good;
    directory_ = removed;
    segments_->moved_to(directory_);
  }
  for (const auto& ring : rings_) keep(env_.memory.remove(ring->name()));
  if (segments_) keep(segments_->remove_all());
  keep(env_.files.remove(ring_path(directory_)));
  if (lock_) keep(env_.files.remove(lock_path(directory_)));
  lock_.reset();
  keep(env_.files.remove(directory_));
  return all;
}

}  // namespace keepsake
