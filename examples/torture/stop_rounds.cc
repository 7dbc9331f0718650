// SIGSTOP: past the lease, and while the write lock is held.
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include "examples/torture/scenarios.h"

namespace torture {

namespace {

using keepsake::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;

int edits_refused(Round& round, std::size_t server) {
  int count = 0;
  for (const auto& [what, times] : round.crowd().refusals(server)) {
    if (what.starts_with("edit")) count += times;
  }
  return count;
}

std::int64_t commits_refused(Round& round, std::size_t server) {
  const auto& figures = round.fleet()[server].figures;
  const auto found = figures.find("fence_refusals");
  return found != figures.end() ? found->second : 0;
}

/// The process that holds SQLite's write lock in that database: byte 120 of its -shm file.
pid_t holder_of_write_lock(const std::string& database) {
  const int file = ::open((database + "-shm").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return 0;
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 120;
  lock.l_len = 1;
  const bool asked = ::fcntl(file, F_GETLK, &lock) == 0;
  ::close(file);
  return asked && lock.l_type != F_UNLCK ? lock.l_pid : 0;
}

/// Stops the server at random moments until one falls into a transaction of its.
bool pause_in_transaction(Round& round, std::size_t server) {
  const keepsake::MonotonicTime end = demo::now() + seconds(20);
  while (demo::now() < end) {
    round.play_for(round.up_to(8) + milliseconds(1));
    round.fleet().pause(server);
    if (holder_of_write_lock(round.stage().database()) == round.fleet()[server].pid) return true;
    round.fleet().thaw(server);
  }
  return false;
}

}  // namespace

RoundResult freeze_round(const RoundOptions& options) {
  auto set = Round::set(options);
  if (!set) return set.error();
  Round& round = **set;
  const auto [a, b] = round.start_two();
  round.play_for(seconds(1) + round.up_to(1000));
  const int edits = edits_refused(round, b);
  const std::int64_t commits = commits_refused(round, b);
  round.fleet().freeze(b);
  round.begin_takeover();
  round.rejoin(b, a);
  round.wait_for_all(a);
  round.note_takeover();
  round.play_for(round.up_to(2000));
  round.fleet().thaw(b);
  if (!round.crowd().run_until([&] { return round.fleet()[b].thawed; }, seconds(5))) {
    round.wrong("the thawed server did not go on");
  }
  round.play_for(seconds(2));
  const int refused = edits_refused(round, b) - edits;
  const std::int64_t fenced = commits_refused(round, b) - commits;
  round.did(std::to_string(refused) + " edits and " + std::to_string(fenced) +
            " commits refused after the thaw");
  if (refused == 0) round.wrong("the thawed server's edits were not refused");
  if (fenced == 0) round.wrong("the thawed server's commits were not refused");
  round.expect("B: ");  // what it lost, it says
  return round.settle();
}

RoundResult lock_round(const RoundOptions& options) {
  auto set = Round::set(options);
  if (!set) return set.error();
  Round& round = **set;
  const auto [a, b] = round.start_two();
  if (!pause_in_transaction(round, a)) {
    round.wrong("no moment was found in which a server held the write lock");
    return round.settle();
  }
  const keepsake::MonotonicTime stopped = demo::now();
  const std::string holder = "is locked by process " + std::to_string(round.fleet()[a].pid) + " ";
  if (!round.wait_to_hear(holder, round.lease() + seconds(5))) {
    round.wrong("nobody named process " + std::to_string(round.fleet()[a].pid) +
                " as the one that holds the write lock");
  }
  const Duration told = demo::now() - stopped;
  round.play_for(round.up_to(2000));
  if (round.witness().count_since(round.fleet()[b].ordinal, stopped) == 0) {
    round.wrong("nobody played on the other server meanwhile");
  }
  const bool goes_on = round.random(2) == 0;
  if (goes_on) {
    round.fleet().thaw(a);
  } else {
    round.kill(a);
    round.begin_takeover();
    round.rejoin(a, b);
    round.wait_for_all(b);
    round.note_takeover();
  }
  round.did("held the write lock, named after " + demo::show(told) +
            (goes_on ? ", then went on" : ", then killed"));
  const keepsake::MonotonicTime after = demo::now();
  round.play_for(seconds(3));
  if (round.witness().count_since(round.fleet()[goes_on ? a : b].ordinal, after) == 0) {
    round.wrong("play did not go on afterwards");
  }
  return round.settle();
}

}  // namespace torture
