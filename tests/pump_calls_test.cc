// The game's thread makes no system call in edit() and pump(), but for one wake a tick that doesn't
// block: a child plays, and this process watches each system call of its thread (ptrace).
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "examples/player/player_catalog.h"
#include "keepsake/open/open.h"
#include "keepsake/store/profiles.h"

namespace {

#ifdef __has_feature
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

using example::Player;
using namespace std::chrono_literals;

/// A system call that nothing else makes: the bounds of what is watched.
void mark() { ::syscall(SYS_getpgid, 0); }

constexpr int kTicks = 40;
constexpr int kBetweenTicksUs = 60'000;  // protocol and journal have gone to sleep by then
constexpr std::size_t kPlayers = 50;

/// Plays on a database of its own; a mark before and after each tick's edits and pump.
[[noreturn]] void play(const std::string& folder) {
  const auto backend = keepsake::open("sqlite:" + folder + "/players.db").value();
  keepsake::StoreOptions options;
  options.server = "watched";
  options.log = [](keepsake::LogLevel, std::string_view) {};
  keepsake::Store store(*backend, options);
  keepsake::Profiles<Player> players(store, example::player_catalog());
  for (std::size_t i = 0; i < kPlayers; ++i) {
    players.load("p" + std::to_string(i),
                 [](const keepsake::Result<keepsake::Profile<Player>>&) {});
  }
  for (int i = 0; i < 3000 && players.size() < kPlayers; ++i) {
    store.pump();
    ::usleep(2000);
  }
  if (players.size() < kPlayers) ::_exit(3);
  const auto tick = [&](int number) {
    for (std::size_t i = 0; i < 5; ++i) {
      auto player =
          players.find("p" + std::to_string((static_cast<std::size_t>(number) + i) % kPlayers));
      (void)player.edit([](Player& p) { ++p.stats.kills; });
      (void)player.edit<&Player::stats, &example::Stats::deaths>([](std::int64_t& n) { ++n; });
      (void)player.touch([](Player& p) { p.stats.playtime += 0.25; });
      if (number % 2 == 0) player.commit();
    }
    store.pump();
  };
  for (int i = 0; i < 60; ++i) {  // buffers grow first
    tick(i);
    ::usleep(16'000);
  }
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  ::raise(SIGSTOP);
  for (int i = 0; i < kTicks; ++i) {
    mark();
    tick(i);
    mark();
    ::usleep(kBetweenTicksUs);
  }
  ::_exit(store.shutdown().finished ? 0 : 4);  // no shared memory stays behind
}

TEST(GameThread, MakesNoSystemCallInATickButForOneWake) {
  const std::string folder =
      std::filesystem::temp_directory_path() / ("keepsake-pump-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const pid_t child = ::fork();
  if (child == 0) play(folder);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSTOPPED(status)) << "it could not be watched: status " << status;
  ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);

  bool inside = false;
  bool entering = true;
  std::vector<std::map<long, int>> ticks;  // by number of the call, how often in that tick
  int waits = 0;
  for (int signal = 0;;) {
    ::ptrace(PTRACE_SYSCALL, child, nullptr, signal);
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFEXITED(status) || WIFSIGNALED(status)) break;
    signal = WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
    if (entering) {
      user_regs_struct registers{};
      ::ptrace(PTRACE_GETREGS, child, nullptr, &registers);
      const auto number = static_cast<long>(registers.orig_rax);
      if (number == SYS_getpgid) {
        inside = !inside;
        if (inside) ticks.emplace_back();
      } else if (inside) {
        ++ticks.back()[number];
        if (number == SYS_futex && (registers.rsi & 127) == 0) ++waits;  // FUTEX_WAIT
      }
    }
    entering = !entering;
  }
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  ASSERT_EQ(WEXITSTATUS(status), 0);
  ASSERT_EQ(ticks.size(), static_cast<std::size_t>(kTicks));
  EXPECT_EQ(waits, 0) << "a tick waited for another thread";
  if (kSanitized) return;  // a sanitizer makes calls of its own: the release build counts them
  int ticks_with_more = 0;
  for (const std::map<long, int>& tick : ticks) {
    for (const auto& [number, count] : tick) {
      EXPECT_EQ(number, SYS_futex) << "system call " << number << ", " << count << " times";
      if (number == SYS_futex && count > 1) ++ticks_with_more;
    }
  }
  EXPECT_EQ(ticks_with_more, 0) << "ticks with more than one wake";
}

}  // namespace
