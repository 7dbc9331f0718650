// No room: on the disk, and in shared memory.
#include <filesystem>
#include <memory>

#include "examples/torture/mounts.h"
#include "examples/torture/scenarios.h"

namespace torture {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kDiskBytes = std::size_t{48} << 20;
constexpr std::size_t kSmallRing = std::size_t{256} << 10;
constexpr std::size_t kSmallSegment = std::size_t{256} << 10;
constexpr std::size_t kRing = std::size_t{1} << 20;

RoundResult not_run(const std::string& why) {
  RoundReport report;
  report.not_run = why;
  return report;
}

/// What happens while the disk is full.
enum class Meanwhile : std::uint8_t {
  play,   ///< nothing but play
  kill,   ///< a server is killed, and its players wait at the other
  start,  ///< another server starts
};

void fill_disk(Round& round, const std::string& disk, bool journals_too) {
  const auto [a, b] = round.start_two();
  round.play_for(milliseconds(500) + round.up_to(1000));

  round.expect("storage_full: ");
  auto ballast = std::make_unique<keepsake::Result<Ballast>>(Ballast::in(disk));
  if (!*ballast) return round.wrong(ballast->error().text());
  const keepsake::MonotonicTime full = demo::now();
  if (!round.wait_to_hear("storage_full: ", seconds(15))) {
    round.wrong("no server said that the disk is full");
  }
  const auto meanwhile = static_cast<Meanwhile>(round.random(3));
  std::size_t c = 0;
  if (meanwhile == Meanwhile::kill) {
    round.kill(a);
    round.rejoin(a, b);
  } else if (meanwhile == Meanwhile::start) {
    c = round.start("C");
  }
  round.play_for(seconds(1) + round.up_to(4000));
  const std::size_t played = round.witness().count_since(round.fleet()[b].ordinal, full);
  if (played == 0) round.wrong("nobody could play while the disk was full");
  int refused = 0;
  int refused_loads = 0;
  for (const auto& [what, times] : round.crowd().refusals(b)) {
    if (what == "edit journal_full") refused += times;
    if (what.starts_with("load ")) refused_loads += times;
  }

  ballast.reset();
  round.bring_all(b);
  if (meanwhile == Meanwhile::start) {
    round.wait_until_up(c);
    for (const std::int64_t user : round.crowd().everybody_on(a)) round.crowd().hop(user, c);
    round.wait_for_all(c);
  }
  const keepsake::MonotonicTime again = demo::now();
  round.play_for(seconds(1));
  if (round.witness().count_since(round.fleet()[b].ordinal, again) == 0) {
    round.wrong("play did not go on when there was room again");
  }
  const char* const names[] = {"play alone", "a kill", "a start"};
  round.did(std::string(journals_too ? "journals too" : "journals elsewhere") + ", " +
            names[static_cast<int>(meanwhile)] + " meanwhile, " + std::to_string(played) +
            " operations and " + std::to_string(refused) + " refusals by B, " +
            std::to_string(refused_loads) + " of players who came");
}

}  // namespace

RoundResult full_disk_round(const RoundOptions& options) {
  if (options.no_mounts) return not_run(*options.no_mounts);
  const keepsake::Result<Mount> disk = Mount::temporary(kDiskBytes);
  if (!disk) return disk.error();
  const bool journals_too = options.seed % 2 == 0 || options.postgres != nullptr;
  Ground ground{.where = disk->folder(), .journals = {}};
  if (!journals_too) ground.journals = std::filesystem::temp_directory_path();
  ground.ring_bytes = kSmallRing;
  ground.segment_bytes = kSmallSegment;
  auto round = Round::set(options, ground);
  if (!round) return round.error();
  fill_disk(**round, disk->folder(), journals_too);
  return (*round)->settle();
}

RoundResult memory_round(const RoundOptions& options) {
  if (options.no_mounts) return not_run(*options.no_mounts);
  // Room for one ring and a half.
  keepsake::Result<Mount> memory = Mount::over("/dev/shm", kRing + kRing / 2);
  if (!memory) return memory.error();
  Ground ground;
  ground.ring_bytes = kRing;
  auto set = Round::set(options, ground);
  if (!set) return set.error();
  Round& round = **set;
  const std::size_t a = round.start("A");
  round.wait_until_up(a);
  round.everybody_joins({a});
  round.wait_for_all(a);

  const std::size_t b = round.start("B");
  round.expect("B: storage_full: ");
  if (!round.wait_to_hear("make room in /dev/shm", seconds(10))) {
    round.wrong("the second server did not say what it lacks");
  }
  const bool killed = round.random(2) == 0;
  if (killed) {
    round.play_for(round.up_to(500));
    round.kill(a);
    round.rejoin(a, b);
  }
  round.play_for(round.up_to(1500));
  if (round.fleet()[b].up) round.wrong("a server came up without shared memory");
  if (auto resized = memory->resize(std::size_t{64} << 20); !resized) return resized.error();
  round.wait_until_up(b);
  round.did(killed ? "the first server killed meanwhile" : "the first server went on");
  if (killed) {
    round.wait_for_all(b);
    round.play_for(round.up_to(1000));
  } else {
    round.hop_for(seconds(1), a, b);
    round.wait_for_all(a);
    round.wait_for_all(b);
  }
  return round.settle();
}

}  // namespace torture
