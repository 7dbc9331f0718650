#include <cstring>
#include <new>

#include "src/base/memory_machine_state.h"

namespace keepsake {

namespace {

constexpr std::align_val_t kPage{4096};

void free_page_aligned(std::byte* data) { ::operator delete(data, kPage); }

class MemoryMapping final : public SharedMemory {
 public:
  MemoryMapping(std::shared_ptr<MemoryMachineState> machine, std::shared_ptr<MemoryRegion> region)
      : machine_(std::move(machine)), region_(std::move(region)) {}
  std::byte* data() const override { return region_->data.get(); }
  std::size_t size() const override { return region_->size; }
  const std::string& name() const override { return region_->name; }
  bool linked() const override {
    const std::lock_guard guard(machine_->mutex);
    return region_->linked;
  }

 private:
  std::shared_ptr<MemoryMachineState> machine_;
  std::shared_ptr<MemoryRegion> region_;
};

class MemorySharedMemorySpace final : public SharedMemorySpace {
 public:
  MemorySharedMemorySpace(std::shared_ptr<MemoryMachineState> machine, std::int64_t pid)
      : machine_(std::move(machine)), pid_(pid) {}

  Result<std::unique_ptr<SharedMemory>> create(std::size_t bytes,
                                               const Announce& announce) override {
    Result<std::string> name = new_name();
    if (!name) return std::move(name).error();
    if (announce) {
      if (auto good = announce(*name); !good) return std::move(good).error();
    }
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good.error();
    auto region = std::make_shared<MemoryRegion>(MemoryRegion{
        .name = *std::move(name),
        .data = {static_cast<std::byte*>(::operator new(bytes, kPage)), &free_page_aligned},
        .size = bytes,
        .linked = true});
    std::memset(region->data.get(), 0, bytes);
    machine_->regions.emplace(region->name, region);
    return std::unique_ptr<SharedMemory>(std::make_unique<MemoryMapping>(machine_, region));
  }

  Result<std::unique_ptr<SharedMemory>> open(std::string_view name) override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good.error();
    const auto it = machine_->regions.find(name);
    if (it == machine_->regions.end()) {
      return Error(ErrorCode::not_found, "shared memory '" + std::string(name) + "' isn't there");
    }
    return std::unique_ptr<SharedMemory>(std::make_unique<MemoryMapping>(machine_, it->second));
  }

  Result<void> remove(std::string_view name) override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good;
    const auto it = machine_->regions.find(name);
    if (it == machine_->regions.end()) return {};
    it->second->linked = false;
    machine_->regions.erase(it);
    return {};
  }

 private:
  Result<std::string> new_name() {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good.error();
    return "/keepsake-" + Id128::random(machine_->random).text();
  }

  std::shared_ptr<MemoryMachineState> machine_;
  std::int64_t pid_;
};

}  // namespace

std::unique_ptr<SharedMemorySpace> make_memory_shared_memory(
    std::shared_ptr<MemoryMachineState> machine, std::int64_t pid) {
  return std::make_unique<MemorySharedMemorySpace>(std::move(machine), pid);
}

}  // namespace keepsake
