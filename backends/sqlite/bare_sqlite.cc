#include "backends/sqlite/bare_sqlite.h"

#include <unistd.h>

#include <chrono>
#include <unordered_map>
#include <utility>

#include "backends/sqlite/checkpointer.h"
#include "backends/sqlite/database_file.h"
#include "backends/sqlite/sqlite_tables.h"
#include "backends/sqlite/transaction_size.h"
#include "src/backend/row_codec.h"

namespace keepsake {

namespace {

using Steady = std::chrono::steady_clock;

constexpr const char* kStore = "bare";
constexpr std::uint64_t kFilledTogether = 10'000;
constexpr std::int64_t kPatienceMs = 30'000;

/// What the engine has of a file to write: a connection, turns, and a checkpointer.
class File {
 public:
  static Result<std::unique_ptr<File>> open(const std::string& path) {
    const SqliteOptions options;
    auto found = find_database(path, options);
    if (!found) return std::move(found).error();
    std::unique_ptr<File> file(new File);
    auto turns = WriteTurns::open(found->path);
    if (!turns) return std::move(turns).error();
    file->turns_ = *std::move(turns);
    auto writing = Connection::open(found->path, {.busy_timeout_ms = kPatienceMs});
    if (!writing) return std::move(writing).error();
    file->connection_ = *std::move(writing);
    auto ready = prepare_database(*file->connection_, *file->turns_, kPatienceMs);
    if (!ready) return std::move(ready).error();
    auto checkpointing = Connection::open(found->path, {.busy_timeout_ms = kPatienceMs});
    if (!checkpointing) return std::move(checkpointing).error();
    file->checkpointer_ = std::make_unique<Checkpointer>(*std::move(checkpointing), file->turns_);
    file->checkpointer_->hear(*file->connection_);
    return file;
  }
  ~File() { checkpointer_.reset(); }  // before the connection that calls it
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Runs `body` (→ Result<void>) in one transaction, in our turn.
  template <class F>
  Result<void> write(F&& body) {
    auto turn = turns_->take(Urgency::ordinary, std::chrono::milliseconds(kPatienceMs));
    if (!turn) return std::move(turn).error();
    if (auto begun = connection_->run(sql::kBeginWrite); !begun) return begun;
    Result<void> done = body(*connection_);
    if (done) return connection_->commit();
    connection_->rollback();
    return done;
  }
  [[nodiscard]] Connection& connection() { return *connection_; }

 private:
  File() = default;

  std::shared_ptr<WriteTurns> turns_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Checkpointer> checkpointer_;
};

/// An envelope whose columns are as long as those of a profile that is being played.
Envelope typical_row() {
  Envelope row;
  row.born = row.epoch = row.revision = 1;
  row.has_data = true;
  row.schema = {.version = "1", .ordinal = 1, .last_compatible = 1};
  row.saved_ms = row.created_ms = 1;
  row.marks.emplace_back();
  return row;
}

class BareSqlite final : public BareDatabase {
 public:
  explicit BareSqlite(std::string path) : path_(std::move(path)) {}

  Result<void> save(const std::vector<BareRow>& rows) override {
    auto file = opened(bare_, path_ + ".bare");
    if (!file) return std::move(file).error();
    std::size_t next = 0;
    while (next < rows.size()) {
      auto done = (*file)->write([&](Connection& connection) -> Result<void> {
        TransactionSize size;
        for (bool first = true; next < rows.size(); first = false, ++next) {
          if (size.takes_no_more(rows[next].payload.size()) && !first) return {};
          if (auto stored = store(connection, rows[next]); !stored) return stored;
        }
        return {};
      });
      if (!done) return done;
    }
    return {};
  }

  Result<void> fill(const Filling& filling) override {
    auto file = opened(product_, path_);
    if (!file) return std::move(file).error();
    Record record{.key = {.store = filling.store, .key = {}},
                  .envelope = typical_row(),
                  .payload = filling.data.payload};
    record.envelope.marks.clear();
    record.envelope.schema = filling.data.schema;
    record.envelope.format = filling.data.format;
    for (std::uint64_t done = 0; done < filling.count;) {
      const std::uint64_t until = std::min(filling.count, done + kFilledTogether);
      auto stored = (*file)->write([&](Connection& connection) -> Result<void> {
        SqliteTables tables(connection, nullptr);
        for (; done < until; ++done) {
          record.key.key = filled_key(filling.first + done);
          auto there = tables.envelope(record.key);
          if (!there) return std::move(there).error();
          if (*there) continue;
          if (auto made = tables.insert_profile(record); !made) return made;
        }
        return {};
      });
      if (!stored) return stored;
    }
    return {};
  }

  Result<std::uint64_t> bytes() override {
    auto file = opened(product_, path_);
    if (!file) return std::move(file).error();
    auto pages = (*file)->connection().number("PRAGMA page_count");
    if (!pages) return std::move(pages).error();
    auto free = (*file)->connection().number("PRAGMA freelist_count");
    if (!free) return std::move(free).error();
    auto size = (*file)->connection().number("PRAGMA page_size");
    if (!size) return std::move(size).error();
    return static_cast<std::uint64_t>((*pages - *free) * *size);
  }

  Result<void> drop() override {
    bare_.reset();
    ids_.clear();
    for (const char* end : {"", "-wal", "-shm", ".keepsake-main", ".keepsake-next"}) {
      ::unlink((path_ + ".bare" + end).c_str());
    }
    return {};
  }

 private:
  static Result<File*> opened(std::unique_ptr<File>& file, const std::string& path) {
    if (!file) {
      auto made = File::open(path);
      if (!made) return std::move(made).error();
      file = *std::move(made);
    }
    return file.get();
  }

  /// The statement of a save, by the row's id, without the fence in its condition.
  Result<void> store(Connection& connection, const BareRow& row) {
    auto known = ids_.find(std::string(row.key));
    if (known == ids_.end()) {
      Query query = connection.query(sql::kEnvelope);
      auto there = (query << std::string_view(kStore) << row.key).step();
      if (!there) return std::move(there).error();
      if (*there) known = ids_.emplace(row.key, query.integer()).first;
    }
    if (known != ids_.end()) {
      // SQLite writes no page on which nothing changes.
      ++typical_.revision;
      typical_.edit_number = typical_.revision;
      typical_.saved_ms = static_cast<std::int64_t>(typical_.revision);
      const SaveColumns columns(typical_);
      Query query = connection.query(sql::kUpdateSave);
      columns.bind(query);
      return (query.blob(row.payload) << known->second).run();
    }
    SqliteTables tables(connection, nullptr);
    auto made = tables.insert_profile({.key = {.store = kStore, .key = std::string(row.key)},
                                       .envelope = typical_,
                                       .payload = std::string(row.payload)});
    if (made) ids_.emplace(row.key, sqlite3_last_insert_rowid(connection.handle()));
    return made;
  }

  const std::string path_;
  Envelope typical_ = typical_row();
  std::unique_ptr<File> bare_;
  std::unique_ptr<File> product_;
  std::unordered_map<std::string, std::int64_t> ids_;
};

}  // namespace

Result<std::unique_ptr<BareDatabase>> open_bare_sqlite(const std::string& path) {
  return std::unique_ptr<BareDatabase>(std::make_unique<BareSqlite>(path));
}

}  // namespace keepsake
