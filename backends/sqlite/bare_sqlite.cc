#include "backends/sqlite/bare_sqlite.h"

#include <unistd.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "backends/sqlite/engine.h"
#include "backends/sqlite/transaction_size.h"
#include "src/backend/row_codec.h"

namespace keepsake {

namespace {

constexpr const char* kStore = "bare";
constexpr std::uint64_t kFilledTogether = 10'000;
constexpr std::int64_t kPatienceMs = 30'000;
// As the backend's saves.
constexpr Sync kSync = Sync::full;
constexpr Urgency kUrgency = Urgency::ordinary;

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
    auto engine = opened(bare_, path_ + ".bare");
    if (!engine) return std::move(engine).error();
    std::size_t next = 0;
    while (next < rows.size()) {
      auto done = (*engine)->write(kSync, kUrgency, [&](SqliteTables& tables) -> Result<void> {
        TransactionSize size;
        for (bool first = true; next < rows.size(); first = false, ++next) {
          if (size.takes_no_more(rows[next].payload.size()) && !first) return {};
          if (auto stored = store(tables, rows[next]); !stored) return stored;
        }
        return {};
      });
      if (!done) return done;
    }
    return {};
  }

  Result<void> fill(const Filling& filling) override {
    auto engine = opened(product_, path_);
    if (!engine) return std::move(engine).error();
    Record record{.key = {.store = filling.store, .key = {}},
                  .envelope = typical_row(),
                  .payload = filling.data.payload};
    record.envelope.marks.clear();
    record.envelope.schema = filling.data.schema;
    record.envelope.format = filling.data.format;
    for (std::uint64_t done = 0; done < filling.count;) {
      const std::uint64_t until = std::min(filling.count, done + kFilledTogether);
      auto stored = (*engine)->write(kSync, kUrgency, [&](SqliteTables& tables) -> Result<void> {
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
    auto engine = opened(product_, path_);
    if (!engine) return std::move(engine).error();
    return (*engine)->read([](SqliteTables& tables) -> Result<std::uint64_t> {
      Connection& connection = tables.connection();
      auto pages = connection.number("PRAGMA page_count");
      if (!pages) return std::move(pages).error();
      auto free = connection.number("PRAGMA freelist_count");
      if (!free) return std::move(free).error();
      auto size = connection.number("PRAGMA page_size");
      if (!size) return std::move(size).error();
      return static_cast<std::uint64_t>((*pages - *free) * *size);
    });
  }

  Result<void> drop() override {
    bare_.reset();
    ids_.clear();
    for (const char* end : {"", "-wal", "-shm", ".keepsake-main", ".keepsake-next"}) {
      ::unlink((path_ + ".bare" + end).c_str());
    }
    ::rmdir((path_ + ".bare.keepsake-wake").c_str());
    return {};
  }

 private:
  static Result<Engine*> opened(std::unique_ptr<Engine>& engine, const std::string& path) {
    if (engine) return engine.get();
    const SqliteOptions options{.busy_timeout_ms = kPatienceMs};
    auto file = find_database(path, options);
    if (!file) return std::move(file).error();
    auto made = Engine::open(*file, options);
    if (!made) return std::move(made).error();
    engine = *std::move(made);
    return engine.get();
  }

  /// The statement of a save, by the row's id, without the fence in its condition.
  Result<void> store(SqliteTables& tables, const BareRow& row) {
    Connection& connection = tables.connection();
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
    auto made = tables.insert_profile({.key = {.store = kStore, .key = std::string(row.key)},
                                       .envelope = typical_,
                                       .payload = std::string(row.payload)});
    if (made) ids_.emplace(row.key, sqlite3_last_insert_rowid(connection.handle()));
    return made;
  }

  const std::string path_;
  Envelope typical_ = typical_row();
  std::unique_ptr<Engine> bare_;
  std::unique_ptr<Engine> product_;
  std::unordered_map<std::string, std::int64_t> ids_;
};

}  // namespace

Result<std::unique_ptr<BareDatabase>> open_bare_sqlite(const std::string& path) {
  return std::unique_ptr<BareDatabase>(std::make_unique<BareSqlite>(path));
}

}  // namespace keepsake
