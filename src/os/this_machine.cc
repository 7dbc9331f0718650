#include "src/base/this_machine.h"

#include "src/base/assert.h"
#include "src/os/posix_file_system.h"
#include "src/os/posix_shared_memory.h"
#include "src/os/system.h"

namespace keepsake {

const Machine& this_machine() {
  static os::SystemClock clock;
  static os::SystemRandom random;
  static os::PosixFileSystem files;
  static os::PosixSharedMemorySpace memory;
  static const Machine kMachine{files, memory, clock, random, [] {
                                  Result<ProcessInfo> info = os::process_info();
                                  require(info.has_value(), "/proc tells who this process is");
                                  return *info;
                                }()};
  return kMachine;
}

}  // namespace keepsake
