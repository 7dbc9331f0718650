#include "examples/torture/mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace torture {

using keepsake::Error;
using keepsake::ErrorCode;
using keepsake::Result;

namespace {

Error failed(const std::string& what) {
  return Error(ErrorCode::io_error, what + ": " + std::strerror(errno));
}

std::string size_option(std::size_t bytes) { return "size=" + std::to_string(bytes); }

/// Without being root one may mount in a name space of users of one's own, where that is allowed.
bool separate_users() {
  const std::string user = "0 " + std::to_string(::getuid()) + " 1";
  const std::string group = "0 " + std::to_string(::getgid()) + " 1";
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << user;
  std::ofstream("/proc/self/gid_map") << group;
  return true;
}

}  // namespace

std::optional<std::string> separate_mounts() {
  if (::unshare(CLONE_NEWNS) != 0 && !separate_users()) {
    return std::string("this user may not have mounts of its own: ") + std::strerror(errno);
  }
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return std::string("can't keep mounts to this process: ") + std::strerror(errno);
  }
  const Result<Mount> tried = Mount::temporary(1 << 20);
  if (!tried) return tried.error().cause();
  return std::nullopt;
}

Result<Mount> Mount::over(const std::string& folder, std::size_t bytes) {
  if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, size_option(bytes).c_str()) != 0) {
    return failed("can't mount a tmpfs over " + folder);
  }
  return Mount(folder, false);
}

Result<Mount> Mount::temporary(std::size_t bytes) {
  std::string path = (std::filesystem::temp_directory_path() / "keepsake-demo-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) return failed("can't make a temporary folder");
  Result<Mount> mounted = over(path, bytes);
  if (mounted) {
    mounted->made_ = true;
  } else {
    ::rmdir(path.c_str());
  }
  return mounted;
}

Result<void> Mount::resize(std::size_t bytes) {
  if (::mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT, size_option(bytes).c_str()) == 0) {
    return {};
  }
  return failed("can't resize the tmpfs over " + folder_);
}

Mount::Mount(Mount&& other) noexcept
    : folder_(std::exchange(other.folder_, {})), made_(other.made_) {}

Mount::~Mount() {
  if (folder_.empty()) return;
  ::umount2(folder_.c_str(), MNT_DETACH);
  if (made_) ::rmdir(folder_.c_str());
}

Result<Ballast> Ballast::in(const std::string& folder) {
  Ballast ballast(folder + "/ballast");
  const int file = ::open(ballast.path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return failed("can't make a file in " + folder);
  off_t size = 0;
  int error = 0;
  for (off_t step = 16 << 20; step >= 4096;) {
    error = ::posix_fallocate(file, size, step);
    if (error == EINTR) continue;
    if (error != 0) {
      step /= 2;
    } else {
      size += step;
    }
  }
  ::close(file);
  if (error == ENOSPC) return ballast;
  errno = error;
  return failed("can't fill " + folder);
}

Ballast::Ballast(Ballast&& other) noexcept : path_(std::exchange(other.path_, {})) {}
Ballast::~Ballast() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace torture
