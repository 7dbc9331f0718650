#include "backends/sqlite/database_copy.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "backends/sqlite/database_file.h"
#include "backends/sqlite/sqlite_tables.h"
#include "backends/sqlite/write_turns.h"
#include "src/backend/restore_operations.h"
#include "src/backend/tombstone_file.h"
#include "src/os/posix_file_system.h"

namespace keepsake {

namespace {

constexpr int kPagesAtOnce = 1024;
constexpr std::int64_t kBusyMs = 60'000;
/// Incarnations that servers may have been given since a backup was made, where nothing tells.
constexpr std::uint64_t kIncarnationsAhead = 1U << 20;

void remove_database(const std::string& path) {
  for (const char* const part : {"", "-wal", "-shm", "-journal"}) {
    std::remove((path + part).c_str());
  }
}

Result<std::unique_ptr<Connection>> open_for(const std::string& path, bool read_only) {
  return Connection::open(path,
                          {.read_only = read_only, .sync = Sync::full, .busy_timeout_ms = kBusyMs});
}

bool is_there(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0;
}

/// A copy of `from` at `path`, which nobody else has open.
Result<void> copy_to(const std::string& from, const std::string& path) {
  auto source = open_for(from, true);
  if (!source) return std::move(source).error();
  if (auto good = judge_backup(**source); !good) return good;
  remove_database(path);
  auto copy = open_for(path, false);
  if (!copy) return std::move(copy).error();
  if (auto copied = copy_pages(**source, **copy); !copied) return copied;
  // In one file: no log beside it.
  auto mode = (*copy)->word("PRAGMA journal_mode = DELETE");
  return mode ? Result<void>() : Result<void>(std::move(mode).error());
}

/// What the database that is to be replaced knows, and the backup may not.
struct Known {
  std::uint64_t last_incarnation = 0;
  std::uint64_t epoch_floor = 0;
  std::string secret;
};

Known known_of(Connection& target) {
  Known known;
  Query query = target.query(sql::kKnown);
  auto row = query.step();
  if (!row || !*row) return known;
  known.last_incarnation = query.number();
  known.epoch_floor = query.number();
  known.secret = query.text();
  return known;
}

/// The backup gets the secret by which the tombstones were made.
Result<void> adopt_secret(Connection& copy, SqliteTables& tables, const Known& known,
                          const TombstoneFile& file, const std::string& path) {
  if (file.fingerprint.empty()) return {};
  auto own = tables.tombstone_secret();
  if (!own) return std::move(own).error();
  if (fingerprint_of_secret(*own) == file.fingerprint) return {};
  if (!known.secret.empty() && fingerprint_of_secret(known.secret) == file.fingerprint) {
    Query query = copy.query(sql::kSetSecret);
    return query.blob(known.secret).run();
  }
  return Error(ErrorCode::wrong_format, "the tombstones in " + path + " are of another secret")
      .expected("that of the backup or of the database that is replaced")
      .found("of " + file.fingerprint)
      .remedy("restore over the database that they were written beside, or put its file there");
}

/// A new life: another generation, nobody's sessions, nothing that was erased meanwhile.
Result<std::size_t> begin_anew(Connection& copy, const Known& known, const TombstoneFile& file,
                               const std::string& tombstones_path, std::int64_t now_ms) {
  SqliteTables tables(copy, nullptr);
  tables.begin();
  if (auto set = adopt_secret(copy, tables, known, file, tombstones_path); !set) {
    return std::move(set).error();
  }
  for (const sql::Text* statement : {&sql::kNewGeneration, &sql::kForgetLeases, &sql::kFreeAll}) {
    if (auto done = copy.run(*statement); !done) return std::move(done).error();
  }
  const std::uint64_t incarnation =
      known.last_incarnation > 0 ? known.last_incarnation : kIncarnationsAhead;
  auto raised = (copy.query(sql::kRaiseCounters) << incarnation << known.epoch_floor).run();
  if (!raised) return std::move(raised).error();
  auto scrubbed = replay_tombstones(tables, file.tombstones);
  if (!scrubbed) return scrubbed;
  auto audited = tables.add_audit(
      {.at_ms = now_ms,
       .what = "restore",
       .reason = "of a backup; " + std::to_string(*scrubbed) + " profiles scrubbed",
       .by = {}});
  if (!audited) return std::move(audited).error();
  return scrubbed;
}

Result<std::size_t> prepare_copy(const std::string& path, const Known& known,
                                 const std::string& tombstones_path, std::int64_t now_ms) {
  os::PosixFileSystem files;
  auto file = read_tombstones(files, tombstones_path);
  if (!file) return std::move(file).error();
  auto opened = open_for(path, false);
  if (!opened) return std::move(opened).error();
  Connection& copy = **opened;
  if (auto upgraded = upgrade_database(copy); !upgraded) return std::move(upgraded).error();
  auto good = copy.word("PRAGMA quick_check(1)");
  if (!good) return std::move(good).error();
  if (*good != "ok") {
    return Error(ErrorCode::corrupt, "the backup is damaged")
        .found(*good)
        .remedy("restore another one; the database was left as it is");
  }
  if (auto begun = copy.run(sql::kBeginWrite); !begun) return std::move(begun).error();
  auto scrubbed = begin_anew(copy, known, *file, tombstones_path, now_ms);
  if (!scrubbed) {
    copy.rollback();
    return scrubbed;
  }
  if (auto done = copy.commit(); !done) return std::move(done).error();
  // Leaves no page behind that has shown what was erased.
  if (*scrubbed > 0) {
    if (auto done = copy.script("VACUUM"); !done) return std::move(done).error();
  }
  return scrubbed;
}

Result<void> put_in_place(const std::string& copy_path, Connection& target, WriteTurns& turns) {
  auto copy = open_for(copy_path, false);
  if (!copy) return std::move(copy).error();
  auto turn = turns.take(Urgency::urgent, std::chrono::milliseconds(kBusyMs));
  if (!turn) return std::move(turn).error();
  if (auto copied = copy_pages(**copy, target); !copied) return copied;
  // Of what was there nothing stays in the log. A reader that is in the way doesn't spoil the
  // restore: the log is overwritten soon.
  sqlite3_wal_checkpoint_v2(target.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  return {};
}

}  // namespace

Result<void> copy_pages(Connection& from, Connection& to) {
  if (auto begun = from.run(sql::kBeginRead); !begun) return begun;
  // The state of now, whatever is written meanwhile.
  if (auto looked = from.number("SELECT count(*) FROM sqlite_schema"); !looked) {
    return std::move(looked).error();
  }
  sqlite3_backup* const copying = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  Result<void> good;
  if (copying == nullptr) {
    good = to.error(sqlite3_extended_errcode(to.handle()));
  } else {
    int code = SQLITE_OK;
    while (code == SQLITE_OK) code = sqlite3_backup_step(copying, kPagesAtOnce);
    const int finished = sqlite3_backup_finish(copying);
    if (code == SQLITE_DONE) code = finished;
    if (code != SQLITE_OK) good = to.error(code);
  }
  from.rollback();
  return good;
}

Result<void> backup_sqlite(const std::string& database, const std::string& to) {
  auto file = find_database(database, {.read_only = true, .create = false});
  if (!file) return std::move(file).error();
  if (is_there(to)) {
    return Error(ErrorCode::already_exists, "there is a file \"" + to + "\"")
        .remedy("a backup overwrites nothing: name another file");
  }
  const std::string unfinished = to + ".new";
  os::PosixFileSystem files;
  Result<void> good = copy_to(file->path, unfinished);
  if (good) good = files.rename(unfinished, to);
  if (good) {
    const std::size_t slash = to.rfind('/');
    good = files.sync_directory(slash == std::string::npos ? "." : to.substr(0, slash + 1));
  }
  if (!good) remove_database(unfinished);
  return good;
}

Result<RestoreReport> restore_sqlite(const std::string& backup, const std::string& database,
                                     std::int64_t now_ms) {
  auto source = find_database(backup, {.read_only = true, .create = false});
  if (!source) return std::move(source).error();
  auto file = find_database(database, {});
  if (!file) return std::move(file).error();
  if (file->read_only) {
    return Error(ErrorCode::read_only, "the database " + file->path + " can't be written")
        .remedy("give this user the right to write it and its folder");
  }
  auto turns = WriteTurns::open(file->path);
  if (!turns) return std::move(turns).error();
  auto target = open_for(file->path, false);
  if (!target) return std::move(target).error();
  if (auto ready = prepare_database(**target, **turns, kBusyMs); !ready) {
    return std::move(ready).error();
  }
  const std::string unfinished = file->path + ".restoring";
  Result<void> good = copy_to(source->path, unfinished);
  std::size_t scrubbed = 0;
  if (good) {
    auto prepared =
        prepare_copy(unfinished, known_of(**target), tombstone_path(file->path), now_ms);
    if (prepared) scrubbed = *prepared;
    if (!prepared) good = std::move(prepared).error();
  }
  if (good) good = put_in_place(unfinished, **target, **turns);
  remove_database(unfinished);
  if (!good) return std::move(good).error();
  return RestoreReport{.scrubbed = scrubbed};
}

}  // namespace keepsake
