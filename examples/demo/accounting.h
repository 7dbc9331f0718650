// The accounting: what the witness has against what is stored.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "examples/demo/reader.h"
#include "examples/demo/witness.h"

namespace demo {

/// One thing that must never be, with how often it was found.
struct Finding {
  std::string what;
  std::size_t count = 0;
  std::vector<std::string> examples;  ///< a few
};

struct Accounting {
  std::size_t players = 0;
  std::size_t witnessed = 0;    ///< operations that the witness has
  std::size_t stored = 0;       ///< different numbers that are stored
  std::size_t unwitnessed = 0;  ///< stored, and unknown to the witness
  std::size_t lost = 0;         ///< that had returned and are nowhere, each side of a trade for one
  std::size_t excused = 0;      ///< the same, of those that may be lost
  std::size_t doubled = 0;      ///< numbers stored twice or that nobody was told of; items twice
  std::size_t relics = 0;
  std::size_t trades = 0;
  std::int64_t balance_moved = 0;  ///< sum of the stored changes
  std::vector<Finding> findings;   ///< empty: all is well
  [[nodiscard]] bool holds() const { return findings.empty(); }
};

/// Of a player who wasn't there before.
inline constexpr std::int64_t kCoinsOfNew = 100;

struct Books {
  const Witness& witness;
  const std::map<std::int64_t, std::string>& keys;   ///< of every user who played
  const std::map<std::string, std::int64_t>& start;  ///< coins by key, before anybody played
  std::int64_t start_of_new = kCoinsOfNew;           ///< of a key that wasn't there then
  const std::map<std::int64_t, int>& kills;          ///< kill -9 by server ordinal
  /// What may be lost though it had returned: what a disk destroyed, or was done after a backup.
  /// Empty: nothing. A trade may then be lost on both sides only, like everything else.
  std::function<bool(std::int64_t user, Number)> may_be_lost{};
};

/// For each player: every number that the witness has is stored, once; balance = start + the
/// changes of the stored numbers. For each server: at most one stored number that the witness
/// doesn't have, and only where it was killed. Each trade is stored on both sides; each relic has
/// exactly one owner. No session is left.
[[nodiscard]] Accounting settle(const Books& books,
                                const std::map<std::string, StoredPlayer>& stored);

}  // namespace demo
