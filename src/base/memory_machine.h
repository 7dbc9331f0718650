// MemoryMachine: a machine in memory, with its disk, its shared memory, its processes, and the
// faults that they meet. For testing::World, the simulator and tests; deterministic.
//
// What a process wrote is seen by others at once; what is synced survives lose_power(). Names of
// files are durable at once, as on a journaling file system whose directories are synced. All
// functions may be called from any thread. The machine outlives its processes; files, locks and
// mappings may outlive the process that opened them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/ids.h"
#include "src/base/file_system.h"
#include "src/base/shared_memory.h"

namespace keepsake {

struct MemoryMachineState;

/// A process of that machine. Destroying it is no death: its locks stay until kill().
class MemoryProcess {
 public:
  MemoryProcess(std::shared_ptr<MemoryMachineState> machine, std::int64_t pid);
  ~MemoryProcess();

  [[nodiscard]] FileSystem& files() { return *files_; }
  [[nodiscard]] SharedMemorySpace& memory() { return *memory_; }
  [[nodiscard]] ProcessInfo info() const;

  /// kill -9: its locks are free, all that it wrote stays, and whatever still calls on its behalf
  /// gets io_error and changes nothing. (Shared memory that is mapped can still be written: let
  /// nothing of the dead process run.)
  void kill();

 private:
  std::shared_ptr<MemoryMachineState> machine_;
  std::int64_t pid_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<SharedMemorySpace> memory_;
};

class MemoryMachine {
 public:
  /// `random` draws names and the fate of unsynced bytes; it outlives the machine.
  explicit MemoryMachine(Random& random, std::string host = "memory");
  ~MemoryMachine();

  [[nodiscard]] std::unique_ptr<MemoryProcess> start_process();

  /// The machine dies and boots: every process is dead, shared memory is gone, and of what wasn't
  /// synced each 512 bytes are there or not, by chance.
  void lose_power();

  // --- faults -----------------------------------------------------------------------------------

  /// All files together may have so many bytes; growing beyond is storage_full. Default: no limit.
  void set_disk_bytes(std::uint64_t bytes);
  /// The next `count` syncs fail with io_error; what they should have made durable never will be.
  void fail_syncs(int count);
  /// The next `count` writes fail with io_error, half done.
  void fail_writes(int count);
  /// Whether the disk counts as local. Default: yes.
  void set_local(bool local);
  /// Nobody may open, lock or probe files whose path begins so (`read_only`). Empty: all may again.
  void forbid(std::string_view path);
  /// Flips bits of a stored byte, durably.
  void corrupt(std::string_view path, std::uint64_t offset, unsigned char mask);
  /// Somebody cleans up: the names of all shared memory are gone, mappings stay.
  void unlink_shared_memory();

  /// Paths of all files, sorted, and one's bytes, for tests.
  [[nodiscard]] std::vector<std::string> paths() const;
  [[nodiscard]] std::string bytes(std::string_view path) const;

 private:
  std::shared_ptr<MemoryMachineState> state_;
};

}  // namespace keepsake
