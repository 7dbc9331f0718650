// Town: a world for named scenarios, with the peers' times, and helpers that let time pass until
// something has happened.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/testing/world.h"
#include "sim/game.h"
#include "sim/named.h"

namespace sim {

using keepsake::World;
using namespace std::chrono_literals;

/// Storage calls and messages of 100 ms, as the peers were measured with.
[[nodiscard]] keepsake::WorldOptions peers_times(const Ground& ground, std::uint64_t seed = 1);
/// What a local database takes.
[[nodiscard]] keepsake::WorldOptions local_times(const Ground& ground, std::uint64_t seed = 1);

/// One server and its game.
struct House {
  World::Server* server = nullptr;
  Game* game = nullptr;
  std::vector<std::string> told;  ///< "p ended lost", "p error tie_lost"
};

class Town {
 public:
  explicit Town(keepsake::WorldOptions options) : world(std::move(options)) {}

  House& open(std::string_view id, std::string_view machine = "machine", Build build = Build::old);
  /// Starts its server anew, with a game of the same build.
  void reopen(House& house);

  /// Until the answer of `ask` has come; it is given a callback.
  [[nodiscard]] Result<void> wait(const std::function<void(Game::Done)>& ask,
                                  Duration at_most = 60s);
  /// Loads a purse there. False: it failed, see `failure`.
  bool load(House& house, const std::string& key, Duration deadline = 30s);
  /// How long that took: from the call until it can be played with.
  [[nodiscard]] Duration time_to_load(House& house, const std::string& key,
                                      Duration deadline = 60s);
  /// Puts a record there, as an import would have.
  void put(std::string_view key, std::string_view payload, std::string_view version = "2",
           std::string_view store = kPurses);
  /// As it is stored; invalid where there is none.
  [[nodiscard]] Stored stored(std::string_view key, std::string_view store = kPurses);

  World world;
  Error failure{ErrorCode::timed_out};

 private:
  void furnish(House& house);

  std::vector<std::unique_ptr<House>> houses_;
  std::vector<Build> builds_;
};

/// "103 ms", "12.4 s".
[[nodiscard]] std::string text(Duration time);

}  // namespace sim
