// A dead server's journal, changed before anybody recovers it: some bytes of its segments, or their
// ends cut off. With its ring at hand nothing may be lost; with a ring that is too small to show
// all of it, or with none, what is destroyed may be, if that is told. A trade is then lost on both
// sides or on none, and nothing else happens to what is whole.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "examples/torture/database_tools.h"
#include "examples/torture/scenarios.h"
#include "src/base/this_machine.h"
#include "src/store/journal_recovery.h"

namespace torture {

namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

std::vector<fs::path> segments_under(const std::string& journals) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(journals)) {
    if (entry.path().filename().string().starts_with("segment-")) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Bytes up to the last that isn't zero: what was written.
std::size_t written(const std::string& bytes) { return bytes.find_last_not_of('\0') + 1; }

int damage(Round& round) {
  int changed = 0;
  for (const fs::path& path : segments_under(round.stage().journals())) {
    std::string bytes = read_file(path);
    const std::size_t used = written(bytes);
    if (used == 0) continue;
    const bool cut = round.random(4) == 0;
    const std::uint64_t places = 1 + round.random(5);
    for (std::uint64_t i = 0; i < places; ++i) {
      const std::size_t at = round.random(used);
      if (cut) {
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(), '\0');
      } else {
        bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + round.random(255)));
      }
      ++changed;
      if (cut) break;
    }
    std::ofstream(path, std::ios::binary) << bytes;
  }
  return changed;
}

/// How much of the journal the dead server's shared memory still shows.
enum class RingIs : std::uint8_t { whole, small, gone };

void remove_rings(Round& round) {
  const keepsake::Machine& machine = keepsake::this_machine();
  const auto journals = keepsake::list_journals(machine, round.stage().journals());
  if (!journals) return round.wrong(journals.error().text());
  for (const keepsake::JournalPlace& place : *journals) {
    (void)machine.memory.remove(place.ring).has_value();
  }
}

/// How many records a server said were lost: "the journal lost records 5 to 7", of all that it
/// said.
std::int64_t records_told(const std::vector<std::string>& troubles) {
  const std::string begin = "the journal lost records ";
  std::int64_t count = 0;
  for (const std::string& trouble : troubles) {
    const std::size_t at = trouble.find(begin);
    if (at == std::string::npos) continue;
    const char* const end = trouble.data() + trouble.size();
    std::int64_t first = 0;
    std::int64_t last = 0;
    const auto [after, bad] = std::from_chars(trouble.data() + at + begin.size(), end, first);
    if (bad != std::errc() || end - after < 4) continue;
    std::from_chars(after + 4, end, last);
    count += last - first + 1;
  }
  return count;
}

/// Each loss lies in quarantine with its profile, or was told as records that can't be read.
void judge(Round& round, RoundReport& report,
           const std::set<std::pair<std::int64_t, demo::Number>>& lost) {
  const auto quarantined = quarantined_keys(round.stage().database());
  if (!quarantined) return report.wrong.push_back(quarantined.error().text());
  std::set<demo::Number> untold;
  for (const auto& [user, number] : lost) {
    if (!quarantined->contains(round.stage().players().at(user))) untold.insert(number);
  }
  const std::int64_t told = records_told(round.crowd().troubles());
  const bool end_told = round.heard("the journal's shared memory is gone");
  if (static_cast<std::int64_t>(untold.size()) > told && !end_told) {
    report.wrong.push_back(std::to_string(untold.size()) + " operations are lost with profiles " +
                           "that have nothing in quarantine, and " + std::to_string(told) +
                           " records were told to be missing");
  }
  report.what += "; " + std::to_string(lost.size()) + " sides of operations lost, " +
                 std::to_string(told) + " records told, " + std::to_string(quarantined->size()) +
                 " profiles quarantined" + (end_told ? ", the missing ring told" : "");
}

}  // namespace

RoundResult damage_round(const RoundOptions& options) {
  const auto ring = static_cast<RingIs>(options.seed % 3);
  Ground ground;
  if (ring == RingIs::small) ground.ring_bytes = std::size_t{64} << 10;
  auto set = Round::set(options, ground);
  if (!set) return set.error();
  Round& round = **set;
  const std::size_t a = round.start("A");
  round.everybody_joins({a});
  round.wait_for_all(a);
  round.play_for(seconds(1) + round.up_to(3000));
  round.kill(a);
  const char* const names[] = {"the ring whole", "a small ring", "no ring"};
  round.did(std::to_string(damage(round)) + " places changed, " + names[static_cast<int>(ring)]);
  if (ring == RingIs::gone) remove_rings(round);

  if (ring != RingIs::whole) round.expect("B: corrupt: ");
  std::set<std::pair<std::int64_t, demo::Number>> lost;
  const std::int64_t ordinal = round.fleet()[a].ordinal;
  const auto excuse = [&lost, ordinal](std::int64_t user, demo::Number number) {
    if (demo::server_of(number) != ordinal) return false;
    lost.emplace(user, number);
    return true;
  };
  if (ring != RingIs::whole) round.may_be_lost(excuse);
  const std::size_t b = round.start("B");
  round.rejoin(a, b);
  round.wait_for_all(b);
  round.play_for(round.up_to(1500));
  auto report = round.settle();
  if (report) judge(round, *report, lost);
  return report;
}

}  // namespace torture
