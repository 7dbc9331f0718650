#include "src/os/posix_shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "keepsake/base/ids.h"
#include "src/os/errno_error.h"
#include "src/os/system.h"
#include "src/os/unique_fd.h"

namespace keepsake::os {

namespace {

constexpr std::string_view kPrefix = "/keepsake-";

class Mapping final : public SharedMemory {
 public:
  Mapping(UniqueFd fd, std::string name, std::byte* data, std::size_t size)
      : fd_(std::move(fd)), name_(std::move(name)), data_(data), size_(size), pid_(::getpid()) {}
  ~Mapping() override {
    // A forked child doesn't have the mapping; another may lie at that address by now.
    if (pid_ == ::getpid()) ::munmap(data_, size_);
  }
  std::byte* data() const override { return data_; }
  std::size_t size() const override { return size_; }
  const std::string& name() const override { return name_; }
  bool linked() const override {
    struct stat found{};
    return ::fstat(fd_.get(), &found) == 0 && found.st_nlink > 0;
  }

 private:
  UniqueFd fd_;
  std::string name_;
  std::byte* data_;
  std::size_t size_;
  pid_t pid_;
};

Result<std::unique_ptr<SharedMemory>> map(UniqueFd fd, std::string name, std::size_t bytes,
                                          bool populate) {
  void* const data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                            MAP_SHARED | (populate ? MAP_POPULATE : 0), fd.get(), 0);
  if (data == MAP_FAILED) return errno_error(errno, "map shared memory", name);
  if (::madvise(data, bytes, MADV_DONTFORK) != 0) {
    const int number = errno;
    ::munmap(data, bytes);
    return errno_error(number, "keep from forked children the shared memory", name);
  }
  return std::unique_ptr<SharedMemory>(std::make_unique<Mapping>(
      std::move(fd), std::move(name), static_cast<std::byte*>(data), bytes));
}

}  // namespace

Result<std::unique_ptr<SharedMemory>> PosixSharedMemorySpace::create(std::size_t bytes,
                                                                     const Announce& announce) {
  SystemRandom random;
  std::string name = std::string(kPrefix) + Id128::random(random).text();
  if (announce) {
    if (auto good = announce(name); !good) return std::move(good).error();
  }
  UniqueFd fd(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.good()) return errno_error(errno, "create shared memory", name);
  int number = 0;
  do {
    number = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes));
  } while (number == EINTR);
  if (number != 0) {
    ::shm_unlink(name.c_str());
    Error error = errno_error(number, "allocate shared memory", name);
    if (number == ENOSPC) error.remedy("make room in /dev/shm, or ask for a smaller ring");
    return error;
  }
  auto mapped = map(std::move(fd), name, bytes, true);
  if (!mapped) ::shm_unlink(name.c_str());
  return mapped;
}

Result<std::unique_ptr<SharedMemory>> PosixSharedMemorySpace::open(std::string_view name) {
  std::string whole(name);
  // Names come out of files and database rows: only ours are followed.
  if (!name.starts_with(kPrefix) || name.find('/', 1) != std::string_view::npos) {
    return Error(ErrorCode::not_found, "'" + whole + "' is no name of a ring");
  }
  UniqueFd fd(::shm_open(whole.c_str(), O_RDWR | O_CLOEXEC, 0));
  if (!fd.good()) return errno_error(errno, "open shared memory", whole);
  struct stat found{};
  if (::fstat(fd.get(), &found) != 0) return errno_error(errno, "look at shared memory", whole);
  if (found.st_uid != ::geteuid() || found.st_size <= 0) {
    return Error(ErrorCode::io_error, "shared memory '" + whole + "' isn't ours");
  }
  return map(std::move(fd), std::move(whole), static_cast<std::size_t>(found.st_size), false);
}

Result<void> PosixSharedMemorySpace::remove(std::string_view name) {
  const std::string whole(name);
  if (!name.starts_with(kPrefix) || ::shm_unlink(whole.c_str()) == 0 || errno == ENOENT) return {};
  return errno_error(errno, "remove shared memory", whole);
}

}  // namespace keepsake::os
