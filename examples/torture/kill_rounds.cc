// kill -9, alone and beside a neighbour that saturates the machine.
#include <utility>

#include "examples/torture/neighbour.h"
#include "examples/torture/scenarios.h"

namespace torture {

namespace {

/// What becomes of a killed server: one of these follows each kill.
enum class Sequel : std::uint8_t {
  not_restarted,   ///< its players go to the other; a new server takes its place in the fleet
  restarted,       ///< it starts again under its name, and they come back
  heir_killed,     ///< the other is killed while it takes over
  restart_killed,  ///< it starts again, and is killed while it recovers itself
};

class Kills {
 public:
  explicit Kills(Round& round) : round_(round) {}

  void run(int count) {
    one_ = round_.start(next_name());
    other_ = round_.start(next_name());
    round_.everybody_joins({one_, other_});
    for (int i = 0; i < count; ++i) {
      round_.hop_for(round_.up_to(1200), one_, other_);
      if (round_.random(2) == 0) std::swap(one_, other_);
      kill_one();
    }
    round_.hop_for(round_.up_to(700), one_, other_);
    round_.wait_for_all(one_);
    round_.wait_for_all(other_);
  }

 private:
  [[nodiscard]] std::string next_name() { return "S" + std::to_string(++servers_); }
  [[nodiscard]] std::string name_of(std::size_t server) { return round_.fleet()[server].name; }

  void kill_one() {
    const auto sequel = static_cast<Sequel>(round_.random(4));
    const bool up = round_.fleet()[other_].up;
    round_.kill(one_);
    round_.begin_takeover();
    switch (sequel) {
      case Sequel::not_restarted: {
        round_.rejoin(one_, other_);
        round_.wait_for_all(other_);
        if (up) round_.note_takeover();
        one_ = round_.start(next_name());
        break;
      }
      case Sequel::restarted: {
        restart();
        round_.wait_for_all(one_);
        break;
      }
      case Sequel::heir_killed: {
        round_.rejoin(one_, other_);
        round_.play_for(round_.up_to(300));
        round_.kill(other_);
        one_ = round_.start(next_name());
        round_.rejoin(other_, one_);
        other_ = round_.start(next_name());
        round_.wait_for_all(one_);
        break;
      }
      case Sequel::restart_killed: {
        restart();
        round_.play_for(round_.up_to(150));
        round_.kill(one_);
        restart();
        round_.wait_for_all(one_);
        break;
      }
    }
  }

  void restart() {
    const std::size_t before = one_;
    one_ = round_.start(name_of(before));
    round_.rejoin(before, one_);
  }

  Round& round_;
  std::size_t one_ = 0;
  std::size_t other_ = 0;
  int servers_ = 0;
};

}  // namespace

RoundResult kill_round(const RoundOptions& options) {
  auto round = Round::set(options);
  if (!round) return round.error();
  Kills(**round).run(6);
  return (*round)->settle();
}

RoundResult neighbour_round(const RoundOptions& options) {
  auto round = Round::set(options);
  if (!round) return round.error();
  const Neighbour neighbour((*round)->stage().folder());
  Kills(**round).run(3);
  return (*round)->settle();
}

}  // namespace torture
