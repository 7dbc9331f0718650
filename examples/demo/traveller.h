// Traveller: one player, and where it plays, as far as the servers have told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "keepsake/base/clock.h"

namespace demo {

inline constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

enum class Purpose : std::uint8_t { join, hop, takeover };

struct Traveller {
  std::int64_t user = 0;
  std::string key;
  std::size_t server = kNowhere;  ///< where it plays, or where it is going to
  std::size_t from = kNowhere;    ///< of a hop
  /// Servers that it could play on and that were told to let it go: each says once that it has
  /// left, perhaps when it is on the way back already.
  std::set<std::size_t> leaving;
  bool ready = false;
  Purpose purpose = Purpose::join;
  keepsake::MonotonicTime sent{};
  keepsake::MonotonicTime left_seen{};  ///< of a hop: when the old server's tick took the leave
  keepsake::MonotonicTime seen{};       ///< when the new server's tick took the join
  keepsake::MonotonicTime woken{};      ///< when its game's thread had something to do
  keepsake::MonotonicTime answered{};

  /// Sets out for `to` at `when`, wherever it is.
  void join(std::size_t to, Purpose why, keepsake::MonotonicTime when);
  /// The same, and the server where it is now is told to let it go.
  void hop(std::size_t to, keepsake::MonotonicTime when);
  /// `where` says that its session there is over; `told`: when its tick took the leave.
  void left(std::size_t where, keepsake::MonotonicTime told);
};

}  // namespace demo
