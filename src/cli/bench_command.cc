#include <stdlib.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>

#include "keepsake/datum/json.h"
#include "src/cli/bench_report.h"
#include "src/cli/commands.h"
#include "src/cli/places.h"
#include "src/cli/progress.h"

namespace keepsake::cli {

namespace {

/// A folder that is gone with the object, where none is named.
class JournalFolder {
 public:
  static Result<JournalFolder> make(const std::string& named) {
    if (!named.empty()) return JournalFolder(named, false);
    std::string name = (std::filesystem::temp_directory_path() / "keepsake-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      return Error(ErrorCode::io_error, "can't make a folder for the journals")
          .remedy("name one by --journal");
    }
    return JournalFolder(std::move(name), true);
  }
  JournalFolder(JournalFolder&& other) noexcept
      : path_(std::move(other.path_)), ours_(std::exchange(other.ours_, false)) {}
  JournalFolder& operator=(JournalFolder&&) = delete;
  ~JournalFolder() {
    std::error_code ignored;
    if (ours_) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  JournalFolder(std::string path, bool ours) : path_(std::move(path)), ours_(ours) {}

  std::string path_;
  bool ours_ = false;
};

}  // namespace

Result<int> execute(const BenchOptions& options, Context& context) {
  auto journal = JournalFolder::make(options.journal);
  if (!journal) return std::move(journal).error();
  const load_tool::Workload workload{
      .db = options.db,
      .profiles = options.profiles == 0 ? options.players : options.profiles,
      .players = options.players,
      .servers = options.servers,
      .entries = options.items,
      .payload = options.payload,
      .seconds = options.seconds,
      .baseline = options.baseline,
      .journal = journal->path()};
  Progress progress(context.environment, std::nullopt);
  auto measured = load_tool::run_load(workload, [&](std::string_view phase, double part) {
    progress.show(std::string(phase) + ", " + std::to_string(std::lround(part * 100)) + " %");
  });
  progress.clear();
  if (!measured) return std::move(measured).error();
  if (options.json) {
    context.environment.out << write_json(bench_json(workload, *measured)) << '\n';
  } else {
    print_bench(context.environment.out, workload, *measured);
  }
  if (options.chart.empty()) return 0;
  if (auto drawn = write_file(options.chart, bench_chart(workload, *measured)); !drawn) {
    return std::move(drawn).error();
  }
  return 0;
}

}  // namespace keepsake::cli
