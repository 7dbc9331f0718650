// What the renewals of a fleet cost, each of which looks at all other leases: processor time of a
// server and of its database, with so many leases open. The database is a SQLite file, or an empty
// one of a PostgreSQL server on this machine, whose first process is PID (in its postmaster.pid).
//
//   build/release/bench/lease_bench [--json] [--dir DIR] [--renewals N]
//   build/release/bench/lease_bench --db URL PID [--json] [--renewals N]
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "bench/report.h"
#include "bench/setting.h"
#include "keepsake/backend/postgres.h"
#include "keepsake/backend/sqlite.h"
#include "src/base/this_machine.h"

namespace {

using bench::Figure;
using keepsake::Duration;
using keepsake::MonotonicTime;
using keepsake::Owner;

constexpr std::size_t kFleets[] = {10, 100, 500};

template <class T>
T good(keepsake::Result<T> result) {
  if (!result) bench::fail(result.error().text());
  return *std::move(result);
}

/// Processor time in seconds that this process has had.
double own_time() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// And the processes that `first`, PostgreSQL's, has started; those that have ended left out.
double postgres_time(int first) {
  double ticks = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    std::string line;
    if (!std::getline(stat, line)) continue;
    int parent = 0;
    unsigned long user = 0;
    unsigned long system = 0;
    const std::string after = line.substr(line.rfind(')') + 2);
    std::sscanf(after.c_str(), "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &parent, &user,
                &system);
    if (parent == first) ticks += static_cast<double>(user + system);
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

class Fleet {
 public:
  explicit Fleet(std::unique_ptr<keepsake::Backend> backend) : backend_(std::move(backend)) {}

  void grow_to(std::size_t size) {
    while (servers_.size() < size) {
      Owner self{.server = {"server-" + std::to_string(servers_.size())}};
      const keepsake::JournalPlace journal{.directory = "/var/lib/game/journal-of-this-server",
                                           .ring = "/keepsake-0123456789abcdef0123456789abcdef",
                                           .boot_id = "01234567-89ab-cdef-0123-456789abcdef",
                                           .host = "game-" + std::to_string(servers_.size()),
                                           .pid = 4711};
      self.incarnation =
          good(backend_->open_lease({.server = self.server, .journal = journal, .now_ms = 1}));
      servers_.push_back(self);
    }
  }
  /// So many renewals, of one server after the other; how long each took.
  std::vector<Duration> renew(std::size_t times) {
    std::vector<Duration> took;
    for (std::size_t i = 0; i < times; ++i) {
      if (i % servers_.size() == 0) ++number_;
      const MonotonicTime began = keepsake::this_machine().clock.now();
      const auto renewed =
          good(backend_->renew({.self = servers_[i % servers_.size()], .renewal = number_}));
      took.push_back(keepsake::this_machine().clock.now() - began);
      if (renewed.others.size() + 1 != servers_.size()) bench::fail("a lease was not seen");
    }
    return took;
  }

 private:
  const std::unique_ptr<keepsake::Backend> backend_;
  std::vector<Owner> servers_;
  std::uint64_t number_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::string url;
  int first = 0;
  if (argc > 3 && std::strcmp(argv[1], "--db") == 0) {
    url = argv[2];
    first = std::atoi(argv[3]);
    argv[3] = argv[0];
    argc -= 3;
    argv += 3;
  }
  const bench::Setting setting(argc, argv, "lease_bench", "renewals", 4000);
  const bool postgres = !url.empty();
  Fleet fleet(postgres ? good(keepsake::open_postgres(url))
                       : good(keepsake::open_sqlite(setting.folder() + "/leases.db")));
  bench::Report report("renewals of a fleet, one after the other");
  for (const std::size_t size : kFleets) {
    fleet.grow_to(size);
    (void)fleet.renew(2 * size);
    const double ours = own_time();
    const double theirs = postgres ? postgres_time(first) : 0;
    const auto count = static_cast<double>(setting.count());
    report.add(Figure::of("a renewal of " + std::to_string(size), fleet.renew(setting.count())));
    const std::string of = "of " + std::to_string(size) + ", ";
    report.add(
        {.name = of + "microseconds of the server", .value = (own_time() - ours) / count * 1e6});
    if (postgres) {
      report.add({.name = of + "microseconds of the database",
                  .value = (postgres_time(first) - theirs) / count * 1e6});
    }
  }
  return report.print(setting.json());
}
