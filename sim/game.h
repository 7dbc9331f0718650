// The game of one simulated server: purses and guilds, on the product's own public interface. It
// decides nothing; the run does, and the model is told what came back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/store/store.h"
#include "sim/data.h"

namespace sim {

using keepsake::Duration;
using keepsake::Error;
using keepsake::ErrorCode;
using keepsake::Result;

/// What a game is told outside of its calls.
struct GameEvents {
  std::function<void(const keepsake::ProfileKey&, keepsake::EndReason)> ended;
  std::function<void(const keepsake::ProfileKey&, const Error&)> error;
  /// A gift has come, which would leave that mark: what is made of it? Empty: gifts wait.
  std::function<keepsake::Handling(const keepsake::ProfileKey&, const std::string& mark)> gift;
};

/// How a mark is put into a purse: by each kind of edit.
enum class How : unsigned char { whole, member, push_back };

/// One server's game; its purses' type depends on its build. Keys that it doesn't hold answer
/// `not_owner`.
class Game {
 public:
  using Done = std::function<void(Result<void>)>;
  using Marks = std::vector<std::string>;
  virtual ~Game() = default;

  virtual void load(const std::string& key, Duration deadline, Done done) = 0;
  [[nodiscard]] virtual bool has(const std::string& key) const = 0;
  [[nodiscard]] virtual Marks marks(const std::string& key) const = 0;
  [[nodiscard]] virtual std::int64_t gold(const std::string& key) const = 0;
  [[nodiscard]] virtual std::uint64_t edit_number(const std::string& key) const = 0;

  virtual Result<void> mark(const std::string& key, const std::string& mark, How how) = 0;
  /// Adds a star to one thing: an edit of one element.
  virtual Result<void> polish(const std::string& key, std::uint64_t which) = 0;
  virtual Result<void> touch(const std::string& key, const std::string& mark) = 0;
  virtual void commit(const std::string& key, Done done) = 0;
  virtual void end(const std::string& key, Done done) = 0;
  /// To the server of that id, which has to load it.
  virtual void move(const std::string& key, const std::string& server, Done done) = 0;
  /// With a session or without one.
  virtual void once(const std::string& key, const std::string& receipt, const std::string& mark,
                    Done done) = 0;
  /// Puts the mark in without a session.
  virtual void update(const std::string& key, const std::string& mark, Done done) = 0;
  /// Moves gold and leaves the mark in both.
  virtual Result<void> trade(const std::string& from, const std::string& to,
                             const std::string& mark, std::int64_t gold) = 0;
  /// Takes the gift's gold out of the purse, leaves its mark there, and sends it to another's.
  virtual void send(const std::string& from, const std::string& to, const Gift& gift,
                    keepsake::WallTime expires, Done done) = 0;
  /// Removes the purse for ever.
  virtual void remove(const std::string& key, Done done) = 0;

  virtual void load_guild(const std::string& key, Duration deadline, Done done) = 0;
  [[nodiscard]] virtual bool has_guild(const std::string& key) const = 0;
  [[nodiscard]] virtual std::int64_t vault(const std::string& key) const = 0;
  /// From the purse into the guild's vault, or, below 0, back.
  virtual Result<void> give(const std::string& key, const std::string& guild,
                            const std::string& mark, std::int64_t gold) = 0;

  [[nodiscard]] virtual keepsake::Store& store() = 0;
};

/// Makes the game of that build on a store that outlives it.
[[nodiscard]] std::unique_ptr<Game> make_game(Build build, keepsake::Store& store,
                                              const GameEvents& events);

/// The same as a part of a server's start (World::Server::make).
struct HostedGame {
  HostedGame(keepsake::Store& store, Build build, const GameEvents& events)
      : game(make_game(build, store, events)) {}
  std::unique_ptr<Game> game;
};

}  // namespace sim
