// What is done to the database file behind the servers' backs, and what is read of it beside the
// players.
#pragma once

#include <map>
#include <set>
#include <string>

#include "keepsake/base/result.h"

namespace torture {

/// A consistent copy, made while others write. Error: io_error.
[[nodiscard]] keepsake::Result<void> back_up(const std::string& database, const std::string& copy);

/// The file with its log and index, under another name.
void move_database(const std::string& from, const std::string& to);

/// By key, how often each profile was taken and saved: two files with the same text have the same
/// data of it. Error: io_error.
[[nodiscard]] keepsake::Result<std::map<std::string, std::string>> row_states(
    const std::string& database);

/// Keys that something lies in quarantine for. Error: io_error.
[[nodiscard]] keepsake::Result<std::set<std::string>> quarantined_keys(const std::string& database);

}  // namespace torture
