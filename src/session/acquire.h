// AcquireMachine: how one server comes to own one profile, or gives up: rules 19 to 21. A pure step
// machine; each function takes what happened and returns what to do.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "keepsake/backend/operations.h"
#include "keepsake/base/result.h"
#include "keepsake/session/timing.h"

namespace keepsake {

/// What an acquire wants.
struct AcquirePlan {
  ProfileKey key;
  Owner self;
  Generation generation;
  SessionId session;
  AskId ask;  ///< none: takes it if it is free, and never asks
  std::uint32_t readable_ordinal = 0;
  MonotonicTime deadline{};
};

class AcquireMachine {
 public:
  struct Send {
    Acquire request;
  };
  struct SendWithdraw {
    Withdraw request;
  };
  /// Call `wake` then, or when a notification comes.
  struct WakeAt {
    MonotonicTime when;
  };
  /// Another holds it: worth finding out whether that server is alive.
  struct HeldBy {
    Owner owner;
    LeaseState state;
  };
  /// The answer for who waits. After an error the machine may still have to withdraw.
  struct Finish {
    Result<Record> outcome;
  };
  using Command = std::variant<Send, SendWithdraw, WakeAt, HeldBy, Finish>;
  using Commands = std::vector<Command>;

  AcquireMachine(AcquirePlan plan, Timing timing) : plan_(std::move(plan)), timing_(timing) {}

  [[nodiscard]] Commands start(MonotonicTime now, std::int64_t wall_ms);
  [[nodiscard]] Commands answered(Result<AcquireAnswer> answer, MonotonicTime now,
                                  std::int64_t wall_ms);
  [[nodiscard]] Commands withdrawn(const Result<void>& answer, MonotonicTime now);
  /// `notified`: something may have changed; otherwise a wake before the time asked for is ignored.
  [[nodiscard]] Commands wake(MonotonicTime now, std::int64_t wall_ms, bool notified);
  /// Ends the wait with `why` (cancelled, timed_out, shutting_down) unless it has ended.
  [[nodiscard]] Commands give_up(Error why);

  /// Nothing more will come of it.
  [[nodiscard]] bool over() const { return state_ == State::over; }
  [[nodiscard]] bool given_up() const { return given_up_; }
  [[nodiscard]] const AcquirePlan& plan() const { return plan_; }

 private:
  enum class State : unsigned char { idle, sent, waiting, withdrawing, withdraw_wait, over };

  [[nodiscard]] Send request(std::int64_t wall_ms);
  [[nodiscard]] Commands on_held(const Held& held, MonotonicTime now, std::int64_t wall_ms);
  [[nodiscard]] Commands on_error(const Error& error, MonotonicTime now);
  [[nodiscard]] Commands finish(Result<Record> outcome);
  /// Ends with an error; what may stand in the row for us is withdrawn.
  [[nodiscard]] Commands fail(Error why);
  [[nodiscard]] SendWithdraw send_withdraw();
  [[nodiscard]] WakeAt wake_at(MonotonicTime when);
  [[nodiscard]] Duration backoff();

  const AcquirePlan plan_;
  const Timing timing_;
  State state_ = State::idle;
  bool given_up_ = false;
  bool in_doubt_ = false;         ///< a request may have been applied, or may yet be
  bool ask_in_doubt_ = false;     ///< one that bore our ask number
  bool asked_ = false;            ///< the row was seen with our ask
  std::uint64_t ask_number_ = 0;  ///< 0: not asking yet
  int failures_ = 0;
  MonotonicTime wake_at_{};
};

}  // namespace keepsake
