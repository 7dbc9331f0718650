#include "src/store/threaded_runtime.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "keepsake/backend/backend.h"
#include "src/base/this_machine.h"
#include "src/store/journal.h"

namespace keepsake::detail {

namespace {

constexpr Duration kWatchTurn = std::chrono::milliseconds(200);
constexpr Duration kDrainTurn = std::chrono::milliseconds(250);
constexpr Duration kDrainRetry = std::chrono::milliseconds(100);

/// A queue with one consumer loop or several.
template <class Item>
class WorkQueue {
 public:
  void push(Item item) {
    {
      const std::lock_guard lock(mutex_);
      items_.push_back(std::move(item));
    }
    ready_.notify_one();
  }
  /// Waits for an item; nothing when stopped.
  std::optional<Item> pop() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return stopped_ || !items_.empty(); });
    if (stopped_) return std::nullopt;
    Item item = std::move(items_.front());
    items_.pop_front();
    return item;
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    ready_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Item> items_;
  bool stopped_ = false;
};

/// Everything that threads share; each holds its own reference, so that one left behind in a stuck
/// system call finds it alive.
struct Shared {
  // The protocol's thread.
  std::mutex mutex;
  std::condition_variable ready;
  std::deque<Runtime::Task> tasks;
  std::multimap<MonotonicTime, Runtime::Task> timers;
  bool stopping = false;

  std::array<WorkQueue<Runtime::Work>, kLaneCount> lanes;

  // The drain and the watcher: what they have to do changes at run time.
  std::mutex service_mutex;
  std::condition_variable service_ready;
  std::shared_ptr<Journal> journal;
  bool drain_stop = false;
  Runtime::Task drain_stopped;
  Backend* watched = nullptr;
  Owner watched_for;
  Runtime::Task on_wake;
  std::uint64_t watch_round = 0;

  // The game's thread in a blocking form.
  std::mutex game_mutex;
  std::condition_variable game_ready;
  bool game_woken = false;

  // Threads that have ended.
  std::mutex ended_mutex;
  std::condition_variable ended_changed;
  std::size_t ended = 0;

  void post(Runtime::Task task) {
    {
      const std::lock_guard lock(mutex);
      if (stopping) return;
      tasks.push_back(std::move(task));
    }
    ready.notify_one();
  }
  bool is_stopping() {
    const std::lock_guard lock(mutex);
    return stopping;
  }
};

std::chrono::nanoseconds until(MonotonicTime when) {
  return std::max(Duration{0}, when - this_machine().clock.now());
}

