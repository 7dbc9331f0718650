// POSIX shared memory (shm_overview(7)).
#pragma once

#include "src/base/shared_memory.h"

namespace keepsake::os {

class PosixSharedMemorySpace final : public SharedMemorySpace {
 public:
  Result<std::unique_ptr<SharedMemory>> create(std::size_t bytes,
                                               const Announce& announce) override;
  Result<std::unique_ptr<SharedMemory>> open(std::string_view name) override;
  Result<void> remove(std::string_view name) override;
};

}  // namespace keepsake::os
