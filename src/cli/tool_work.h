// A tool at work in a database: under a lease of its own, with patience for owners and for answers
// that don't come.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "keepsake/backend/backend.h"
#include "keepsake/base/clock.h"
#include "src/cli/tool_lease.h"

namespace keepsake::cli {

/// Where servers keep their journals beside such a database; "" if they keep none there.
[[nodiscard]] std::string journals_beside(const BackendInfo& info);

class ToolWork {
 public:
  /// Opens a lease, and replays the journals of servers that died here, before anything of them
  /// comes back. `journals`: their folder; "": there is none. `within`: see acquire() and
  /// settled(). `backend` outlives it. Errors: the backend's, and those of a recovery.
  [[nodiscard]] static Result<std::unique_ptr<ToolWork>> begin(Backend& backend, Duration within,
                                                               const std::string& journals);

  [[nodiscard]] const Owner& self() const noexcept { return lease_->self(); }
  [[nodiscard]] const Generation& generation() const noexcept { return generation_; }

  /// Takes the profile, asking its owner for it. Errors: `timed_out`, and the ask is withdrawn, if
  /// the owner didn't give it in time; the backend's.
  [[nodiscard]] Result<Record> acquire(const ProfileKey& key);

  /// Sends it again until it is known what came of it, or the time is over.
  template <class F>
  auto settled(F call) -> decltype(call()) {
    const MonotonicTime until = now() + within_;
    for (;;) {
      auto answer = call();
      const bool again = !answer && (answer.error().code() == ErrorCode::in_doubt ||
                                     answer.error().code() == ErrorCode::unavailable);
      if (!again || now() >= until) return answer;
      rest();
    }
  }
  /// Until something may have changed.
  void rest();
  [[nodiscard]] MonotonicTime now() const;
  [[nodiscard]] std::int64_t now_ms() const;
  [[nodiscard]] Id128 new_id();

  /// Ends the lease; once.
  [[nodiscard]] Result<void> end() { return lease_->end(); }

 private:
  ToolWork(Backend& backend, Duration within, const Generation& generation,
           std::unique_ptr<ToolLease> lease)
      : backend_(backend), within_(within), generation_(generation), lease_(std::move(lease)) {}

  Backend& backend_;
  const Duration within_;
  const Generation generation_;
  const std::unique_ptr<ToolLease> lease_;
};

/// Begins work, runs `body` (ToolWork& → Result<T>) and ends the lease, whatever came of it; of two
/// failures the body's is told.
template <class F>
auto at_work(Backend& backend, Duration within, const std::string& journals, F body)
    -> decltype(body(std::declval<ToolWork&>())) {
  auto work = ToolWork::begin(backend, within, journals);
  if (!work) return std::move(work).error();
  auto report = body(**work);
  auto ended = (*work)->end();
  if (report && !ended) return std::move(ended).error();
  return report;
}

/// The fence refused what was to be done to a profile that we had looked at.
[[nodiscard]] Error changed_hands(const ProfileKey& key);

}  // namespace keepsake::cli
