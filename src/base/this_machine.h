// The machine that this process runs on, as the interfaces of base: implemented in src/os, so that
// who needs files, shared memory, time or randomness includes no operating system.
#pragma once

#include "keepsake/base/clock.h"
#include "keepsake/base/ids.h"
#include "src/base/file_system.h"
#include "src/base/shared_memory.h"

namespace keepsake {

struct Machine {
  FileSystem& files;
  SharedMemorySpace& memory;
  const Clock& clock;
  Random& random;
  ProcessInfo process;
};

/// One for the life of the process; everything in it is thread-safe.
[[nodiscard]] const Machine& this_machine();

}  // namespace keepsake
