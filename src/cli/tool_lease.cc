#include "src/cli/tool_lease.h"

#include <chrono>
#include <utility>

namespace keepsake::cli {

namespace {
constexpr auto kRenewal = std::chrono::seconds(2);
}  // namespace

Result<std::unique_ptr<ToolLease>> ToolLease::open(Backend& backend, Random& random,
                                                   std::int64_t now_ms) {
  Owner self;
  self.server.text = "keepsake-tool-" + Id128::random(random).text().substr(0, 12);
  Result<Incarnation> incarnation = backend.open_lease(
      {.server = self.server, .journal = {}, .now_ms = now_ms, .generation = {}});
  if (!incarnation) return std::move(incarnation).error();
  self.incarnation = *incarnation;
  std::unique_ptr<ToolLease> lease(new ToolLease(backend, std::move(self)));
  lease->renewer_ = std::thread([raw = lease.get()] { raw->renew(); });
  return lease;
}

ToolLease::~ToolLease() { (void)end(); }

// A renewal that fails is tried again with the next; a closed lease answers `lease_closed` to
// whoever needs it open.
void ToolLease::renew() {
  std::unique_lock lock(mutex_);
  for (std::uint64_t number = 1; !ending_; ++number) {
    if (changed_.wait_for(lock, kRenewal, [this] { return ending_; })) return;
    lock.unlock();
    (void)backend_.renew({.self = self_, .renewal = number});
    lock.lock();
  }
}

Result<void> ToolLease::end() {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(ending_, true)) return {};
  }
  changed_.notify_all();
  renewer_.join();
  auto ended = backend_.end_lease({.self = self_, .target = self_});
  if (!ended) return std::move(ended).error();
  return {};
}

}  // namespace keepsake::cli
