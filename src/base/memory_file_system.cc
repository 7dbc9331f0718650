#include <algorithm>

#include "src/base/memory_machine_state.h"

namespace keepsake {

namespace {

using State = std::shared_ptr<MemoryMachineState>;

Error missing(std::string_view path) {
  return Error(ErrorCode::not_found, "'" + std::string(path) + "' isn't there");
}

class MemoryFile final : public File {
 public:
  MemoryFile(State machine, std::int64_t pid, std::shared_ptr<MemoryInode> inode, bool writes)
      : machine_(std::move(machine)), pid_(pid), inode_(std::move(inode)), writes_(writes) {}

  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good;
    if (!writes_) return Error(ErrorCode::read_only, "the file is open for reading");
    const std::uint64_t end = offset + bytes.size();
    const std::uint64_t growth = end > inode_->bytes.size() ? end - inode_->bytes.size() : 0;
    if (growth > 0 &&
        growth > machine_->disk_bytes - std::min(machine_->disk_bytes, machine_->used_bytes())) {
      return Error(ErrorCode::storage_full, "no room on the disk");
    }
    const bool fails = machine_->failing_writes > 0;
    if (fails) {
      --machine_->failing_writes;
      bytes = bytes.substr(0, bytes.size() / 2);
    }
    if (inode_->bytes.size() < offset + bytes.size()) inode_->bytes.resize(offset + bytes.size());
    inode_->bytes.replace(offset, bytes.size(), bytes);
    inode_->unsynced.emplace_back(offset, bytes.size());
    if (fails) return Error(ErrorCode::io_error, "the disk failed to write");
    return {};
  }

  Result<std::string> read_at(std::uint64_t offset, std::size_t count) override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good.error();
    if (offset >= inode_->bytes.size()) return std::string();
    return inode_->bytes.substr(offset, count);
  }

  Result<void> sync() override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good;
    const auto written = std::exchange(inode_->unsynced, {});
    if (machine_->failing_syncs > 0) {
      --machine_->failing_syncs;
      return Error(ErrorCode::io_error, "the disk failed to sync");
    }
    for (const auto& [offset, count] : written) {
      if (inode_->durable.size() < offset + count) inode_->durable.resize(offset + count, '\0');
      inode_->durable.replace(offset, count, inode_->bytes, offset, count);
    }
    return {};
  }

  Result<std::uint64_t> size() override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good.error();
    return static_cast<std::uint64_t>(inode_->bytes.size());
  }

 private:
  State machine_;
  std::int64_t pid_;
  std::shared_ptr<MemoryInode> inode_;
  bool writes_;
};

class MemoryLock final : public FileLock {
 public:
  MemoryLock(State machine, std::int64_t pid, std::shared_ptr<MemoryInode> inode)
      : machine_(std::move(machine)), pid_(pid), inode_(std::move(inode)) {}
  ~MemoryLock() override {
    const std::lock_guard guard(machine_->mutex);
    if (inode_->locked_by == pid_) inode_->locked_by = 0;
  }

 private:
  State machine_;
  std::int64_t pid_;
  std::shared_ptr<MemoryInode> inode_;
};

