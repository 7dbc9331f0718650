// Trace: what happened in a run, as one number that two runs of a seed share and, where it is
// wanted, as lines for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/clock.h"

namespace sim {

class Trace {
 public:
  explicit Trace(bool with_lines) : with_lines_(with_lines) {}

  /// `who`: a server, or "" for the world; `about`: a key, or ""; `what`: the rest.
  void note(keepsake::MonotonicTime when, std::string_view who, std::string_view about,
            std::string_view what);

  /// FNV-1a over all notes (Fowler, Noll, Vo).
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  void mix(std::string_view bytes);

  const bool with_lines_;
  std::uint64_t hash_ = 0xCBF29CE484222325U;
  std::vector<std::string> lines_;
};

}  // namespace sim
