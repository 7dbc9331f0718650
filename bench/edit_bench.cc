// edit() with its whole journal record, of players with 20, 500 and 3,000 items, while another
// process writes and syncs on the same disk. Beside it, interleaved, the same edit on a bare
// struct, with validation and encoding but without a store: what the journal adds.
//
//   build/release/bench/edit_bench [--json] [--dir DIR] [--edits N]
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "bench/report.h"
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

/// A process that writes a megabyte and syncs it, over and over.
class BusyDisk {
 public:
  explicit BusyDisk(const std::string& folder) : pid_(::fork()) {
    if (pid_ == 0) write_for_ever(folder + "/noise");
  }
  ~BusyDisk() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  BusyDisk(const BusyDisk&) = delete;
  BusyDisk& operator=(const BusyDisk&) = delete;

 private:
  [[noreturn]] static void write_for_ever(const std::string& path) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const std::string megabyte(1 << 20, 'x');
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
    for (off_t at = 0; file >= 0; at = (at + (1 << 20)) % (64 << 20)) {
      if (::pwrite(file, megabyte.data(), megabyte.size(), at) < 0) break;
      ::fdatasync(file);
    }
    ::_exit(0);
  }

  const pid_t pid_;
};

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

struct Times {
  std::vector<Duration> product;
  std::vector<Duration> bare;
};

void bare_edit(Player& player, std::string& bytes) {
  Player copy = player;
  change(copy);
  if (!keepsake::validate(copy)) bench::fail("the player is not valid");
  bytes.clear();
  keepsake::encode_json(copy, bytes);
  std::swap(player, copy);
}

Times measure(const std::string& folder, std::size_t items, std::size_t edits) {
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

  Times times;
  Player bare = first;
  std::string bytes;
  const std::size_t per_tick = std::max<std::size_t>(1, kEditsPerTick * 20 / items);
  while (times.product.size() < edits) {
    for (std::size_t i = 0; i < per_tick; ++i) {
      MonotonicTime began = now();
      const keepsake::Result<void> done = profile.edit(change);
      times.product.push_back(now() - began);
      if (!done) bench::fail(done.error().text());
      began = now();
      bare_edit(bare, bytes);
      times.bare.push_back(now() - began);
    }
    tick(next);
  }
  (void)store.shutdown();
  return times;
}

}  // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::string folder = std::filesystem::temp_directory_path();
  std::size_t edits = 20'000;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--json") {
      json = true;
    } else if (option == "--dir" && !value.empty()) {
      folder = argv[++i];
    } else if (option == "--edits" &&
               std::from_chars(value.data(), value.data() + value.size(), edits).ec ==
                   std::errc()) {
      ++i;
    } else {
      std::fprintf(stderr, "usage: edit_bench [--json] [--dir DIR] [--edits N]\n");
      return 2;
    }
  }
  folder += "/keepsake-edit-bench-" + std::to_string(::getpid());
  std::filesystem::create_directories(folder);
  bench::Report report("edit with its journal record, beside a process that writes and syncs");
  {
    const BusyDisk noise(folder);
    for (const std::size_t items : {20, 500, 3000}) {
      const std::size_t count = std::max<std::size_t>(1000, edits / (items / 20));
      Times times = measure(folder, items, count);
      const std::string what = std::to_string(items) + " items";
      Figure product = Figure::of(what + ", edit", std::move(times.product));
      Figure bare = Figure::of(what + ", copy, validate, encode", std::move(times.bare));
      const auto us = [](Duration time) { return static_cast<double>(time.count()); };
      const double ratio = us(product.at(0.5)) / us(bare.at(0.5));
      if (items == 20) {
        report.add(std::move(product).p999_at_most(std::chrono::microseconds(50)));
      } else {
        report.add(std::move(product));
      }
      report.add(std::move(bare));
      report.add({.name = what + ", edit / bare, medians", .value = ratio, .at_least = {}});
    }
  }
  std::filesystem::remove_all(folder);
  return report.print(json);
}
