// Edits by member with their journal records, of players with 20, 500 and 3,000 items, at 60 ticks
// a second, while another process writes and syncs on the same disk; beside them, in turns, the
// whole edit, and a touch with the pump that journals it. An edit by member is to cost the same
// whatever else the player has: at most twice as much with 3,000 items as with 20.
//
//   build/release/bench/member_edit_bench [--json] [--dir DIR] [--ticks N]
#include <map>
#include <string>
#include <string_view>
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

MonotonicTime now() { return keepsake::this_machine().clock.now(); }

void need(const keepsake::Result<void>& done) {
  if (!done) bench::fail(done.error().text());
}

/// By the name of what was done and the number of items.
using Times = std::map<std::pair<std::string, std::size_t>, std::vector<Duration>>;

class Game {
 public:
  Game(keepsake::Store& store, keepsake::Profiles<Player>& players) : store_(store) {
    for (const std::size_t items : kSizes) {
      load(players, "Member_", items, by_member_);
      load(players, "Whole_", items, whole_);
    }
  }

  void play(int ticks) {
    for (int i = 0; i < ticks; ++i) {
      for (int round = 0; round < kRoundsPerTick; ++round) {
        for (std::size_t k = 0; k < std::size(kSizes); ++k) {  // each size comes first in its turn
          by_member(kSizes[(k + static_cast<std::size_t>(i + round)) % std::size(kSizes)]);
        }
      }
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

  template <class F>
  void measure(const char* what, std::size_t items, F f) {
    const MonotonicTime began = now();
    const keepsake::Result<void> done = f();
    times_[{what, items}].push_back(now() - began);
    need(done);
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
  for (const char* what :
       {"edit", "edit_at", "push_back", "erase_at the end", "whole edit", "touch and pump"}) {
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
  const bench::Setting setting(argc, argv, "member_edit_bench", "ticks", 1500);
  bench::Report report("edits by member, beside a process that writes and syncs");
  add_to(report, measure(setting.folder(), static_cast<int>(setting.count())));
  return report.print(setting.json());
}
