// The machine's clocks, its random numbers, and who we are. Only `main` and keepsake::open make
// these.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>

#include "keepsake/base/clock.h"
#include "keepsake/base/ids.h"
#include "keepsake/base/result.h"
#include "src/base/shared_memory.h"

namespace keepsake::os {

/// now() is CLOCK_BOOTTIME, wall() CLOCK_REALTIME.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] MonotonicTime now() const override;
  [[nodiscard]] WallTime wall() const override;
};

/// getrandom(2), some at a time. Thread-safe; a forked child draws numbers of its own.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  ~SystemRandom() override;
  SystemRandom(const SystemRandom&) = delete;
  SystemRandom& operator=(const SystemRandom&) = delete;
  std::uint64_t next() override;

 private:
  struct Drawn {
    std::size_t left;
    std::array<std::uint64_t, 32> words;
  };
  void draw();

  std::mutex mutex_;
  Drawn* const drawn_;  ///< guarded by mutex_; in a page that a forked child finds all zero
};

/// Boot id (/proc/sys/kernel/random/boot_id), host name and pid. Error io_error: /proc can't be
/// read.
[[nodiscard]] Result<ProcessInfo> process_info();

}  // namespace keepsake::os
