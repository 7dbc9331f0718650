// The inside of MemoryMachine, shared by its files and its shared memory.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "keepsake/base/ids.h"
#include "src/base/file_system.h"
#include "src/base/shared_memory.h"

namespace keepsake {

struct MemoryInode {
  std::string bytes;    // what processes see
  std::string durable;  // what a power loss leaves, with part of `unsynced`
  std::vector<std::pair<std::uint64_t, std::uint64_t>> unsynced;  // offset and count, as written
  std::int64_t locked_by = 0;
};

struct MemoryRegion {
  std::string name;
  std::unique_ptr<std::byte[], void (*)(std::byte*)> data;
  std::size_t size = 0;
  bool linked = true;
};

struct MemoryMachineState {
  explicit MemoryMachineState(Random& source) : random(source) {}

  std::mutex mutex;
  Random& random;
  std::string host;
  std::string boot_id;
  std::int64_t last_pid = 1000;
  std::set<std::int64_t> alive;

  std::map<std::string, std::shared_ptr<MemoryInode>, std::less<>> files;
  std::set<std::string, std::less<>> directories;
  std::map<std::string, std::shared_ptr<MemoryRegion>, std::less<>> regions;

  std::uint64_t disk_bytes = std::numeric_limits<std::uint64_t>::max();
  int failing_syncs = 0;
  int failing_writes = 0;
  bool local = true;
  std::string forbidden;  // what paths of files that nobody may open begin with; "" for none

  // All with `mutex` held.
  [[nodiscard]] std::uint64_t used_bytes() const;
  [[nodiscard]] Result<void> living(std::int64_t pid) const;
  [[nodiscard]] Result<void> allowed(std::string_view path) const;
};

[[nodiscard]] std::unique_ptr<FileSystem> make_memory_file_system(
    std::shared_ptr<MemoryMachineState> machine, std::int64_t pid);
[[nodiscard]] std::unique_ptr<SharedMemorySpace> make_memory_shared_memory(
    std::shared_ptr<MemoryMachineState> machine, std::int64_t pid);

}  // namespace keepsake
