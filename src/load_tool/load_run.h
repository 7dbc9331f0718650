// A run of the load tool: real server processes on a real database, and what was measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/result.h"
#include "keepsake/store/options.h"
#include "src/load_tool/histogram.h"

namespace keepsake::load_tool {

struct Workload {
  std::string db;
  std::uint64_t profiles = 0;  ///< at rest, in the database; those that are missing are made
  std::uint64_t players = 0;   ///< of these, spread evenly; each has a session on one server
  std::size_t servers = 0;
  std::size_t entries = 20;
  PayloadFormat payload = StoreOptions().payload;  ///< the servers' setting
  double seconds = 10;                             ///< of each thing that is measured
  bool baseline = false;
  std::string journal;  ///< a folder for the servers' journals
};
/// Says what is wrong with it, by the options' names.
[[nodiscard]] Result<void> valid_workload(const Workload& workload);

/// One rate, of several rounds.
struct Rate {
  std::vector<double> rounds;
  [[nodiscard]] double median() const;
  [[nodiscard]] double least() const;
  [[nodiscard]] double most() const;
};

/// The bare floor, measured in turns with the product.
struct Baseline {
  Rate saves_per_s;        ///< the same batches, by as many processes
  Rate rows_per_s;         ///< one row a transaction, on kManyConnections in all
  Rate commits_per_s;      ///< one row a transaction, on two connections a server
  Histogram commit_times;  ///< of one row, by one connection, with nothing else running
  double cpu_us_per_save = 0;
};
inline constexpr std::size_t kManyConnections = 16;

struct Measured {
  std::uint64_t payload_bytes = 0;
  std::uint64_t bytes = 0;  ///< of the tables, before anything was measured
  Rate saves_per_s;
  Rate starts_per_s;
  double saves_a_batch = 0;
  double cpu_us_per_save = 0;     ///< of the server processes
  Histogram commit_times;         ///< at half of saves_per_s: from commit() to its answer
  Histogram handoff_times;        ///< at that load, from load() to its answer, in ticks of 0.2 ms
  Histogram quiet_handoff_times;  ///< with nothing else running
  double idle_cores = 0;          ///< all servers' processor time while nobody edits
  double idle_calls_per_s = 0;    ///< of the database, by all servers
  std::optional<Baseline> baseline;

  [[nodiscard]] double bytes_per_profile(const Workload& workload) const {
    return static_cast<double>(bytes) / static_cast<double>(workload.profiles);
  }
  /// Product by bare floor, round by round, the median.
  [[nodiscard]] double saves_by_floor() const;
  [[nodiscard]] double saves_by_rows() const;
  [[nodiscard]] double starts_by_commits() const;
  /// Medians: a quiet hand-over by a bare commit.
  [[nodiscard]] double handoff_by_commit() const;
};

/// `part`: of that phase, 0 to 1.
using Tell = std::function<void(std::string_view phase, double part)>;

/// Fills the database, starts the servers, measures, and ends them. This process has a single
/// thread. Errors: `invalid_argument` (a workload that can't be; servers run on that database),
/// those of the backend, of Fleet.
[[nodiscard]] Result<Measured> run_load(const Workload& workload, const Tell& tell);

}  // namespace keepsake::load_tool
