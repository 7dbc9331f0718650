#include "backends/sqlite/engine.h"

#include <chrono>
#include <utility>

namespace keepsake {

Result<std::unique_ptr<Engine>> Engine::open(const DatabaseFile& file,
                                             const SqliteOptions& options) {
  std::unique_ptr<Engine> engine(new Engine(file, options));
  if (file.read_only) {
    auto lent = engine->lend();
    if (!lent) return lent.error();
    if (auto good = judge_database(lent->connection()); !good) return good.error();
  } else {
    if (auto opened = engine->open_writers(); !opened) return opened.error();
  }
  engine->identity_ = identity_of(file.path);
  return engine;
}

Result<void> Engine::open_writers() {
  auto turns = WriteTurns::open(file_.path);
  if (!turns) return turns.error();
  turns_ = *std::move(turns);
  auto durable = connect(Sync::full);
  if (!durable) return durable.error();
  auto ready = prepare_database(**durable, *turns_, options_.busy_timeout_ms);
  if (!ready) return ready;
  durable_ = std::make_unique<Writer>(*std::move(durable), options_.clock);
  auto renewing = connect(Sync::normal);
  if (!renewing) return renewing.error();
  renewing_ = std::make_unique<Writer>(*std::move(renewing), options_.clock);
  auto checkpointing = connect(Sync::full);
  if (!checkpointing) return checkpointing.error();
  checkpointer_ = std::make_unique<Checkpointer>(*std::move(checkpointing), turns_);
  for (const auto* writer : {durable_.get(), renewing_.get()}) {
    checkpointer_->hear(*writer->connection);
  }
  wakes_ = std::make_unique<Wakes>(file_.path + ".keepsake-wake");
  return {};
}

Engine::~Engine() {
  // The checkpointer first, and its hooks with the connections that call it.
  checkpointer_.reset();
}

Result<std::unique_ptr<Connection>> Engine::connect(Sync sync) const {
  return Connection::open(file_.path, {.read_only = file_.read_only,
                                       .sync = sync,
                                       .busy_timeout_ms = options_.busy_timeout_ms,
                                       .max_bytes = options_.max_bytes});
}

Result<Engine::Begun> Engine::begin(Sync sync, Urgency urgency) {
  if (file_.read_only) {
    return Error(ErrorCode::read_only, "the database " + file_.path + " is open for reading only")
        .remedy("make the file and its folder writable for this user, and open it again");
  }
  const auto began = std::chrono::steady_clock::now();
  const std::chrono::milliseconds at_most(options_.busy_timeout_ms);
  auto turn = turns_->take(urgency, at_most);
  if (!turn) return turn.error();
  if (auto same = still_there(file_.path, identity_); !same) return same.error();
  Writer& writer = sync == Sync::full ? *durable_ : *renewing_;
  // Who takes no turns (a shell) is waited for in what is left of the time.
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - began);
  writer.connection->set_busy_timeout(std::max<std::int64_t>(1, (at_most - waited).count()));
  if (auto begun = writer.connection->run(sql::kBeginWrite); !begun) return begun.error();
  writer.tables.begin();
  return Begun{.turn = *std::move(turn), .writer = &writer};
}

Result<void> Engine::scrub() {
  if (file_.read_only) {
    return Error(ErrorCode::read_only, "the database " + file_.path + " is open for reading only");
  }
  auto turn = turns_->take(Urgency::ordinary, std::chrono::milliseconds(options_.busy_timeout_ms));
  if (!turn) return turn.error();
  if (auto same = still_there(file_.path, identity_); !same) return same;
  Connection& connection = *durable_->connection;
  connection.set_busy_timeout(options_.busy_timeout_ms);
  // Freed pages, and the free space within pages, may hold what was deleted or moved: only a file
  // that is written anew holds nothing of it. Beside the database, not in memory: it may be large.
  auto anew = connection.script("PRAGMA temp_store = FILE; VACUUM;");
  if (auto kept = connection.script("PRAGMA temp_store = MEMORY;"); !kept) return kept;
  if (!anew) return anew;
  const int code = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr,
                                             SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK) return connection.error(code);
  return {};
}

Result<Engine::Lent> Engine::lend() {
  std::unique_lock lock(readers_mutex_);
  const auto free = [&] { return !idle_readers_.empty() || readers_made_ < options_.readers; };
  if (!reader_came_.wait_for(lock, std::chrono::milliseconds(options_.busy_timeout_ms), free)) {
    return Error(ErrorCode::unavailable, "all readers of the database " + file_.path + " are busy")
        .remedy("wait, or allow more readers");
  }
  if (!idle_readers_.empty()) {
    auto reader = std::move(idle_readers_.back());
    idle_readers_.pop_back();
    return Lent(*this, std::move(reader));
  }
  ++readers_made_;
  lock.unlock();
  auto connection = connect(Sync::full);
  if (connection) {
    return Lent(*this, std::make_unique<Writer>(*std::move(connection), options_.clock));
  }
  lock.lock();
  --readers_made_;
  reader_came_.notify_one();
  return connection.error();
}

void Engine::give_back(std::unique_ptr<Writer> reader) {
  const std::scoped_lock lock(readers_mutex_);
  idle_readers_.push_back(std::move(reader));
  reader_came_.notify_one();
}

}  // namespace keepsake
