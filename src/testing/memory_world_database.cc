#include <utility>

#include "keepsake/backend/memory.h"
#include "src/base/assert.h"
#include "src/testing/world_database.h"

namespace keepsake::detail {

namespace {

class MemoryWay final : public WorldWay {
 public:
  MemoryWay(const std::shared_ptr<MemoryDatabase>& database, InjectionHook decide,
            CarriedOutHook carried_out)
      : connection_(connect(database)),
        faulty_(make_faulty_backend(
            *connection_,
            [decide = std::move(decide)](const CallInfo& call) { return decide(call).fault; },
            std::move(carried_out))) {}

  Backend& backend() override { return *faulty_; }
  std::function<void()> hold(const CallInfo& call) override {
    if (call.groups != nullptr) {
      return [this, groups = *call.groups] { (void)connection_->commit(groups); };
    }
    if (call.acquires != nullptr) {
      return [this, acquires = *call.acquires] { (void)connection_->acquire_many(acquires); };
    }
    return [this, close = *call.close] { (void)connection_->close_lease(close); };
  }

 private:
  const std::unique_ptr<Backend> connection_;
  const std::unique_ptr<Backend> faulty_;
};

class MemoryWorldDatabase final : public WorldDatabase {
 public:
  MemoryWorldDatabase(const Clock& time, Random& random)
      : random_(random),
        database_(make_memory_database(time, random)),
        direct_(keepsake::connect(database_)) {}

  std::unique_ptr<WorldWay> connect(InjectionHook decide, CarriedOutHook carried_out) override {
    return std::make_unique<MemoryWay>(database_, std::move(decide), std::move(carried_out));
  }
  Backend& direct() override { return *direct_; }
  void back_up() override { backup_ = keepsake::back_up(*database_); }
  void restore() override {
    require(backup_ != nullptr, "a World is backed up before it is restored");
    const Result<void> done = keepsake::restore(*database_, *backup_, random_);
    require(done.has_value(), "a World's backup can be restored");
  }
  void put_back() override {
    require(backup_ != nullptr, "a World is backed up before its backup is put back");
    keepsake::put_back(*database_, *backup_);
  }

 private:
  Random& random_;
  const std::shared_ptr<MemoryDatabase> database_;
  const std::unique_ptr<Backend> direct_;
  std::shared_ptr<const MemoryBackup> backup_;  ///< none before the first
};

}  // namespace

std::unique_ptr<WorldDatabase> make_memory_world_database(const Clock& time, Random& random) {
  return std::make_unique<MemoryWorldDatabase>(time, random);
}

}  // namespace keepsake::detail
