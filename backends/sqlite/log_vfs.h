// The file layer (SQLite's word: VFS) under connections that sync each commit. It hands on to the
// system in one piece what a transaction adds to the write-ahead log: SQLite itself makes two calls
// for each page, which take longer than the page does. Other files are opened as ever.
//
// Safe because of the order in which SQLite commits with synchronous = FULL: frames, sync, then the
// index by which anyone finds them. Every sync and every read writes out what was held back.
#pragma once

namespace keepsake {

/// The name to open a connection with. Any thread. nullptr, SQLite's own file layer, if there is no
/// room for another.
[[nodiscard]] const char* log_vfs();

}  // namespace keepsake
