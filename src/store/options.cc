#include "keepsake/store/options.h"

#include <algorithm>
#include <string>

#include "keepsake/backend/history.h"
#include "keepsake/base/ids.h"

namespace keepsake {

namespace {

std::string ms(Duration duration) { return std::to_string(to_ms(duration)) + " ms"; }

Error out_of_range(const char* option, const std::string& expected, const std::string& found) {
  return Error(ErrorCode::invalid_options, std::string("option ") + option)
      .expected(expected)
      .found(found);
}

Result<void> in_range(const char* option, Duration value, Duration least, Duration most) {
  if (value >= least && value <= most) return {};
  return out_of_range(option, ms(least) + " to " + ms(most), ms(value));
}

Result<void> in_range(const char* option, std::uint64_t value, std::uint64_t least,
                      std::uint64_t most) {
  if (value >= least && value <= most) return {};
  return out_of_range(option, std::to_string(least) + " to " + std::to_string(most),
                      std::to_string(value));
}

Result<void> valid_timing(const Timing& timing) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const Result<void> ranges[] = {
      in_range("timing.lease", timing.lease, milliseconds(400), hours(1)),
      in_range("timing.renewal", timing.renewal, milliseconds(50), timing.lease / 4),
      in_range("timing.margin", timing.margin, milliseconds(10), timing.lease / 4),
      in_range("timing.auto_save", timing.auto_save, milliseconds(10), hours(1)),
      in_range("timing.poll", timing.poll, milliseconds(1), timing.lease),
      in_range("timing.tie", timing.tie, milliseconds(1), timing.lease),
      in_range("timing.load_deadline", timing.load_deadline, milliseconds(1), hours(1)),
      in_range("timing.save_deadline", timing.save_deadline, milliseconds(1), hours(1)),
      in_range("timing.ask", timing.ask, milliseconds(1), hours(1)),
      in_range("timing.returns", timing.returns, milliseconds(10), hours(24)),
      in_range("timing.receipt_retention", timing.receipt_retention, hours(1), hours(24 * 36500)),
  };
  for (const Result<void>& range : ranges) {
    if (!range) return range;
  }
  return {};
}

Result<void> valid_journal(const JournalSettings& journal) {
  constexpr std::uint64_t kLeast = 64UL << 10;
  constexpr std::uint64_t kMost = 1UL << 30;
  if (Result<void> ring = in_range("journal.ring_bytes", journal.ring_bytes, kLeast, kMost);
      !ring) {
    return ring;
  }
  if ((journal.ring_bytes & (journal.ring_bytes - 1)) != 0) {
    return out_of_range("journal.ring_bytes", "a power of two", std::to_string(journal.ring_bytes));
  }
  if (Result<void> segment =
          in_range("journal.segment_bytes", journal.segment_bytes, kLeast, kMost);
      !segment) {
    return segment;
  }
  if (journal.max_bytes < 4 * journal.segment_bytes) {
    return out_of_range("journal.max_bytes", "at least 4 times journal.segment_bytes",
                        std::to_string(journal.max_bytes));
  }
  return in_range("journal.sync_every", journal.sync_every, std::chrono::milliseconds(1),
                  std::chrono::seconds(10));
}

Result<void> valid_history(const HistorySettings& history) {
  if (Result<void> count =
          in_range("history.snapshots", history.snapshots, 0, std::uint64_t{kMaxSnapshots});
      !count) {
    return count;
  }
  return in_range("history.age", history.age, std::chrono::hours(1),
                  std::chrono::hours(24 * 36500));
}

}  // namespace

PayloadFormat payload_of(const StoreOptions& options, const std::string& store) {
  const auto other = options.payloads.find(store);
  return other == options.payloads.end() ? options.payload : other->second;
}

Result<void> valid_options(const StoreOptions& options) {
  if (!ServerId{options.server}.valid()) {
    return out_of_range("server", "1 to 64 characters out of [A-Za-z0-9._-]",
                        "\"" + options.server + "\"");
  }
  if (Result<void> timing = valid_timing(options.timing); !timing) return timing;
  if (Result<void> journal = valid_journal(options.journal); !journal) return journal;
  if (Result<void> history = valid_history(options.history); !history) return history;
  return in_range("read_threads", static_cast<std::uint64_t>(std::max(options.read_threads, 0)), 1,
                  16);
}

}  // namespace keepsake