void run_protocol(Shared& shared) {
  std::unique_lock lock(shared.mutex);
  while (!shared.stopping) {
    Runtime::Task task;
    const bool timer_due =
        !shared.timers.empty() && shared.timers.begin()->first <= this_machine().clock.now();
    if (timer_due) {
      task = std::move(shared.timers.begin()->second);
      shared.timers.erase(shared.timers.begin());
    } else if (!shared.tasks.empty()) {
      task = std::move(shared.tasks.front());
      shared.tasks.pop_front();
    } else if (shared.timers.empty()) {
      shared.ready.wait(lock);
      continue;
    } else {
      shared.ready.wait_for(lock, until(shared.timers.begin()->first));
      continue;
    }
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

void run_lane(Shared& shared, int lane) {
  while (auto work = shared.lanes[static_cast<std::size_t>(lane)].pop()) {
    Runtime::Task next = (*work)();
    work.reset();
    if (next) shared.post(std::move(next));
  }
}

void drain_until_stopped(Shared& shared, Journal& journal) {
  const auto stopped = [&] {
    const std::lock_guard lock(shared.service_mutex);
    return shared.drain_stop;
  };
  while (!stopped()) {
    if (!journal.wait_for_records(kDrainTurn)) break;
    const Result<void> drained = journal.drain(false);
    if (drained) continue;
    std::unique_lock lock(shared.service_mutex);
    const bool for_ever = drained.error().code() == ErrorCode::session_lost;
    const auto told = [&] { return shared.drain_stop; };
    if (for_ever) {
      shared.service_ready.wait(lock, told);
    } else {
      shared.service_ready.wait_for(lock, kDrainRetry, told);
    }
  }
  (void)journal.drain(true);  // what it could not do, it has reported
}

void run_drain(Shared& shared) {
  std::unique_lock lock(shared.service_mutex);
  while (true) {
    shared.service_ready.wait(lock, [&] { return shared.journal || shared.drain_stop; });
    const std::shared_ptr<Journal> journal = shared.journal;
    if (journal) {
      lock.unlock();
      drain_until_stopped(shared, *journal);
      lock.lock();
    }
    shared.journal.reset();
    shared.drain_stop = false;
    Runtime::Task stopped = std::move(shared.drain_stopped);
    shared.drain_stopped = nullptr;
    lock.unlock();
    if (stopped) shared.post(std::move(stopped));
    if (shared.is_stopping()) return;
    lock.lock();
  }
}

void run_watch(Shared& shared) {
  std::unique_lock lock(shared.service_mutex);
  while (true) {
    shared.service_ready.wait(lock, [&] { return shared.watched || shared.is_stopping(); });
    if (shared.is_stopping()) return;
    Backend& backend = *shared.watched;
    const Owner self = shared.watched_for;
    const std::uint64_t round = shared.watch_round;
    lock.unlock();
    const bool woken = backend.wait_for_change(self, kWatchTurn);
    lock.lock();
    if (woken && round == shared.watch_round) shared.post(shared.on_wake);
  }
}

class ThreadedRuntime final : public Runtime {
 public:
  explicit ThreadedRuntime(int read_threads) : shared_(std::make_shared<Shared>()) {
    start(run_protocol);
    start(run_drain);
    start(run_watch);
    for (int lane = 0; lane < kLaneCount; ++lane) {
      const int workers = lane == static_cast<int>(Lane::read) ? read_threads : 1;
      for (int i = 0; i < workers; ++i) start([lane](Shared& shared) { run_lane(shared, lane); });
    }
  }
  ~ThreadedRuntime() override { stop(Duration{0}); }

  const Clock& clock() const override { return this_machine().clock; }
  Random& random() override { return this_machine().random; }
  const Machine& machine() override { return this_machine(); }

  void post(Task task) override { shared_->post(std::move(task)); }
  void at(MonotonicTime when, Task task) override {
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->timers.emplace(when, std::move(task));
    }
    shared_->ready.notify_one();
  }
  void call(Lane lane, Work work) override {
    shared_->lanes[static_cast<std::size_t>(lane)].push(std::move(work));
  }

  void drain(std::shared_ptr<Journal> journal) override {
    {
      const std::lock_guard lock(shared_->service_mutex);
      shared_->journal = std::move(journal);
      shared_->drain_stop = false;
    }
    shared_->service_ready.notify_all();
  }
  void stop_drain(Task stopped) override {
    {
      const std::lock_guard lock(shared_->service_mutex);
      shared_->drain_stop = true;
      shared_->drain_stopped = std::move(stopped);
      if (shared_->journal) shared_->journal->stop_waiting();
    }
    shared_->service_ready.notify_all();
  }
  void watch(Backend& backend, const Owner& self, Task on_wake) override {
    {
      const std::lock_guard lock(shared_->service_mutex);
      shared_->watched = on_wake ? &backend : nullptr;
      shared_->watched_for = self;
      shared_->on_wake = std::move(on_wake);
      ++shared_->watch_round;
    }
    shared_->service_ready.notify_all();
  }

  void idle(Duration at_most) override {
    std::unique_lock lock(shared_->game_mutex);
    shared_->game_ready.wait_for(lock, at_most, [&] { return shared_->game_woken; });
    shared_->game_woken = false;
  }
  void game_wake() override {
    {
      const std::lock_guard lock(shared_->game_mutex);
      if (shared_->game_woken) return;
      shared_->game_woken = true;
    }
    shared_->game_ready.notify_one();
  }

  void stop(Duration at_most) override {
    if (threads_.empty()) return;
    {
      const std::scoped_lock lock(shared_->mutex, shared_->service_mutex);
      shared_->stopping = true;
      shared_->drain_stop = true;
      shared_->watched = nullptr;
      if (shared_->journal) shared_->journal->stop_waiting();
    }
    shared_->ready.notify_all();
    shared_->service_ready.notify_all();
    for (auto& lane : shared_->lanes) lane.stop();
    bool all = false;
    {
      std::unique_lock lock(shared_->ended_mutex);
      all = shared_->ended_changed.wait_for(lock, std::max(at_most, kWatchTurn * 2),
                                            [&] { return shared_->ended == threads_.size(); });
    }
    for (std::thread& thread : threads_) {
      if (all) {
        thread.join();
      } else {
        thread.detach();  // stuck in a system call: never waited for
      }
    }
    threads_.clear();
    const std::lock_guard lock(shared_->mutex);
    shared_->tasks.clear();
    shared_->timers.clear();
  }

 private:
  template <class Loop>
  void start(Loop loop) {
    threads_.emplace_back([shared = shared_, loop] {
      loop(*shared);
      {
        const std::lock_guard lock(shared->ended_mutex);
        ++shared->ended;
      }
      shared->ended_changed.notify_all();
    });
  }

  const std::shared_ptr<Shared> shared_;
  std::vector<std::thread> threads_;
};

}  // namespace

std::shared_ptr<Runtime> make_threaded_runtime(int read_threads) {
  return std::make_shared<ThreadedRuntime>(read_threads);
}

}  // namespace keepsake::detail
