#include "src/os/file_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "src/base/assert.h"
#include "src/os/errno_error.h"
#include "src/os/unique_fd.h"

namespace keepsake::os {

namespace {

using Inode = std::pair<dev_t, ino_t>;

struct flock whole_file(int type) {
  struct flock lock{};
  lock.l_type = static_cast<short>(type);
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

struct LockFile::Inside {
  std::string path;
  Inode inode;
  pid_t pid = 0;  // the process that opened it; a forked child has no part in it
  UniqueFd fd;
  std::vector<UniqueFd> strays;  // other descriptors of the file; closing one would drop the lock
  mutable std::mutex mutex;
  std::condition_variable freed;
  bool held = false;
};

class LockTable {
 public:
  // Never destroyed: locks may be held by objects of static life.
  static LockTable& of_this_process() {
    static auto* table = new LockTable;
    return *table;
  }

  Result<std::shared_ptr<LockFile>> open(const std::string& path, bool create) {
    const std::lock_guard guard(mutex_);
    if (pid_ != ::getpid()) {
      files_.clear();
      pid_ = ::getpid();
    }
    struct stat found{};
    if (::stat(path.c_str(), &found) == 0) {
      if (auto known = find({found.st_dev, found.st_ino})) return known;
    }
    const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0);
    UniqueFd fd(::open(path.c_str(), flags, 0600));
    if (!fd.good()) return errno_error(errno, "open", path);
    if (::fstat(fd.get(), &found) != 0) return errno_error(errno, "look at", path);
    const Inode inode{found.st_dev, found.st_ino};
    if (auto known = find(inode)) {  // the path was changed while we looked
      known->inside_->strays.push_back(std::move(fd));
      return known;
    }
    auto inside = std::make_unique<LockFile::Inside>();
    inside->path = path;
    inside->inode = inode;
    inside->pid = pid_;
    inside->fd = std::move(fd);
    std::shared_ptr<LockFile> file(new LockFile(std::move(inside)));
    files_[inode] = file;
    return file;
  }

  // The last reference is gone: the file is closed under the table's lock, so that nobody opens it
  // anew, locks it, and loses the lock to this close.
  void close(std::unique_ptr<LockFile::Inside> inside) {
    const std::lock_guard guard(mutex_);
    const auto it = files_.find(inside->inode);
    if (it == files_.end()) return;
    if (const auto successor = it->second.lock()) {
      auto& strays = successor->inside_->strays;
      strays.push_back(std::move(inside->fd));
      for (UniqueFd& stray : inside->strays) strays.push_back(std::move(stray));
      return;
    }
    files_.erase(it);
    inside.reset();
  }

 private:
  std::shared_ptr<LockFile> find(const Inode& inode) {
    const auto it = files_.find(inode);
    return it == files_.end() ? nullptr : it->second.lock();
  }

  std::mutex mutex_;
  pid_t pid_ = 0;
  std::map<Inode, std::weak_ptr<LockFile>> files_;
};

LockFile::LockFile(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

LockFile::~LockFile() {
  if (inside_->pid == ::getpid()) LockTable::of_this_process().close(std::move(inside_));
}

Result<std::shared_ptr<LockFile>> LockFile::open(const std::string& path, bool create) {
  return LockTable::of_this_process().open(path, create);
}

Result<bool> LockFile::try_lock() {
  const std::lock_guard guard(inside_->mutex);
  require(inside_->pid == ::getpid(), "a lock file is used by the process that opened it");
  if (inside_->held) return false;
  struct flock lock = whole_file(F_WRLCK);
  while (::fcntl(inside_->fd.get(), F_SETLK, &lock) != 0) {
    if (errno == EACCES || errno == EAGAIN) return false;
    if (errno != EINTR) return errno_error(errno, "lock", inside_->path);
  }
  inside_->held = true;
  return true;
}

Result<bool> LockFile::lock_for(Duration at_most) {
  using std::chrono::steady_clock;
  const auto deadline = steady_clock::now() + at_most;
  Duration pause = std::chrono::microseconds(100);
  for (int round = 0;; ++round) {
    Result<bool> locked = try_lock();
    if (!locked || *locked) return locked;
    const auto left = deadline - steady_clock::now();
    if (left <= Duration::zero()) return false;
    if (round > 200) pause = std::chrono::milliseconds(1);
    std::unique_lock guard(inside_->mutex);
    const auto turn = std::min<Duration>(left, pause);
    if (inside_->held) {
      inside_->freed.wait_for(guard, turn);
    } else {
      guard.unlock();
      std::this_thread::sleep_for(turn);
    }
  }
}

void LockFile::unlock() {
  const std::lock_guard guard(inside_->mutex);
  if (inside_->pid != ::getpid()) return;
  require(inside_->held, "a lock is unlocked by who holds it");
  struct flock lock = whole_file(F_UNLCK);
  while (::fcntl(inside_->fd.get(), F_SETLK, &lock) != 0 && errno == EINTR) {
  }
  inside_->held = false;
  inside_->freed.notify_one();
}

Result<std::int64_t> LockFile::holder() const {
  const std::lock_guard guard(inside_->mutex);
  if (inside_->held) return static_cast<std::int64_t>(inside_->pid);
  struct flock lock = whole_file(F_WRLCK);
  if (::fcntl(inside_->fd.get(), F_GETLK, &lock) != 0) {
    return errno_error(errno, "ask for the lock of", inside_->path);
  }
  if (lock.l_type == F_UNLCK) return std::int64_t{0};
  return static_cast<std::int64_t>(lock.l_pid > 0 ? lock.l_pid : -1);
}

bool LockFile::is_at(const std::string& path) const {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 && Inode{found.st_dev, found.st_ino} == inside_->inode;
}

}  // namespace keepsake::os
