#include "src/os/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "src/os/errno_error.h"
#include "src/os/unique_fd.h"

namespace keepsake::os {

namespace {

class PosixFile final : public File {
 public:
  PosixFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written =
          ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno_error(errno, "write to", path_);
      if (written == 0) return Error(ErrorCode::io_error, "nothing was written to '" + path_ + "'");
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  Result<std::string> read_at(std::uint64_t offset, std::size_t count) override {
    std::string out(count, '\0');
    std::size_t got = 0;
    while (got < count) {
      const ssize_t part =
          ::pread(fd_.get(), out.data() + got, count - got, static_cast<off_t>(offset + got));
      if (part < 0 && errno == EINTR) continue;
      if (part < 0) return errno_error(errno, "read", path_);
      if (part == 0) break;
      got += static_cast<std::size_t>(part);
    }
    out.resize(got);
    return out;
  }

  Result<void> sync() override {
    while (::fdatasync(fd_.get()) != 0) {
      if (errno != EINTR) return errno_error(errno, "sync", path_);
    }
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat found{};
    if (::fstat(fd_.get(), &found) != 0) return errno_error(errno, "look at", path_);
    return static_cast<std::uint64_t>(found.st_size);
  }

 private:
  UniqueFd fd_;
  std::string path_;
};

// statfs(2) types of file systems whose locks and memory are this machine's own.
constexpr std::array<std::uint32_t, 11> kLocalTypes = {
    0xEF53,      // ext2, ext3, ext4
    0x58465342,  // xfs
    0x9123683E,  // btrfs
    0xF2F52010,  // f2fs
    0x2FC12FC1,  // zfs
    0xCA451A4E,  // bcachefs
    0x3153464A,  // jfs
    0x52654973,  // reiserfs
    0x794C7630,  // overlayfs
    0x01021994,  // tmpfs
    0x858458F6,  // ramfs
};

}  // namespace

Result<void> PosixFileSystem::create_directory(std::string_view path) {
  const std::string whole(path);
  for (std::size_t slash = whole.find('/', 1); slash != std::string::npos;
       slash = whole.find('/', slash + 1)) {
    const std::string parent = whole.substr(0, slash);
    if (::mkdir(parent.c_str(), 0700) != 0 && errno != EEXIST && errno != EROFS &&
        errno != EACCES) {
      return errno_error(errno, "make directory", parent);
    }
  }
  if (::mkdir(whole.c_str(), 0700) == 0) return {};
  const int number = errno;
  struct stat found{};
  if (::stat(whole.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) return {};
  return errno_error(number, "make directory", whole);
}

Result<std::vector<std::string>> PosixFileSystem::list(std::string_view directory) {
  const std::string path(directory);
  DIR* const handle = ::opendir(path.c_str());
  if (handle == nullptr) return errno_error(errno, "list", path);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(handle)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  const int number = errno;
  ::closedir(handle);
  if (number != 0) return errno_error(number, "list", path);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::unique_ptr<File>> PosixFileSystem::open(std::string_view path, OpenMode mode) {
  const std::string whole(path);
  const int flags = mode == OpenMode::read    ? O_RDONLY
                    : mode == OpenMode::write ? O_RDWR
                                              : O_RDWR | O_CREAT | O_EXCL;
  UniqueFd fd(::open(whole.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.good()) return errno_error(errno, mode == OpenMode::create ? "create" : "open", whole);
  return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), whole));
}

Result<void> PosixFileSystem::rename(std::string_view from, std::string_view to) {
  if (::rename(std::string(from).c_str(), std::string(to).c_str()) == 0) return {};
  return errno_error(errno, "rename", from);
}

Result<void> PosixFileSystem::remove(std::string_view path) {
  const std::string whole(path);
  if (std::remove(whole.c_str()) == 0 || errno == ENOENT) return {};
  return errno_error(errno, "remove", whole);
}

Result<void> PosixFileSystem::sync_directory(std::string_view path) {
  const std::string whole(path);
  const UniqueFd fd(::open(whole.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.good()) return errno_error(errno, "open", whole);
  while (::fsync(fd.get()) != 0) {
    if (errno != EINTR) return errno_error(errno, "sync", whole);
  }
  return {};
}

bool PosixFileSystem::exists(std::string_view path) {
  struct stat found{};
  return ::stat(std::string(path).c_str(), &found) == 0;
}

bool PosixFileSystem::is_local(std::string_view path) {
  struct statfs found{};
  if (::statfs(std::string(path).c_str(), &found) != 0) return false;
  const auto type = static_cast<std::uint32_t>(found.f_type);
  return std::find(kLocalTypes.begin(), kLocalTypes.end(), type) != kLocalTypes.end();
}

}  // namespace keepsake::os
