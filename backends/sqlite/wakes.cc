#include "backends/sqlite/wakes.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>

namespace keepsake {

namespace {

/// A socket's address is limited to 107 bytes, a path isn't: one that is too long goes through the
/// open folder.
sockaddr_un address_of(const std::string& path, int directory_fd, Incarnation incarnation) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string name = path;
  if (name.size() >= sizeof address.sun_path) {
    name = "/proc/self/fd/" + std::to_string(directory_fd) + "/" + std::to_string(incarnation);
  }
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  return address;
}

/// Not to be followed into somebody else's folder: ours, a real one, and for us alone.
bool is_private(int directory_fd) {
  struct stat folder{};
  return ::fstat(directory_fd, &folder) == 0 && folder.st_uid == ::geteuid() &&
         (folder.st_mode & 077) == 0;
}

bool drain(int socket) {
  bool any = false;
  char byte = 0;
  while (::recv(socket, &byte, 1, MSG_DONTWAIT) >= 0) any = true;
  return any;
}

}  // namespace

Wakes::Wakes(const std::string& directory) : directory_(directory) {
  stop_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  ::mkdir(directory_.c_str(), 0700);
  directory_fd_ = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (directory_fd_ >= 0 && !is_private(directory_fd_)) {
    ::close(directory_fd_);
    directory_fd_ = -1;
  }
  if (directory_fd_ >= 0) sender_fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

Wakes::~Wakes() {
  for (const auto& [incarnation, socket] : sockets_) {
    if (socket < 0) continue;
    ::unlink(path_of(incarnation).c_str());
    ::close(socket);
  }
  for (const int fd : {sender_fd_, directory_fd_, stop_fd_}) {
    if (fd >= 0) ::close(fd);
  }
}

std::string Wakes::path_of(Incarnation incarnation) const {
  return directory_ + "/" + std::to_string(incarnation);
}

void Wakes::listen(Incarnation incarnation) { socket_of(incarnation); }

int Wakes::socket_of(Incarnation incarnation) {
  if (directory_fd_ < 0) return -1;
  const std::scoped_lock lock(mutex_);
  const auto [entry, is_new] = sockets_.try_emplace(incarnation, -1);
  if (!is_new) return entry->second;
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return -1;
  const std::string path = path_of(incarnation);
  ::unlink(path.c_str());  // of an incarnation of that number in a database that lay here before
  const sockaddr_un address = address_of(path, directory_fd_, incarnation);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket);
    return -1;
  }
  entry->second = socket;
  return socket;
}

bool Wakes::wait(Incarnation incarnation, Duration at_most) {
  const int socket = socket_of(incarnation);
  const auto clamped = std::clamp<Duration>(at_most, Duration::zero(), std::chrono::hours(24));
  const std::int64_t nanoseconds = clamped.count();
  timespec left{};
  left.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000);
  left.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
  pollfd polled[2] = {{.fd = stop_fd_, .events = POLLIN, .revents = 0},
                      {.fd = socket, .events = POLLIN, .revents = 0}};
  ::ppoll(polled, 2, &left, nullptr);  // a signal ends it early: that is but one more poll
  return socket >= 0 && drain(socket);
}

void Wakes::stop() {
  const std::uint64_t one = 1;
  if (::write(stop_fd_, &one, sizeof one) < 0) return;  // full: it is signalled already
}

void Wakes::wake(Incarnation incarnation) {
  if (sender_fd_ < 0) return;
  const sockaddr_un address = address_of(path_of(incarnation), directory_fd_, incarnation);
  // Refused, or nobody there: it polls. A full queue: it has something to look at anyway.
  (void)::sendto(sender_fd_, "!", 1, MSG_DONTWAIT | MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

void Wakes::forget(Incarnation incarnation) {
  if (directory_fd_ >= 0) ::unlink(path_of(incarnation).c_str());
}

std::vector<Incarnation> Wakes::found() const {
  std::vector<Incarnation> incarnations;
  DIR* const folder = directory_fd_ < 0 ? nullptr : ::opendir(directory_.c_str());
  if (folder == nullptr) return incarnations;
  while (const dirent* entry = ::readdir(folder)) {
    const char* const end = entry->d_name + std::strlen(entry->d_name);
    Incarnation incarnation = 0;
    const auto [stop, fault] = std::from_chars(entry->d_name, end, incarnation);
    if (fault == std::errc() && stop == end) incarnations.push_back(incarnation);
  }
  ::closedir(folder);
  return incarnations;
}

}  // namespace keepsake
