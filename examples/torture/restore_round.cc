// Yesterday's backup: an older copy of the database file is put in its place, while servers run and
// while none does.
#include <optional>

#include "examples/torture/database_tools.h"
#include "examples/torture/older_state.h"
#include "examples/torture/scenarios.h"
#include "keepsake/backend/sqlite.h"

namespace torture {

namespace {

using std::chrono::seconds;

enum class Way : std::uint8_t {
  none_runs,    ///< the servers are killed, then the file is replaced
  servers_run,  ///< the file is replaced under them, then they are ended
  put_back,     ///< the same, but the right file comes back while they run
  by_tool,      ///< restored into the same file under them, and they go on
};
constexpr std::uint64_t kWays = 4;

class Restore {
 public:
  explicit Restore(Round& round) : round_(round) {}

  RoundResult run() {
    const auto [a, b] = round_.start_two();
    a_ = a;
    b_ = b;
    round_.hop_for(seconds(1) + round_.up_to(2000), a_, b_);
    const auto copied = back_up(database(), copy_);
    if (!copied) return copied.error();
    older_.emplace(round_, a_, b_);
    if (const auto noted = older_->note(copy_); !noted) return noted.error();
    round_.hop_for(seconds(1) + round_.up_to(9000), a_, b_);
    const auto way = static_cast<Way>(round_.random(kWays));
    if (way == Way::none_runs) none_runs();
    if (way == Way::servers_run) servers_run();
    if (way == Way::put_back) put_back();
    if (way == Way::by_tool) by_tool();
    if (way == Way::put_back) return round_.settle();
    if (way == Way::by_tool) return older_->settle({});
    const auto newer = row_states(aside_);
    if (!newer) return newer.error();
    return older_->settle(*newer);
  }

 private:
  [[nodiscard]] std::string database() const { return round_.stage().database(); }

  void none_runs() {
    round_.did("the servers killed, the file replaced");
    round_.kill_all({a_, b_});
    replace();
    older_->start_again();
  }

  void replace() {
    move_database(database(), aside_);
    move_database(copy_, database());
  }

  void replace_under_them() {
    round_.expect("database_replaced: ");
    replace();
    if (!round_.wait_to_hear("database_replaced: ", round_.lease())) {
      round_.wrong("no server noticed that the database was replaced");
    }
    round_.play_for(round_.up_to(2000));
  }

  void servers_run() {
    replace_under_them();
    if (round_.random(2) == 0) {
      round_.did("the file replaced under the servers, then they were killed");
      round_.kill_all({a_, b_});
    } else {
      round_.did("the file replaced under the servers, then they were told to stop");
      round_.expect("timed_out: ");  // their last saves can't be made
      round_.stop_all();
    }
    older_->start_again();
  }

  void put_back() {
    round_.did("the file replaced under the servers, then put back");
    replace_under_them();
    move_database(database(), copy_);
    move_database(aside_, database());
    const keepsake::MonotonicTime again = demo::now();
    round_.play_for(seconds(3));
    if (round_.witness().count_since(round_.fleet()[a_].ordinal, again) == 0) {
      round_.wrong("play did not go on with the right file");
    }
    round_.wait_for_all(a_);
    round_.wait_for_all(b_);
  }

  void by_tool() {
    round_.did("a backup restored under the servers, which were then killed");
    round_.expect("lease_closed: ");
    round_.expect("backend_went_back: ");
    round_.expect("session_lost: ");
    const auto restored = keepsake::restore_sqlite(copy_, database(), 1);
    if (!restored) return round_.wrong(restored.error().text());
    round_.play_for(seconds(1) + round_.up_to(3000));  // they learn of it with their next renewal
    round_.kill_all({a_, b_});
    older_->start_again();
  }

  Round& round_;
  const std::string copy_ = round_.stage().folder() + "/yesterday.db";
  const std::string aside_ = round_.stage().folder() + "/aside.db";
  std::optional<OlderState> older_;
  std::size_t a_ = 0;
  std::size_t b_ = 0;
};

}  // namespace

RoundResult restore_round(const RoundOptions& options) {
  auto round = Round::set(options, ground_of_an_older_state());
  if (!round) return round.error();
  return Restore(**round).run();
}

}  // namespace torture
