#include "backends/postgres/canceller.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace keepsake::postgres {

namespace {

/// As many as a pool has connections.
constexpr std::size_t kMostWaiting = 64;

struct FreeCancel {
  void operator()(PGcancel* request) const noexcept { PQfreeCancel(request); }
};
using Request = std::unique_ptr<PGcancel, FreeCancel>;

}  // namespace

/// Kept alive by the thread, too: one that is stuck in the network finds it.
struct Canceller::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Request> waiting;  ///< guarded by mutex, as the rest
  std::thread thread;
  bool stopped = false;
  bool ended = false;
};

Canceller::Canceller() : shared_(std::make_shared<Shared>()) {}

Canceller::~Canceller() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopped = true;
  shared_->changed.notify_all();
  if (!shared_->thread.joinable()) return;
  const bool ended =
      shared_->changed.wait_for(lock, std::chrono::seconds(1), [&] { return shared_->ended; });
  std::thread thread = std::move(shared_->thread);
  lock.unlock();
  if (ended) {
    thread.join();
  } else {
    thread.detach();
  }
}

void Canceller::cancel(PGconn* connection) {
  Request request(PQgetCancel(connection));
  if (!request) return;
  const std::scoped_lock lock(shared_->mutex);
  if (shared_->stopped || shared_->waiting.size() >= kMostWaiting) return;
  shared_->waiting.push_back(std::move(request));
  if (!shared_->thread.joinable()) {
    shared_->thread = std::thread([shared = shared_] { send_all(*shared); });
  }
  shared_->changed.notify_all();
}

void Canceller::send_all(Shared& shared) {
  std::unique_lock lock(shared.mutex);
  for (;;) {
    shared.changed.wait(lock, [&] { return shared.stopped || !shared.waiting.empty(); });
    if (shared.stopped) break;
    const Request request = std::move(shared.waiting.front());
    shared.waiting.pop_front();
    lock.unlock();
    std::array<char, 256> why{};  // a request that doesn't get through is as good as none
    (void)PQcancel(request.get(), why.data(), static_cast<int>(why.size()));
    lock.lock();
  }
  shared.ended = true;
  shared.changed.notify_all();
}

}  // namespace keepsake::postgres
