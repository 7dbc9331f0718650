// Round: servers, players and a witness for one scenario, and the accounting at its end.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "examples/demo/accounting.h"
#include "examples/demo/crowd.h"
#include "examples/demo/stage.h"
#include "examples/torture/postgres_server.h"
#include "keepsake/base/result.h"

namespace torture {

struct RoundOptions {
  std::string program;   ///< this program's own path: it serves, too
  std::string exported;  ///< players.jsonl
  std::size_t players = 40;
  std::uint64_t seed = 1;
  std::int64_t lease_ms = 10'000;
  /// What the servers store; of several, each start takes the next.
  std::vector<keepsake::PayloadFormat> payloads{keepsake::PayloadFormat::json,
                                                keepsake::PayloadFormat::cbor,
                                                keepsake::PayloadFormat::compressed};
  std::optional<std::string> no_mounts;  ///< why nothing can be mounted
  /// The server on which each round has a database of its own; nullptr: SQLite files. Outlives the
  /// rounds.
  PostgresServer* postgres = nullptr;
};

/// Where a round's files lie and how its servers are tuned; "" and zeros: as usual.
struct Ground {
  std::string where;
  std::string journals;
  std::size_t ring_bytes = 0;
  std::size_t segment_bytes = 0;
  int trades_per_second = 40;
};

struct RoundReport {
  demo::Accounting accounting;
  std::vector<std::string> wrong;  ///< what else is not as it must be
  std::string what;                ///< what was done, in a line
  std::optional<std::string> not_run;
  std::map<std::string, std::int64_t> rows;  ///< of each payload format, at the end
  int kills = 0;
  int takeovers = 0;
  std::int64_t recovered_edits = 0;
  /// From a server's death or freeze, or its heir's first ask if that came later, to the first
  /// player who could play again; the worst of the round.
  keepsake::Duration takeover{0};
  /// As a player feels it who leaves one server and joins another; the worst and the median.
  keepsake::Duration hand_over{0};
  keepsake::Duration hand_over_median{0};
  keepsake::Duration took{0};
  [[nodiscard]] bool good() const { return accounting.holds() && wrong.empty(); }
};

class Round {
 public:
  [[nodiscard]] static keepsake::Result<std::unique_ptr<Round>> set(const RoundOptions& options,
                                                                    const Ground& ground = {});
  /// What is random in it comes from the seed, but for what the machine does.
  [[nodiscard]] std::uint64_t random(std::uint64_t below) { return engine_() % below; }
  [[nodiscard]] keepsake::Duration up_to(int ms);
  void did(const std::string& what);
  void wrong(std::string what) { report_.wrong.push_back(std::move(what)); }

  /// Starts a server that plays by itself.
  std::size_t start(const std::string& name, demo::Break broken = demo::Break::none);
  /// Waits until it is up; if that takes too long, something is wrong.
  void wait_until_up(std::size_t server);
  /// Spreads everybody over the servers.
  void everybody_joins(const std::vector<std::size_t>& servers);
  /// Starts servers A and B; everybody plays on one or the other when it returns.
  std::pair<std::size_t, std::size_t> start_two();
  void rejoin(std::size_t from, std::size_t to);
  /// Waits until everybody who is there, or on the way, can play.
  void wait_for_all(std::size_t server);
  /// The same, and who was refused comes again.
  void bring_all(std::size_t server);
  void play_for(keepsake::Duration time) { crowd_.run_for(time); }
  /// The same, while players go from one of two servers to the other.
  void hop_for(keepsake::Duration time, std::size_t one, std::size_t other);
  void kill(std::size_t server);
  /// All at once: none of them begins to take over another.
  void kill_all(const std::vector<std::size_t>& servers);
  /// Between the death, or freeze, of a server and its players' next move to a running heir; then,
  /// once they can play, how long that took.
  void begin_takeover();
  void note_takeover();

  /// Trouble that servers may report: their reports hold this text.
  void expect(std::string text) { expected_.push_back(std::move(text)); }
  /// Whether a server (or any) has reported trouble that holds this text.
  [[nodiscard]] bool heard(const std::string& text) const;
  bool wait_to_hear(const std::string& text, keepsake::Duration within);
  /// What returned may be missing for a reason; see demo::Books.
  void may_be_lost(std::function<bool(std::int64_t, demo::Number)> excuse) {
    may_be_lost_ = std::move(excuse);
  }
  /// Tells the servers to stop, and waits for their end.
  void stop_all();
  /// The accounting. Servers that still run are stopped first.
  [[nodiscard]] keepsake::Result<RoundReport> settle();

  [[nodiscard]] demo::Stage& stage() { return stage_; }
  [[nodiscard]] demo::Fleet& fleet() { return fleet_; }
  [[nodiscard]] demo::Crowd& crowd() { return crowd_; }
  [[nodiscard]] demo::Witness& witness() { return witness_; }
  [[nodiscard]] keepsake::Duration lease() const { return lease_; }

 private:
  Round(const RoundOptions& options, const Ground& ground, demo::Stage stage);
  void judge_troubles();
  /// A server that ends waits for its last saves for a bounded time and leaves the others to its
  /// journal: then an heir takes everybody over, as the next server of the machine would.
  void take_over_what_is_left();

  demo::Stage stage_;
  const keepsake::Duration lease_;
  demo::Witness witness_;
  demo::Fleet fleet_;
  demo::Crowd crowd_;
  std::mt19937_64 engine_;   ///< what is decided
  std::mt19937_64 chatter_;  ///< what happens as often as time allows
  RoundReport report_;
  std::map<std::int64_t, int> kills_;
  /// Texts of troubles that are no fault; a database that is slow for a while is none.
  std::vector<std::string> expected_{"unavailable: "};
  std::function<bool(std::int64_t, demo::Number)> may_be_lost_;
  const keepsake::MonotonicTime began_;
  keepsake::MonotonicTime dead_since_{};
};

}  // namespace torture
