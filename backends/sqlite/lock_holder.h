// Who holds a lock, named for the person who reads the error.
#pragma once

#include <sys/types.h>

#include <string>

namespace keepsake {

/// "process 1234 (sqlite3)"; for our own pid "another thread of this process"; for 0 "another
/// process".
[[nodiscard]] std::string name_of_process(pid_t pid);

/// Who holds SQLite's write lock on that database, as far as the kernel's list of locks tells
/// (/proc/locks). Opens neither file: closing it would drop our own process's locks on it.
[[nodiscard]] std::string name_of_writer(const std::string& database_path);

}  // namespace keepsake
