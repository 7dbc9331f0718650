// edit() with its whole journal record, of players with 20, 500 and 3,000 items, while another
// process writes and syncs on the same disk. Beside it the same edit on a bare struct, with
// validation and encoding but without a store: what the journal adds. The two take turns: each goes
// first in every second tick, and is measured in those, since after the sleep between two ticks the
// caches are cold, and whoever goes first warms them for the other.
//
//   build/release/bench/edit_bench [--json] [--dir DIR] [--edits N]
#include <unistd.h>

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
using example::Player;
using keepsake::Duration;
using keepsake::MonotonicTime;
using std::chrono::milliseconds;

constexpr Duration kTick = std::chrono::nanoseconds(1'000'000'000 / 60);
constexpr std::size_t kEditsPerTick = 20;

MonotonicTime now() { return keepsake::this_machine().clock.now(); }

Player player_with(std::size_t items) {
  Player player = example::new_player(keepsake::this_machine().clock.wall());
  for (std::size_t i = 0; i < items; ++i) {
    player.inventory.push_back(
        {.id = "item_" + std::to_string(i % 97), .quantity = 3, .equipped = false});
  }
  return player;
}

void change(Player& player) {
  player.currency.coins += 7;
  player.stats.playtime += 0.5;
  player.inventory[player.inventory.size() / 2].quantity += 1;
}

/// Of one kind of edit: all that were measured, and those that were the first of their tick.
struct Times {
  std::vector<Duration> all;
  std::vector<Duration> first;
};
struct Measured {
  Times product;
  Times bare;
};

/// A tick's edits of one kind.
template <class Edit>
void run_edits(std::size_t count, Times* times, Edit&& edit) {
  for (std::size_t i = 0; i < count; ++i) {
    const MonotonicTime began = now();
    edit();
    const Duration took = now() - began;
    if (times == nullptr) continue;
    times->all.push_back(took);
    if (i == 0) times->first.push_back(took);
  }
}

void bare_edit(Player& player, std::string& bytes) {
  Player copy = player;
  change(copy);
  if (!keepsake::validate(copy)) bench::fail("the player is not valid");
  bytes.clear();
  keepsake::encode_json(copy, bytes);
  std::swap(player, copy);
}

std::size_t per_tick(std::size_t items) {
  return std::max<std::size_t>(1, kEditsPerTick * 20 / items);
}

Measured measure(const std::string& folder, std::size_t items, std::size_t edits) {
  const std::string database = folder + "/edit" + std::to_string(items) + ".db";
  auto backend = keepsake::open("sqlite:" + database);
  if (!backend) bench::fail(backend.error().text());
  keepsake::Store store(**backend, {.server = "bench", .timing = {}, .journal = {}});
  keepsake::Profiles<Player> players(store, example::player_catalog());
  keepsake::Profile<Player> profile;
  players.load("Player_1", [&](keepsake::Result<keepsake::Profile<Player>> loaded) {
    if (!loaded) bench::fail(loaded.error().text());
    profile = *loaded;
  });
  const auto tick = [&](MonotonicTime& next) {
    store.pump();
    next += kTick;
    if (now() < next) ::usleep(static_cast<useconds_t>((next - now()).count() / 1000));
  };
  MonotonicTime next = now();
  while (!profile) tick(next);
  const Player first = player_with(items);
  if (!profile.edit([&](Player& player) { player = first; })) bench::fail("the first edit");

  Measured times;
  Player bare = first;
  std::string bytes;
  const auto product_edits = [&](Times* of) {
    run_edits(per_tick(items), of, [&] {
      const keepsake::Result<void> done = profile.edit(change);
      if (!done) bench::fail(done.error().text());
    });
  };
  const auto bare_edits = [&](Times* of) {
    run_edits(per_tick(items), of, [&] { bare_edit(bare, bytes); });
  };
  while (times.product.all.size() < edits) {
    product_edits(&times.product);
    bare_edits(nullptr);
    tick(next);
    bare_edits(&times.bare);
    product_edits(nullptr);
    tick(next);
  }
  (void)store.shutdown();
  return times;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Setting setting(argc, argv, "edit_bench", "edits", 20'000);
  bench::Report report("edit with its journal record, beside a process that writes and syncs");
  {
    const bench::BusyDisk noise(setting.folder());
    for (const std::size_t items : {20, 500, 3000}) {
      const std::size_t count = std::max<std::size_t>(1000, setting.count() / (items / 20));
      Measured times = measure(setting.folder(), items, count);
      const std::string what = std::to_string(items) + " items";
      Figure product = Figure::of(what + ", edit", std::move(times.product.all));
      Figure bare = Figure::of(what + ", copy, validate, encode", std::move(times.bare.all));
      const auto us = [](Duration time) { return static_cast<double>(time.count()); };
      const double ratio = us(product.at(0.5)) / us(bare.at(0.5));
      if (items == 20) product = std::move(product).p999_at_most(std::chrono::microseconds(50));
      report.add(std::move(product));
      report.add(std::move(bare));
      if (per_tick(items) > 1) {
        report.add(Figure::of("  the edit, first of a tick", std::move(times.product.first)));
        report.add(Figure::of("  the bare one, first of a tick", std::move(times.bare.first)));
      }
      report.add({.name = what + ", edit / bare, medians", .value = ratio, .at_least = {}});
    }
  }
  return report.print(setting.json());
}
