// The half of Journal that runs on the drain thread.

#include <algorithm>

#include "src/base/assert.h"
#include "src/store/journal.h"
#include "src/store/journal_segments.h"

namespace keepsake {

namespace {

constexpr std::size_t kChunkBytes = 1UL << 20;
constexpr Duration kGather = std::chrono::milliseconds(5);
constexpr int kTurnsAwake = 4;
constexpr std::size_t kLeastKept = 4UL << 20;  // of frames that aren't synced

Error sealed_error() {
  return Error(ErrorCode::session_lost, "the journal was sealed by a server that has taken over");
}

}  // namespace

// Puts a failure on the list of reports when it is new.
void Journal::note_failure(const Error& error) {
  if (error.code() != ErrorCode::session_lost && standing_failure_ != error.code()) {
    standing_failure_ = error.code();
    failing_.store(true, std::memory_order_relaxed);
    reports_.lock()->push_back(error);
  }
}

Result<void> Journal::begin_segment(std::uint64_t sequence, std::size_t frame_bytes) {
  auto good = segments_->begin(identity_, sequence, frame_bytes);
  std::uint64_t expected = sequence + 1;
  if (good) rotate_at_.compare_exchange_strong(expected, 0);
  return good;
}

Result<void> Journal::write_run(std::string_view run, std::uint64_t last_sequence) {
  if (run.empty()) return {};
  if (auto good = segments_->write(run, last_sequence); !good) {
    if (good.error().code() == ErrorCode::io_error) distrusted_ = true;
    return good;
  }
  drained_ = std::max(drained_, last_sequence);
  if (unsynced_.size() + run.size() > std::max(options_.ring_bytes, kLeastKept)) {
    unsynced_.clear();
    unsynced_whole_ = false;
  }
  if (unsynced_whole_) unsynced_ += run;
  return {};
}

// Writes the whole frames that `frames` begins with, giving each the number of its segment. Gives
// how many bytes are done; on an error what was written before it is counted in written_.
Result<std::size_t> Journal::write_frames(std::string& frames) {
  std::size_t done = 0;
  std::size_t run_begin = 0;
  std::uint64_t last = drained_;
  const auto flush = [&]() -> Result<void> {
    auto good = write_run(std::string_view(frames).substr(run_begin, done - run_begin), last);
    if (good) run_begin = done;
    return good;
  };
  while (frames.size() - done >= kFrameBytes) {
    auto header = read_frame_header(std::string_view(frames).substr(done), tag_);
    if (!header) {
      needs_images_.store(true, std::memory_order_release);
      reports_.lock()->push_back(
          Error(ErrorCode::corrupt, "the journal's ring was overwritten; what it held is skipped")
              .remedy("look for a stray pointer in the game's own code"));
      if (auto good = flush(); !good) return good.error();
      return frames.size();
    }
    const std::size_t bytes = kFrameBytes + header->length;
    if (bytes > frames.size() - done) break;
    const bool rotate = rotate_at_.load(std::memory_order_acquire) == header->sequence;
    if (rotate || !segments_->fits(done - run_begin + bytes)) {
      auto good = flush();
      if (good) good = begin_segment(header->sequence - 1, bytes);
      if (!good) {
        if (run_begin > 0) return run_begin;
        return good.error();
      }
    }
    header->segment = segments_->number();
    write_frame_header(frames.data() + done, *header);
    last = header->sequence;
    done += bytes;
  }
  if (auto good = flush(); !good) {
    if (run_begin > 0) return run_begin;
    return good.error();
  }
  return done;
}

Result<void> Journal::move_from_ring(bool& more) {
  Ring& ring = *ring_.load(std::memory_order_acquire);
  if (ring.sealed()) return sealed_error();
  ring.peek(chunk_, kChunkBytes);
  more = chunk_.size() == kChunkBytes;
  if (chunk_.empty()) return {};
  auto done = write_frames(chunk_);
  if (done && *done == 0) {  // one record larger than a chunk
    ring.peek(chunk_, ring.capacity());
    done = write_frames(chunk_);
  }
  if (!done) return done.error();
  turns_awake_ = kTurnsAwake;
  return ring.consume(*done) ? Result<void>() : sealed_error();
}

Result<void> Journal::move_records() {
  if (!leftover_.empty()) {
    const auto done = write_frames(leftover_);
    if (!done) return done.error();
    leftover_.erase(0, *done);
    if (!leftover_.empty()) return {};
  }
  for (bool more = true; more;) {
    if (auto good = move_from_ring(more); !good) return good;
  }
  if (rotate_at_.load(std::memory_order_acquire) == drained_ + 1) {
    return begin_segment(drained_, 0);
  }
  return {};
}

// The segment in use can't be relied on: what isn't known to be synced is written again to another.
Result<void> Journal::start_over() {
  const std::uint64_t synced = synced_.load(std::memory_order_relaxed);
  const std::uint64_t before = unsynced_whole_ ? synced : drained_;
  last_sync_ = env_.clock.now();
  if (auto good = begin_segment(before, unsynced_.size()); !good) return good;
  for (std::size_t at = 0; at < unsynced_.size();) {
    auto header = read_frame_header(std::string_view(unsynced_).substr(at), tag_);
    require(header.has_value(), "frames kept in memory stay whole");
    header->segment = segments_->number();
    write_frame_header(unsynced_.data() + at, *header);
    at += kFrameBytes + header->length;
  }
  Result<void> good = segments_->write(unsynced_, drained_);
  if (good) good = segments_->sync();
  if (!good) {
    segments_->discard_active();
    return good;
  }
  if (!unsynced_whole_) needs_images_.store(true, std::memory_order_release);
  distrusted_ = false;
  unsynced_.clear();
  unsynced_whole_ = true;
  synced_.store(drained_, std::memory_order_release);
  return {};
}

// Without a mark: that is for a later sync to make durable.
Result<void> Journal::sync_written() {
  require(!distrusted_, "what failed to sync once isn't synced again");
  last_sync_ = env_.clock.now();
  if (auto good = segments_->sync(); !good) {
    distrusted_ = true;
    note_failure(good.error());
    return start_over();
  }
  unsynced_.clear();
  unsynced_whole_ = true;
  synced_.store(drained_, std::memory_order_release);
  return {};
}

Result<void> Journal::sync_turn(bool now) {
  const bool due = now || env_.clock.now() - last_sync_ >= options_.sync_interval;
  if (!due || !has_unsynced()) return {};
  if (auto good = sync_written(); !good) return good;
  if (auto good = drop_covered(); !good) return good;
  // A mark that finds no room isn't missed: the next segment has its own.
  if (!segments_->fits(kFrameBytes)) return {};
  return segments_->write(RecordEncoder::frame_of_sync_mark(tag_, drained_, segments_->number()),
                          drained_);
}

Result<void> Journal::replace_lost_ring() {
  const MonotonicTime time = env_.clock.now();
  if (time - last_look_ < options_.sync_interval) return {};
  last_look_ = time;
  Ring& lost = *ring_.load(std::memory_order_acquire);
  if (lost.linked()) return {};
  if (lost.sealed()) return sealed_error();
  const JournalIdentity before = identity_;
  auto ring = new_ring({});
  Result<void> good = ring ? Result<void>() : Result<void>(ring.error());
  if (good) good = begin_segment(drained_, 0);
  if (good) good = sync_written();
  if (!good) {
    if (ring) static_cast<void>(env_.memory.remove((*ring)->name()).has_value());
    identity_ = before;
    auto place = place_.lock();
    *place = before.place;
    place->directory = directory_;
    return good;
  }
  // Until the last moment what is in the old ring is moved as ever: it would die with the process.
  if (auto moved = move_records(); !moved) note_failure(moved.error());
  // The rest is taken over; from the switch on nothing goes to the old ring.
  Ring* const fresh = ring->get();
  rings_.push_back(std::move(*ring));
  ring_.store(fresh, std::memory_order_release);
  if (lost.seal()) static_cast<void>(fresh->seal());
  auto rest = lost.contents();
  if (rest) leftover_ += *rest;
  reports_.lock()->push_back(
      Error(ErrorCode::not_found, "the journal's shared memory '" + lost.name() +
                                      "' was deleted; the journal goes on in '" + fresh->name() +
                                      "'")
          .remedy("keep whatever cleans /dev/shm from deleting keepsake-*"));
  if (options_.on_place_changed) options_.on_place_changed(place());
  return {};
}

Result<void> Journal::drop_covered() {
  const std::uint64_t to = compacted_to_.load();
  const std::uint64_t from = compacted_from_.load();
  if (to != 0 && to == compacted_to_.load() && synced_.load(std::memory_order_relaxed) >= to) {
    set_floor(from);
    std::uint64_t expected = to;
    compacted_to_.compare_exchange_strong(expected, 0);
  }
  const std::uint64_t floor = floor_.load(std::memory_order_acquire);
  // What isn't synced yet will be soon, and a sync more for this would be in the way of saves.
  if (!segments_->has_below(floor) || has_unsynced()) return {};
  // The segments that stay have to say whose they are before others go.
  if (!segments_->synced()) {
    if (auto good = sync_written(); !good) return good;
  }
  return segments_->drop_below(floor);
}

Result<void> Journal::drain(bool sync_now) {
  Result<void> all;
  const auto step = [&](Result<void> good) {
    if (good) return;
    note_failure(good.error());
    if (all) all = std::move(good);
  };
  if (distrusted_) {
    const bool due = sync_now || env_.clock.now() - last_sync_ >= options_.sync_interval;
    if (!due) return Error(ErrorCode::io_error, "the journal's disk fails; it is tried again soon");
    step(start_over());
  }
  if (all) step(replace_lost_ring());
  if (all) step(move_records());
  const bool lost = !all && all.error().code() == ErrorCode::session_lost;
  if (!lost && !distrusted_) {
    // A full disk stops the moving, not the syncing and dropping that make room again.
    step(sync_turn(sync_now));
    if (!distrusted_) step(drop_covered());
    if (all) step(segments_->prepare());
  }
  segment_bytes_held_.store(segments_->bytes_held(), std::memory_order_relaxed);
  forgotten_below_.store(segments_->forgotten_below(), std::memory_order_release);
  if (all) standing_failure_.reset();
  failing_.store(standing_failure_.has_value(), std::memory_order_relaxed);
  return all;
}

bool Journal::wants_wake() const {
  return sleeping_.load() && ring_.load(std::memory_order_acquire)->used() > 0;
}

void Journal::wake() {
  woken_.store(true);
  // Taken for a moment by the drain as it goes to sleep: then it sees `woken_`, or the next tick
  // wakes it.
  if (sleep_mutex_.try_lock()) sleep_mutex_.unlock();
  sleep_.notify_one();
}

bool Journal::wait_for_records(Duration at_most) {
  std::unique_lock lock(sleep_mutex_);
  if (turns_awake_ > 0) {
    --turns_awake_;
    sleep_.wait_for(lock, std::min(at_most, kGather), [&] { return stopping_.load(); });
    return !stopping_.load();
  }
  if (has_unsynced()) {
    const Duration due = last_sync_ + options_.sync_interval - env_.clock.now();
    at_most = std::clamp(due, Duration::zero(), at_most);
  }
  sleeping_.store(true);
  sleep_.wait_for(lock, at_most, [&] {
    return stopping_.load() || woken_.load() || ring_.load(std::memory_order_acquire)->used() > 0;
  });
  sleeping_.store(false);
  woken_.store(false);
  return !stopping_.load();
}

void Journal::stop_waiting() {
  {
    const std::lock_guard lock(sleep_mutex_);
    stopping_.store(true);
  }
  sleep_.notify_all();
}

}  // namespace keepsake
