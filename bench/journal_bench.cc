// What one journal record costs the game's thread, while this journal is drained and synced and
// another process writes and syncs on the same disk.

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "src/base/crc32c.h"
#include "src/base/hash64.h"
#include "src/base/this_machine.h"
#include "src/store/journal.h"

namespace keepsake {
namespace {

using SteadyClock = std::chrono::steady_clock;

void write_and_sync_for_ever(const std::string& path) {
  auto file = this_machine().files.open(path, OpenMode::create);
  const std::string block(256UL << 10, 'x');
  for (std::uint64_t at = 0;; at = (at + block.size()) % (64UL << 20)) {
    if (!file || !(*file)->write_at(at, block) || !(*file)->sync()) ::_exit(1);
  }
}

std::string payload_of(int items) {
  std::string text = R"({"version":"3","items":[)";
  for (int i = 0; i < items; ++i) {
    text += (i > 0 ? "," : "") + std::string(R"({"id":"item_)") + std::to_string(100000 + i) +
            R"(","quantity":17,"equipped":false})";
  }
  return text + "]}";
}

void report(const char* what, std::size_t bytes, std::vector<double>& us) {
  std::sort(us.begin(), us.end());
  const auto at = [&](double part) {
    return us[static_cast<std::size_t>(part * static_cast<double>(us.size() - 1))];
  };
  std::printf("%-28s %8zu bytes  p50 %8.2f  p99 %8.2f  p99.9 %8.2f  max %8.2f us\n", what, bytes,
              at(0.5), at(0.99), at(0.999), us.back());
}

void measure(Journal& journal, int items, int count) {
  std::string payload = payload_of(items);
  std::vector<double> hashing;
  std::vector<double> appending;
  std::uint64_t refused = 0;
  for (int i = 0; i < count; ++i) {
    payload[payload.size() / 2] = static_cast<char>('0' + i % 10);
    MemberView member;
    member.store = "PlayerData";
    member.key = "Player_12345678";
    member.schema_version = "3";
    member.edit_number = static_cast<std::uint64_t>(i + 1);
    member.content = ContentKind::image;
    member.bytes = payload;
    const auto begin = SteadyClock::now();
    member.state_hash = state_hash_of_image(payload);
    const auto middle = SteadyClock::now();
    const auto appended = journal.append({RecordKind::edit, {&member, 1}});
    const auto end = SteadyClock::now();
    hashing.push_back(std::chrono::duration<double, std::micro>(middle - begin).count());
    appending.push_back(std::chrono::duration<double, std::micro>(end - middle).count());
    if (!appended) ++refused;
    if (journal.wants_wake()) journal.wake();
    journal.set_floor(journal.next_sequence());
    // At most some 40 MB a second.
    std::this_thread::sleep_for(std::chrono::microseconds(20 + payload.size() / 40));
  }
  report((std::to_string(items) + " items, hash").c_str(), payload.size(), hashing);
  report((std::to_string(items) + " items, append").c_str(), payload.size(), appending);
  if (refused > 0) std::printf("  %llu refused\n", static_cast<unsigned long long>(refused));
}

int run() {
  char text[] = "./keepsake_journal_bench_XXXXXX";
  const std::string folder = ::realpath(::mkdtemp(text), nullptr);
  const pid_t other = ::fork();
  if (other == 0) write_and_sync_for_ever(folder + "/noise");
  auto journal = Journal::create(this_machine(), {}, folder);
  if (!journal || !(*journal)->start({1, 1}, {{"bench"}, 1})) return 1;
  std::thread drain([&] {
    while ((*journal)->wait_for_records(std::chrono::milliseconds(100))) {
      if (const auto good = (*journal)->drain(false); !good) {
        std::printf("%s\n", good.error().text().c_str());
      }
    }
  });
  measure(**journal, 20, 50000);
  measure(**journal, 500, 5000);
  measure(**journal, 3000, 1000);
  (*journal)->stop_waiting();
  drain.join();
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  (void)(*journal)->close_clean().has_value();
  (void)this_machine().files.remove(folder + "/noise").has_value();
  (void)this_machine().files.remove(folder).has_value();
  return 0;
}

}  // namespace
}  // namespace keepsake

int main() { return keepsake::run(); }
