#include "backends/sqlite/lock_holder.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>

namespace keepsake {

namespace {

/// SQLite's locks (https://sqlite.org/walformat.html#locks): the writer's is byte 120 of the -shm
/// file; without a write-ahead log it is in these bytes of the database file.
constexpr long long kWalWriteByte = 120;
constexpr long long kPendingByte = 0x40000000;
constexpr long long kLastLockByte = kPendingByte + 511;

/// The pid of a process that has locked a byte of [first, last] of that file for writing; 0 if
/// none is listed.
pid_t writer_of(const std::string& path, long long first, long long last) {
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0) return 0;
  std::ifstream locks("/proc/locks");
  std::string line;
  while (std::getline(locks, line)) {
    // 12: POSIX  ADVISORY  WRITE 4711 fe:01:123456 120 120
    char mode[16] = {};
    int pid = 0;
    unsigned device_major = 0;
    unsigned device_minor = 0;
    unsigned long long inode = 0;
    char from_text[32] = {};
    char to_text[32] = {};
    const int fields = std::sscanf(line.c_str(), "%*s POSIX %*s %15s %d %x:%x:%llu %31s %31s", mode,
                                   &pid, &device_major, &device_minor, &inode, from_text, to_text);
    if (fields != 7 || std::strcmp(mode, "WRITE") != 0 || pid <= 0) continue;
    if (inode != file.st_ino || major(file.st_dev) != device_major) continue;
    const long long from = std::strtoll(from_text, nullptr, 10);
    const bool open_end = std::strcmp(to_text, "EOF") == 0;
    const long long to = open_end ? last : std::strtoll(to_text, nullptr, 10);
    if (from <= last && to >= first) return pid;
  }
  return 0;
}

}  // namespace

std::string name_of_process(pid_t pid) {
  if (pid == 0) return "another process";
  if (pid == ::getpid()) return "another thread of this process";
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);
  return "process " + std::to_string(pid) + " (" + (name.empty() ? "unknown" : name) + ")";
}

std::string name_of_writer(const std::string& database_path) {
  const pid_t in_log = writer_of(database_path + "-shm", kWalWriteByte, kWalWriteByte);
  if (in_log != 0) return name_of_process(in_log);
  return name_of_process(writer_of(database_path, kPendingByte, kLastLockByte));
}

}  // namespace keepsake
