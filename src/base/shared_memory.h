// Memory that outlives its process and that other processes of the machine can open by name.
// src/os implements it with POSIX shared memory, memory_machine.h in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "keepsake/base/result.h"

namespace keepsake {

/// A mapping. Unmapped when destroyed; the memory itself stays until its name is removed.
class SharedMemory {
 public:
  virtual ~SharedMemory() = default;
  /// Zeros when created; aligned to a page.
  [[nodiscard]] virtual std::byte* data() const = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;
  [[nodiscard]] virtual const std::string& name() const = 0;
  /// Whether the name still leads to this memory; if not, nobody else can open it any more.
  [[nodiscard]] virtual bool linked() const = 0;
};

class SharedMemorySpace {
 public:
  virtual ~SharedMemorySpace() = default;
  /// Is told the name before there is anything of it, so that who finds that we died meanwhile
  /// knows what to remove. With an error of its nothing is made.
  using Announce = std::function<Result<void>(const std::string& name)>;
  /// New memory under a random name, created exclusively, for our user only, allocated (not
  /// sparse), populated, and excluded from fork. Errors: storage_full, io_error, and `announce`'s.
  virtual Result<std::unique_ptr<SharedMemory>> create(std::size_t bytes,
                                                       const Announce& announce) = 0;
  /// Errors: not_found, io_error (not allowed, or not ours).
  virtual Result<std::unique_ptr<SharedMemory>> open(std::string_view name) = 0;
  /// Removes the name; mappings stay. Good if there is none.
  virtual Result<void> remove(std::string_view name) = 0;
};

/// Where we run. `boot_id` is new at each boot of the machine.
struct ProcessInfo {
  std::string boot_id;
  std::string host;
  std::int64_t pid = 0;
};

}  // namespace keepsake
