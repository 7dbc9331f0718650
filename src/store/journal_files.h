// What lies in a journal's folder, by name (docs/journal.md), beside its segments.
#pragma once

#include <string>
#include <string_view>

namespace keepsake {

/// Ends the name of a folder that is being set up.
inline constexpr std::string_view kUnfinishedJournal = ".new";
/// Ends the name of a folder that is being removed: it is no journal any more, whatever is left.
inline constexpr std::string_view kRemovedJournal = ".old";

[[nodiscard]] inline std::string lock_path(const std::string& directory) {
  return directory + "/lock";
}
/// Holds the name of the ring, until the first segment does.
[[nodiscard]] inline std::string ring_path(const std::string& directory) {
  return directory + "/ring";
}

}  // namespace keepsake
