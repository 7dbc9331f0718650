#include "src/base/memory_machine.h"

#include <algorithm>

#include "src/base/assert.h"
#include "src/base/memory_machine_state.h"

namespace keepsake {

namespace {

constexpr std::uint64_t kSector = 512;

void release_locks(MemoryMachineState& state, std::int64_t pid) {
  for (auto& [path, inode] : state.files) {
    if (inode->locked_by == pid) inode->locked_by = 0;
  }
}

// Each sector of what wasn't synced reached the disk, or didn't.
void settle(MemoryInode& inode, Random& random) {
  for (const auto& [offset, count] : inode.unsynced) {
    for (std::uint64_t at = offset; at < offset + count;) {
      const std::uint64_t end = std::min(offset + count, (at / kSector + 1) * kSector);
      if (random.next() % 2 == 0) {
        if (inode.durable.size() < end) inode.durable.resize(end, '\0');
        inode.durable.replace(at, end - at, inode.bytes, at, end - at);
      }
      at = end;
    }
  }
  inode.unsynced.clear();
  inode.bytes = inode.durable;
  inode.locked_by = 0;
}

}  // namespace

std::uint64_t MemoryMachineState::used_bytes() const {
  std::uint64_t used = 0;
  for (const auto& [path, inode] : files) used += inode->bytes.size();
  return used;
}

Result<void> MemoryMachineState::living(std::int64_t pid) const {
  if (alive.contains(pid)) return {};
  return Error(ErrorCode::io_error, "process " + std::to_string(pid) + " is dead");
}

Result<void> MemoryMachineState::allowed(std::string_view path) const {
  if (forbidden.empty() || !path.starts_with(forbidden)) return {};
  return Error(ErrorCode::read_only, "'" + std::string(path) + "' may not be opened");
}

MemoryProcess::MemoryProcess(std::shared_ptr<MemoryMachineState> machine, std::int64_t pid)
    : machine_(std::move(machine)),
      pid_(pid),
      files_(make_memory_file_system(machine_, pid)),
      memory_(make_memory_shared_memory(machine_, pid)) {}

MemoryProcess::~MemoryProcess() = default;

ProcessInfo MemoryProcess::info() const {
  const std::lock_guard guard(machine_->mutex);
  return {.boot_id = machine_->boot_id, .host = machine_->host, .pid = pid_};
}

void MemoryProcess::kill() {
  const std::lock_guard guard(machine_->mutex);
  machine_->alive.erase(pid_);
  release_locks(*machine_, pid_);
}

MemoryMachine::MemoryMachine(Random& random, std::string host)
    : state_(std::make_shared<MemoryMachineState>(random)) {
  state_->host = std::move(host);
  state_->boot_id = Id128::random(random).text();
  state_->directories.insert("");
}

MemoryMachine::~MemoryMachine() = default;

std::unique_ptr<MemoryProcess> MemoryMachine::start_process() {
  std::int64_t pid = 0;
  {
    const std::lock_guard guard(state_->mutex);
    pid = ++state_->last_pid;
    state_->alive.insert(pid);
  }
  return std::make_unique<MemoryProcess>(state_, pid);
}

void MemoryMachine::lose_power() {
  const std::lock_guard guard(state_->mutex);
  state_->alive.clear();
  for (auto& [path, inode] : state_->files) settle(*inode, state_->random);
  for (auto& [name, region] : state_->regions) region->linked = false;
  state_->regions.clear();
  state_->boot_id = Id128::random(state_->random).text();
}

void MemoryMachine::set_disk_bytes(std::uint64_t bytes) {
  const std::lock_guard guard(state_->mutex);
  state_->disk_bytes = bytes;
}

void MemoryMachine::fail_syncs(int count) {
  const std::lock_guard guard(state_->mutex);
  state_->failing_syncs = count;
}

void MemoryMachine::fail_writes(int count) {
  const std::lock_guard guard(state_->mutex);
  state_->failing_writes = count;
}

void MemoryMachine::set_local(bool local) {
  const std::lock_guard guard(state_->mutex);
  state_->local = local;
}

void MemoryMachine::forbid(std::string_view path) {
  const std::lock_guard guard(state_->mutex);
  state_->forbidden = path;
}

void MemoryMachine::corrupt(std::string_view path, std::uint64_t offset, unsigned char mask) {
  const std::lock_guard guard(state_->mutex);
  const auto it = state_->files.find(path);
  require(it != state_->files.end() && offset < it->second->bytes.size(),
          "what is to be corrupted is there");
  for (std::string* bytes : {&it->second->bytes, &it->second->durable}) {
    if (offset < bytes->size()) (*bytes)[offset] = static_cast<char>((*bytes)[offset] ^ mask);
  }
}

void MemoryMachine::unlink_shared_memory() {
  const std::lock_guard guard(state_->mutex);
  for (auto& [name, region] : state_->regions) region->linked = false;
  state_->regions.clear();
}

std::vector<std::string> MemoryMachine::paths() const {
  const std::lock_guard guard(state_->mutex);
  std::vector<std::string> out;
  for (const auto& [path, inode] : state_->files) out.push_back(path);
  return out;
}

std::string MemoryMachine::bytes(std::string_view path) const {
  const std::lock_guard guard(state_->mutex);
  const auto it = state_->files.find(path);
  return it == state_->files.end() ? std::string() : it->second->bytes;
}

}  // namespace keepsake
