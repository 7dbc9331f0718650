// Stage: what a run stands on: a folder of its own, a database with the imported players, the list
// of who plays. Removed at the end unless it is to be kept.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "keepsake/base/result.h"

namespace demo {

class Stage {
 public:
  struct Options {
    std::string keep;      ///< a folder to use and keep; "": a temporary one
    std::string exported;  ///< players.jsonl
    std::size_t players = 400;
    std::string where{};     ///< where the temporary folder is made; "": the system's place
    std::string database{};  ///< a PostgreSQL address; "": an SQLite file in the folder
    std::string journals{};  ///< where a folder for the journals is made; "": beside the database
  };
  /// Makes the folder and imports, through the command line's own code.
  [[nodiscard]] static keepsake::Result<Stage> set(const Options& options);
  ~Stage();
  Stage(Stage&& other) noexcept;
  Stage& operator=(Stage&&) = delete;

  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// A path or an address.
  [[nodiscard]] std::string database() const {
    return database_.empty() ? folder_ + "/players.db" : database_;
  }
  /// Where all servers' journals lie.
  [[nodiscard]] std::string journals() const {
    return journals_.empty() ? folder_ + "/players.db.journal" : journals_;
  }
  [[nodiscard]] std::string players_file() const { return folder_ + "/players.txt"; }
  /// Keys by user id: those imported, and TestUser, who is new.
  [[nodiscard]] const std::map<std::int64_t, std::string>& players() const { return players_; }
  /// Coins by key after the import.
  [[nodiscard]] const std::map<std::string, std::int64_t>& start() const { return start_; }

 private:
  Stage() = default;
  [[nodiscard]] keepsake::Result<void> import(const Options& options);

  std::string folder_;
  std::string database_;
  std::string journals_;
  bool keep_ = false;
  std::map<std::int64_t, std::string> players_;
  std::map<std::string, std::int64_t> start_;
};

inline constexpr std::int64_t kTestUser = 1;

/// That file of the sources of the program at `program`, "" if it lies nowhere above it.
[[nodiscard]] std::string find_source(const std::string& program, const std::string& name);
/// The file of 400 players that lies with the sources of the program at `program`, "" if none.
[[nodiscard]] std::string find_players(const std::string& program);
/// This program's own path.
[[nodiscard]] std::string own_path();

}  // namespace demo