class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem(State machine, std::int64_t pid) : machine_(std::move(machine)), pid_(pid) {}

  Result<void> create_directory(std::string_view path) override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good;
    for (std::size_t slash = path.find('/', 1); slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
      machine_->directories.emplace(path.substr(0, slash));
    }
    machine_->directories.emplace(path);
    return {};
  }

  Result<std::vector<std::string>> list(std::string_view directory) override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good.error();
    if (!machine_->directories.contains(directory)) return missing(directory);
    std::set<std::string> names;
    const std::string prefix = std::string(directory) + "/";
    const auto add = [&](std::string_view path) {
      if (!path.starts_with(prefix)) return;
      const std::string_view rest = path.substr(prefix.size());
      if (!rest.empty() && rest.find('/') == std::string_view::npos) names.emplace(rest);
    };
    for (const auto& [path, inode] : machine_->files) add(path);
    for (const std::string& path : machine_->directories) add(path);
    return std::vector<std::string>(names.begin(), names.end());
  }

  Result<std::unique_ptr<File>> open(std::string_view path, OpenMode mode) override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good.error();
    if (auto good = machine_->allowed(path); !good) return good.error();
    auto it = machine_->files.find(path);
    if (mode == OpenMode::create) {
      if (it != machine_->files.end()) {
        return Error(ErrorCode::already_exists, "'" + std::string(path) + "' is there already");
      }
      const std::string_view parent = path.substr(0, path.rfind('/'));
      if (!machine_->directories.contains(parent)) return missing(parent);
      it = machine_->files.emplace(path, std::make_shared<MemoryInode>()).first;
    }
    if (it == machine_->files.end()) return missing(path);
    return std::unique_ptr<File>(
        std::make_unique<MemoryFile>(machine_, pid_, it->second, mode != OpenMode::read));
  }

  Result<void> rename(std::string_view from, std::string_view to) override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good;
    if (const auto it = machine_->files.find(from); it != machine_->files.end()) {
      auto inode = it->second;
      machine_->files.erase(it);
      machine_->files.insert_or_assign(std::string(to), std::move(inode));
      return {};
    }
    if (!machine_->directories.contains(from)) return missing(from);
    const auto moved = [&](std::string_view path) {
      return std::string(to) + std::string(path.substr(from.size()));
    };
    const auto inside = [&](std::string_view path) {
      return path == from || path.starts_with(std::string(from) + "/");
    };
    std::map<std::string, std::shared_ptr<MemoryInode>, std::less<>> files;
    for (auto& [path, inode] : machine_->files) {
      files.emplace(inside(path) ? moved(path) : path, std::move(inode));
    }
    std::set<std::string, std::less<>> directories;
    for (const std::string& path : machine_->directories) {
      directories.insert(inside(path) ? moved(path) : path);
    }
    machine_->files = std::move(files);
    machine_->directories = std::move(directories);
    return {};
  }

  Result<void> remove(std::string_view path) override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good;
    if (const auto it = machine_->files.find(path); it != machine_->files.end()) {
      machine_->files.erase(it);
      return {};
    }
    const auto directory = machine_->directories.find(path);
    if (directory == machine_->directories.end()) return {};
    const std::string prefix = std::string(path) + "/";
    for (const auto& [file, inode] : machine_->files) {
      if (file.starts_with(prefix)) {
        return Error(ErrorCode::already_exists, "'" + std::string(path) + "' isn't empty");
      }
    }
    machine_->directories.erase(directory);
    return {};
  }

  Result<void> sync_directory(std::string_view) override {
    const std::lock_guard guard(machine_->mutex);
    return machine_->living(pid_);
  }

  bool exists(std::string_view path) override {
    const std::lock_guard guard(machine_->mutex);
    return machine_->files.contains(path) || machine_->directories.contains(path);
  }

  bool is_local(std::string_view) override {
    const std::lock_guard guard(machine_->mutex);
    return machine_->local;
  }

  Result<std::unique_ptr<FileLock>> lock(std::string_view path) override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->living(pid_); !good) return good.error();
    if (auto good = machine_->allowed(path); !good) return good.error();
    auto& inode = machine_->files[std::string(path)];
    if (inode == nullptr) inode = std::make_shared<MemoryInode>();
    if (inode->locked_by != 0) {
      return Error(ErrorCode::held, "'" + std::string(path) + "' is locked by another process")
          .found("process " + std::to_string(inode->locked_by));
    }
    inode->locked_by = pid_;
    return std::unique_ptr<FileLock>(std::make_unique<MemoryLock>(machine_, pid_, inode));
  }

  Result<LockState> probe(std::string_view path) override {
    const std::lock_guard guard(machine_->mutex);
    if (auto good = machine_->allowed(path); !good) return good.error();
    const auto it = machine_->files.find(path);
    if (it == machine_->files.end()) return missing(path);
    return LockState{.held = it->second->locked_by != 0, .pid = it->second->locked_by};
  }

  // Time stands still here: only looks.
  bool wait_until_free(std::string_view path, Duration) override {
    const auto state = probe(path);
    return !state || !state->held;
  }

 private:
  State machine_;
  std::int64_t pid_;
};

}  // namespace

std::unique_ptr<FileSystem> make_memory_file_system(State machine, std::int64_t pid) {
  return std::make_unique<MemoryFileSystem>(std::move(machine), pid);
}

}  // namespace keepsake
