// Yesterday's backup: an older copy of the database is put in its place, while servers run and
// while none does. What was done since the backup may be lost; what the backup holds is there; what
// comes after the restore is there; nothing is split; and what a journal holds of a newer state is
// told and set aside, not replayed in silence.
#include <set>

#include "examples/torture/database_tools.h"
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
    a_ = round_.start("A");
    b_ = round_.start("B");
    round_.everybody_joins({a_, b_});
    round_.wait_for_all(a_);
    round_.wait_for_all(b_);
    round_.hop_for(seconds(1) + round_.up_to(2000), a_, b_);
    const auto copied = back_up(database(), copy_);
    if (!copied) return copied.error();
    const auto stored = demo::read_database(copy_);
    if (!stored) return stored.error();
    auto states = row_states(copy_);
    if (!states) return states.error();
    in_backup_states_ = *std::move(states);
    for (const auto& [key, player] : *stored) {
      for (const demo::StoredSlip& slip : player.slips) in_backup_.emplace(key, slip.slip.number);
    }
    round_.hop_for(seconds(1) + round_.up_to(9000), a_, b_);
    const auto way = static_cast<Way>(round_.random(kWays));
    if (way == Way::none_runs) none_runs();
    if (way == Way::servers_run) servers_run();
    if (way == Way::put_back) put_back();
    if (way == Way::by_tool) by_tool();
    return way == Way::put_back ? round_.settle() : settle();
  }

 private:
  [[nodiscard]] std::string database() const { return round_.stage().database(); }

  void none_runs() {
    round_.did("the servers killed, the file replaced");
    round_.kill(a_);
    round_.kill(b_);
    replace();
    start_again();
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
      round_.kill(a_);
      round_.kill(b_);
    } else {
      round_.did("the file replaced under the servers, then they were told to stop");
      round_.expect("timed_out: ");  // their last saves can't be made
      round_.stop_all();
    }
    start_again();
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
    goes_on_ = true;
    round_.play_for(seconds(1) + round_.up_to(3000));  // they learn of it with their next renewal
    round_.kill(a_);
    round_.kill(b_);
    start_again();
  }

  void start_again() {
    round_.expect("backend_went_back: ");
    const std::int64_t last_old = round_.fleet()[b_].ordinal;
    round_.may_be_lost([this, last_old](std::int64_t user, demo::Number number) {
      if (demo::server_of(number) > last_old) return false;
      if (in_backup_.contains({round_.stage().players().at(user), number})) return false;
      ++lost_;
      return true;
    });
    const std::size_t c = round_.start("C");
    round_.wait_until_up(c);
    round_.rejoin(a_, c);
    round_.rejoin(b_, c);
    for (const auto& [user, traveller] : round_.crowd().travellers()) {
      if (traveller.server == demo::kNowhere) round_.crowd().join(user, c);
    }
    round_.wait_for_all(c);
    round_.play_for(seconds(1));
  }

  RoundResult settle() {
    auto report = round_.settle();
    if (!report) return report;
    const auto quarantined = quarantined_keys(database());
    if (!quarantined) return quarantined.error();
    // Servers that went on under the new generation have played there since.
    if (!goes_on_) {
      if (const auto looked = look_for_newer_state(*report); !looked) return looked.error();
    }
    const bool told = round_.heard("backend_went_back: ");
    report->what += "; " + std::to_string(lost_) + " sides of operations since the backup lost, " +
                    std::to_string(quarantined->size()) + " profiles quarantined" +
                    (told ? ", told that the database went back" : "");
    // Of what was never saved there is a journal: its loss must not be silent.
    if (lost_ > 0 && quarantined->empty() && !told) {
      report->wrong.emplace_back("play was lost with the restore, and nobody was told");
    }
    return report;
  }

  /// A row that was saved since the backup has nothing to get from the old servers' journals, which
  /// are of a newer state; one that wasn't has.
  keepsake::Result<void> look_for_newer_state(RoundReport& report) {
    const auto newer = row_states(aside_);
    if (!newer) return newer.error();
    const auto stored = demo::read_database(database());
    if (!stored) return stored.error();
    std::set<std::string> mixed;
    for (const auto& [key, player] : *stored) {
      const auto state = newer->find(key);
      const auto before = in_backup_states_.find(key);
      const bool same = state != newer->end() && before != in_backup_states_.end() &&
                        state->second == before->second;
      for (const demo::StoredSlip& slip : player.slips) {
        const demo::Number number = slip.slip.number;
        const bool old = demo::server_of(number) <= round_.fleet()[b_].ordinal;
        if (!same && old && !in_backup_.contains({key, number})) mixed.insert(key);
      }
    }
    if (!mixed.empty()) {
      report.wrong.push_back("a journal of a newer state was replayed into " +
                             std::to_string(mixed.size()) + " older rows, such as " +
                             *mixed.begin());
    }
    return {};
  }

  Round& round_;
  const std::string copy_ = round_.stage().folder() + "/yesterday.db";
  const std::string aside_ = round_.stage().folder() + "/aside.db";
  std::set<std::pair<std::string, demo::Number>> in_backup_;
  std::map<std::string, std::string> in_backup_states_;
  bool goes_on_ = false;
  std::size_t lost_ = 0;
  std::size_t a_ = 0;
  std::size_t b_ = 0;
};

}  // namespace

RoundResult restore_round(const RoundOptions& options) {
  Ground ground;
  ground.segment_bytes = std::size_t{64} << 10;  // so that old ones are dropped meanwhile
  ground.trades_per_second = 5;
  auto round = Round::set(options, ground);
  if (!round) return round.error();
  return Restore(**round).run();
}

}  // namespace torture
