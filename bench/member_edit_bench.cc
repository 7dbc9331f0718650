// Edits by member with their journal records, of players with 20, 500 and 3,000 items, at 60 ticks
// a second, while another process writes and syncs on the same disk; beside them, in turns, the
// whole edit, and a touch with the pump that journals it. An edit by member is to cost the same
// whatever else the player has: at most twice as much with 3,000 items as with 20.
//
// After the sleep between two ticks the caches are cold, and an interrupt is likelier than later:
// who goes first pays for it. Two floors go first in turns with the edits, each measured in its own
// ticks only: what no journal does without (the change, its text, and a record of the same size
// copied into memory that is shared, by a few lines of code); and nothing but looks at the clock
// for as long as the first edit of a tick takes, which shows how often the machine interrupts.
//
//   build/release/bench/member_edit_bench [--json] [--dir DIR] [--ticks N]
#include <sys/mman.h>

#include <atomic>
#include <charconv>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/busy_disk.h"
#include "bench/report.h"
#include "bench/setting.h"
#include "examples/player/player_catalog.h"
#include "keepsake/open/open.h"
#include "keepsake/store/profiles.h"
#include "src/base/this_machine.h"

namespace {

using bench::Figure;
using example::Item;
using example::Player;
using example::Stats;
using keepsake::Duration;
using keepsake::MonotonicTime;

constexpr Duration kTick = std::chrono::nanoseconds(1'000'000'000 / 60);
constexpr std::size_t kSizes[] = {20, 500, 3000};
constexpr int kRoundsPerTick = 8;
constexpr std::size_t kFirst = 0;  // in place of a size: the first call of a tick, of any size
constexpr const char* kBare = "the floor of an edit";
constexpr const char* kNothing = "nothing for 14 us";
constexpr Duration kFirstEdit = std::chrono::microseconds(14);

MonotonicTime now() { return keepsake::this_machine().clock.now(); }

void need(const keepsake::Result<void>& done) {
  if (!done) bench::fail(done.error().text());
}

/// By the name of what was done and the number of items.
using Times = std::map<std::pair<std::string, std::size_t>, std::vector<Duration>>;

/// Changes a player as edit<&Player::stats, &Stats::kills> does, and leaves as many bytes of it in
/// shared memory; nothing else.
class BareEdits {
 public:
  explicit BareEdits(std::size_t items) {
    player_.inventory.resize(items);
    void* const memory = ::mmap(nullptr, kRingBytes, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) bench::fail("no memory for the bare ring");
    ring_ = static_cast<char*>(memory);
  }
  ~BareEdits() { ::munmap(ring_, kRingBytes); }
  BareEdits(const BareEdits&) = delete;
  BareEdits& operator=(const BareEdits&) = delete;

  void edit() {
    std::int64_t kills = player_.stats.kills;
    player_.stats.kills = ++kills;
    constexpr std::string_view kText = R"([{"op":"replace","path":"/stats/kills","value":)";
    std::memcpy(record_ + kHeadBytes, kText.data(), kText.size());
    char* end =
        std::to_chars(record_ + kHeadBytes + kText.size(), std::end(record_) - 2, kills).ptr;
    *end++ = '}';
    *end++ = ']';
    const auto bytes = static_cast<std::size_t>(end - record_);
    const std::uint64_t at = tail_.load(std::memory_order_relaxed);
    const std::size_t place = at % (kRingBytes - sizeof record_);
    std::memcpy(ring_ + place, record_, bytes);
    tail_.store(at + bytes, std::memory_order_release);
  }

 private:
  static constexpr std::size_t kRingBytes = 16UL << 20;
  static constexpr std::size_t kHeadBytes = 176;  // as many as a record of ours has before its text

  Player player_;
  char record_[kHeadBytes + 80] = {};
  char* ring_ = nullptr;
  std::atomic<std::uint64_t> tail_ = 0;
};

class Game {
 public:
  Game(keepsake::Store& store, keepsake::Profiles<Player>& players) : store_(store) {
    for (const std::size_t items : kSizes) {
      load(players, "Member_", items, by_member_);
      load(players, "Whole_", items, whole_);
      bare_.try_emplace(items, items);
    }
  }

  void play(int ticks) {
    for (int i = 0; i < ticks; ++i) {
      const int first = i % 3;
      if (first == 1) rounds(i / 3, true, [&](std::size_t items) { bare_edit(items); });
      if (first == 2) nothing();
      rounds(i / 3, first == 0, [&](std::size_t items) { by_member(items); });
      if (first != 1) rounds(i / 3, false, [&](std::size_t items) { bare_edit(items); });
      for (const std::size_t items : kSizes) whole(items);
      touch_one(kSizes[static_cast<std::size_t>(i) % std::size(kSizes)]);
      tick();
    }
  }

  [[nodiscard]] Times take_times() { return std::move(times_); }

 private:
  using Profiles = std::map<std::size_t, keepsake::Profile<Player>>;

  void load(keepsake::Profiles<Player>& players, const char* name, std::size_t items,
            Profiles& into) {
    players.load(name + std::to_string(items),
                 [&](keepsake::Result<keepsake::Profile<Player>> loaded) {
                   if (!loaded) bench::fail(loaded.error().text());
                   into[items] = *loaded;
                 });
    while (!into.contains(items)) tick();
    keepsake::Profile<Player>& profile = into[items];
    need(profile.edit([items](Player& player) {
      for (std::size_t i = 0; i < items; ++i) {
        player.inventory.push_back(
            {.id = "item_" + std::to_string(i % 97), .quantity = 3, .equipped = false});
      }
    }));
    // A copied vector grows at its next push_back, once.
    need(profile.push_back<&Player::inventory>(Item{.id = "torch"}));
    need(profile.erase_at<&Player::inventory>(items));
  }

  /// Each size comes first in its turn.
  template <class F>
  void rounds(int turn, bool measured, F edits) {
    measured_ = measured;
    for (int round = 0; round < kRoundsPerTick; ++round) {
      for (std::size_t k = 0; k < std::size(kSizes); ++k) {
        first_ = round == 0 && k == 0;
        edits(kSizes[(k + static_cast<std::size_t>(turn + round)) % std::size(kSizes)]);
      }
    }
    measured_ = true;
  }

  template <class F>
  void measure(const char* what, std::size_t items, F f) {
    const MonotonicTime began = now();
    const keepsake::Result<void> done = f();
    const Duration took = now() - began;
    need(done);
    if (!measured_) return;
    times_[{what, items}].push_back(took);
    if (std::exchange(first_, false)) times_[{what, kFirst}].push_back(took);
  }

  void nothing() {
    const MonotonicTime began = now();
    MonotonicTime at = began;
    while (at - began < kFirstEdit) at = now();
    times_[{kNothing, kFirst}].push_back(at - began);
  }

  void bare_edit(std::size_t items) {
    measure(kBare, items, [&] {
      bare_.at(items).edit();
      return keepsake::Result<void>();
    });
  }

  void by_member(std::size_t items) {
    keepsake::Profile<Player>& profile = by_member_.at(items);
    measure("edit", items, [&] {
      return profile.edit<&Player::stats, &Stats::kills>([](std::int64_t& kills) { ++kills; });
    });
    measure("edit_at", items, [&] {
      return profile.edit_at<&Player::inventory>(items / 2, [](Item& item) { ++item.quantity; });
    });
    measure("push_back", items, [&] {
      return profile.push_back<&Player::inventory>(
          Item{.id = "potion", .quantity = 2, .equipped = true});
    });
    measure("erase_at the end", items, [&] { return profile.erase_at<&Player::inventory>(items); });
  }

  void whole(std::size_t items) {
    measure("whole edit", items,
            [&] { return whole_.at(items).edit([](Player& player) { ++player.stats.kills; }); });
  }

  void touch_one(std::size_t items) {
    store_.pump();
    measure("touch and pump", items, [&] {
      const keepsake::Result<void> touched =
          by_member_.at(items).touch([](Player& player) { player.stats.playtime += 0.5; });
      store_.pump();
      return touched;
    });
  }

  void tick() {
    store_.pump();
    next_ += kTick;
    if (now() < next_) ::usleep(static_cast<useconds_t>((next_ - now()).count() / 1000));
  }

  keepsake::Store& store_;
  Profiles by_member_;
  Profiles whole_;
  std::map<std::size_t, BareEdits> bare_;
  bool measured_ = true;
  bool first_ = false;
  MonotonicTime next_ = now();
  Times times_;
};

Times measure(const std::string& folder, int ticks) {
  auto backend = keepsake::open("sqlite:" + folder + "/players.db");
  if (!backend) bench::fail(backend.error().text());
  keepsake::Store store(**backend, {.server = "bench", .timing = {}, .journal = {}});
  keepsake::Profiles<Player> players(store, example::player_catalog());
  Game game(store, players);
  const bench::BusyDisk noise(folder);
  game.play(ticks);
  (void)store.shutdown();
  return game.take_times();
}

void add_to(bench::Report& report, Times times) {
  for (const char* what : {"edit", kBare, kNothing}) {
    report.add(Figure::of(std::string(what) + ", first call of a tick",
                          std::move(times.at({what, kFirst}))));
  }
  for (const char* what : {"edit", kBare, "edit_at", "push_back", "erase_at the end", "whole edit",
                           "touch and pump"}) {
    const std::string name = what;
    const bool marked = name == "edit" || name == "edit_at" || name == "push_back";
    double median_us[2] = {};
    for (const std::size_t items : kSizes) {
      Figure figure = Figure::of(name + ", " + std::to_string(items) + " items",
                                 std::move(times.at({name, items})));
      const double median = static_cast<double>(figure.at(0.5).count());
      median_us[items == kSizes[0] ? 0 : 1] = median;
      if (marked) {
        report.add(std::move(figure).p999_at_most(std::chrono::microseconds(20)));
      } else {
        report.add(std::move(figure));
      }
    }
    report.add({.name = name + ", 20 items / 3,000 items, medians",
                .value = median_us[0] / median_us[1],
                .at_least = marked ? std::optional(0.5) : std::nullopt});
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Setting setting(argc, argv, "member_edit_bench", "ticks", 3000);
  bench::Report report("edits by member, beside a process that writes and syncs");
  add_to(report, measure(setting.folder(), static_cast<int>(setting.count())));
  return report.print(setting.json());
}
