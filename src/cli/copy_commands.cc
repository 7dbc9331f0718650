#include <string>
#include <utility>

#include "keepsake/backend/sqlite.h"
#include "src/cli/commands.h"
#include "src/cli/places.h"
#include "src/cli/text.h"

namespace keepsake::cli {

namespace {

Result<std::string> sqlite_file(const std::string& db) {
  std::string file = file_of(db);
  if (!file.empty()) return file;
  return Error(ErrorCode::invalid_argument, "only an SQLite database is copied as a file")
      .expected("--db sqlite:FILE")
      .remedy("use the database's own tools for others");
}

}  // namespace

Result<int> execute(const BackupOptions& options, Context& context) {
  auto file = sqlite_file(options.db);
  if (!file) return std::move(file).error();
  if (auto done = backup_sqlite(*file, options.file); !done) return std::move(done).error();
  note(context, "wrote " + options.file);
  return 0;
}

Result<int> execute(const RestoreOptions& options, Context& context) {
  auto file = sqlite_file(options.db);
  if (!file) return std::move(file).error();
  auto report = restore_sqlite(options.file, *file, unix_ms(context.environment.clock.wall()));
  if (!report) return std::move(report).error();
  note(context,
       "restored; of persons erased since, " + count_of(report->scrubbed, "profile") + " scrubbed");
  return 0;
}

}  // namespace keepsake::cli
