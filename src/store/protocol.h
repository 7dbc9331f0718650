// Protocol: one server's part in the ownership protocol. It runs as tasks of the runtime (the
// protocol's thread), drives the session layer's step machines, and speaks with the game's thread
// by posted tasks only: functions marked "game" post, `GameSide` functions are run by the game's
// inbox.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include "keepsake/backend/backend.h"
#include "keepsake/store/info.h"
#include "keepsake/store/options.h"
#include "src/session/acquire.h"
#include "src/session/backoff.h"
#include "src/session/breaker.h"
#include "src/session/budget.h"
#include "src/session/commit_queue.h"
#include "src/session/lease.h"
#include "src/store/game_inbox.h"
#include "src/store/journal.h"
#include "src/store/lease_grant.h"
#include "src/store/payload.h"
#include "src/store/recovery.h"
#include "src/store/runtime.h"

namespace keepsake::detail {

/// The game's side of the store, as the protocol knows it. All run on the game's thread, in pump.
class GameSide {
 public:
  virtual ~GameSide() = default;
  virtual void lease_opened(const LeaseGrant& grant) = 0;
  virtual void lease_lost(const Error& why) = 0;
  /// `trouble`: why the state isn't ready; null if it is.
  virtual void state_changed(StoreState state, const Error* trouble) = 0;
  /// Calls to the database fail one after the other, or no longer.
  virtual void critical_changed(bool critical) = 0;
  virtual void asked(const AskOnOurs& ask) = 0;
  virtual void mail_waits(const MailOnOurs& mail) = 0;
  /// So many erasures there have been in the database: the journal is to forget what it holds of
  /// them, and scrubbed() to be told.
  virtual void erased(std::uint64_t erasures) = 0;
  virtual void settled(CommitQueue::Settled settled) = 0;
  /// So many commits are to be sent again; `held_up`: by a row of theirs that somebody holds
  /// locked.
  virtual void sent_again(std::size_t commits, const Error* held_up) = 0;
  virtual void recovered(const RecoveryReport& report) = 0;
  virtual void lease_ended() = 0;
};

/// What a load wants of the protocol.
struct AcquireRequest {
  std::uint64_t id = 0;
  ProfileKey key;
  std::uint32_t readable_ordinal = 0;
  MonotonicTime deadline{};
  bool asks = true;  ///< false: `held` where another server has it
  /// Runs on a worker with what was acquired (decoding); what it returns runs on the game's thread.
  std::function<GameInbox::Task(Result<Record>)> prepare;
};

struct CommitRequest {
  std::uint64_t id = 0;
  Group group;
  bool urgent = false;
  std::vector<SessionId> ends;  ///< sessions that are over once this is settled
};

class Protocol : public std::enable_shared_from_this<Protocol> {
 public:
  Protocol(Backend& backend, const StoreOptions& options, std::shared_ptr<Runtime> runtime,
           GameInbox& inbox, GameSide& game);

  // --- game ---
  void start();
  void acquire(AcquireRequest request);
  void give_up(std::uint64_t acquire_id, Error why);
  /// Wakes the drain of `journal` too, where it sleeps with something to do: the game's thread
  /// then has one thread to wake.
  void commit(std::vector<CommitRequest> requests, std::weak_ptr<Journal> journal);
  /// Somebody handles messages: the game is told for which of its profiles any wait.
  void want_mail() { wants_mail_.store(true, std::memory_order_relaxed); }
  void note_pump() {
    pumped_.store(true, std::memory_order_relaxed);
    stall_until_ns_.store(0, std::memory_order_relaxed);
  }
  /// Renewals need no pump until then, or until the next one (rule 6).
  void expect_stall(MonotonicTime until) {
    stall_until_ns_.store(until.time_since_epoch().count(), std::memory_order_relaxed);
  }
  /// A session that the game has ended without a commit (it was lost): frees the row if it should
  /// still be ours.
  void release(ProfileKey key, const SessionId& session);
  /// Puts data into quarantine, however often it takes; `done` runs on the game's thread.
  void set_aside(QuarantineEntry entry, GameInbox::Task done, int failures = 0);
  /// Another server has sealed our journal, which it does to a closed lease alone: known also while
  /// the database can't be reached.
  void journal_sealed();
  /// The journal holds nothing of the first so many erasures: told to all with the next renewal.
  void scrubbed(std::uint64_t erasures);
  /// The game has let go of the journal of a lease that was lost: what is left of it is set aside.
  void journal_released();
  /// Runs `work` on a reading worker; what it returns runs on the game's thread.
  void read(std::function<GameInbox::Task()> work);
  /// Runs `task` on the game's thread after `wait`.
  void after(Duration wait, GameInbox::Task task);
  /// Everything is saved (or left): ends the lease, and the journal if `clean`.
  void end(bool clean);
  /// Until when our lease can't have been closed; for the game's own check.
  [[nodiscard]] MonotonicTime lease_deadline() const {
    return MonotonicTime(Duration(lease_deadline_ns_.load(std::memory_order_relaxed)));
  }

 private:
  struct Acquiring {
    AcquireMachine machine;
    AcquireRequest request;
  };
  struct Load {
    std::uint64_t id = 0;  ///< of its acquire
    Acquire request;
  };
  struct StartFindings {
    BackendInfo info;
    std::vector<Lease> leases;   ///< open ones of our id
    std::set<Incarnation> dead;  ///< of those, whose journal's lock is free
    MonotonicTime sent{};
  };
  struct Opening {
    OpenLease request;
    MonotonicTime sent{};
    std::shared_ptr<Journal> journal;
  };
  using Lanes = std::pair<CommitQueue*, Lane>;

  // protocol_start.cc
  void look_around();
  void found(Result<StartFindings> findings);
  [[nodiscard]] bool same_id_in_the_way(const StartFindings& findings);
  void close_same_id(const Lease& lease);
  void make_journal(const BackendInfo& info);
  void open_lease(const std::shared_ptr<Opening>& opening);
  void lease_answered(const std::shared_ptr<Opening>& opening, Result<Incarnation> answer);
  void abandon(const std::shared_ptr<Opening>& opening, const std::optional<Owner>& self);
  void opening_over();
  void opened(const Opening& opening, const Owner& self);
  void start_failed(const Error& why, Duration again_after);
  void recover_directory(const std::string& directory);

  // protocol.cc
  void arm(MonotonicTime when);
  [[nodiscard]] bool game_lives(MonotonicTime now) const;
  void tick();
  void renew(Renew request);
  void on_renewed(const Result<Renewed>& answer);
  void free_unknown(const std::vector<OwnedRow>& rows);
  void look_at_own(const ProfileKey& key);
  void free_row(const Withdraw& request, int failures = 0);
  void poll_asks();
  void on_asks(const std::vector<AskOnOurs>& asks);
  void look_for_mail();
  void send_back_expired();
  void forget();
  void woken();
  void lose_lease(const Error& why);
  void pack(Group& group);
  void send_batches();
  /// When that queue may have something to send, its part of the budget included.
  [[nodiscard]] std::optional<MonotonicTime> due_of(const CommitQueue& queue) const;
  void on_answer(Lanes lane, Result<std::vector<GroupAnswer>> answer);
  void set_state(StoreState state, const Error* trouble);
  /// A call has ended so; null: well.
  void note_call(const Error* error);
  void look_at_health();
  void tell(GameInbox::Urgency urgency, GameInbox::Task task) {
    inbox_.push(urgency, std::move(task));
  }

  // protocol_acquire.cc
  void begin(AcquireRequest request);
  [[nodiscard]] bool give_up_early(std::uint64_t id, const Error& why);
  void run(std::uint64_t id, AcquireMachine::Commands commands);
  void run_one(std::uint64_t id, AcquireMachine::Send& send);
  void send_loads();
  void loads_answered(const std::vector<Load>& loads, Result<AcquireAnswers> answers);
  void load_answered(std::uint64_t id, const SessionId& session, Result<AcquireAnswer> answer);
  void run_one(std::uint64_t id, AcquireMachine::SendWithdraw& withdraw);
  void run_one(std::uint64_t id, AcquireMachine::WakeAt& wake);
  void run_one(std::uint64_t id, AcquireMachine::HeldBy& held);
  void run_one(std::uint64_t id, AcquireMachine::Finish& finish);
  void wake_acquires();
  void resume_acquires();
  void watch_neighbour(const Owner& owner);
  void look_at_neighbour(Incarnation incarnation);
  [[nodiscard]] bool anyone_waits_for(Incarnation incarnation) const;

  // protocol_recovery.cc
  void recover(const Owner& target, std::optional<CloseLease> close);
  void recovery_done(const Owner& target, std::optional<CloseLease> close,
                     Result<RecoveryReport> report);

  [[nodiscard]] MonotonicTime now() const { return runtime_->clock().now(); }
  /// When something that has to come about, and has failed so often in a row, is tried again.
  [[nodiscard]] MonotonicTime again(int failures) const {
    constexpr Backoff kAgain{.first = std::chrono::seconds(1), .last = std::chrono::seconds(10)};
    return now() + kAgain.after(failures, runtime_->random().next());
  }
  /// The time that leases are watched by.
  [[nodiscard]] MonotonicTime lease_now() const;
  [[nodiscard]] std::int64_t wall_ms() const { return unix_ms(runtime_->clock().wall()); }
  /// A protocol task that is dropped when the protocol is gone.
  template <class F>
  Runtime::Task task(F f) {
    return [weak = weak_from_this(), f = std::move(f)]() mutable {
      if (const auto self = weak.lock()) f();
    };
  }
  /// Makes the blocking call `work` on a lane and hands its result to `then` as a protocol task.
  template <class WorkFunction, class Then>
  void call(Lane lane, WorkFunction work, Then then) {
    runtime_->call(lane,
                   [weak = weak_from_this(), work = std::move(work),
                    then = std::move(then)]() mutable -> Runtime::Task {
                     const auto alive = weak.lock();  // `work` may use it, however long it takes
                     if (!alive) return [] {};
                     auto result = std::make_shared<decltype(work())>(work());
                     return [weak = std::move(weak), then = std::move(then), result]() mutable {
                       if (const auto self = weak.lock()) then(std::move(*result));
                     };
                   });
  }

  // Constant after construction.
  Backend& backend_;
  const StoreOptions options_;
  PayloadCodec codec_;
  const std::shared_ptr<Runtime> runtime_;
  GameInbox& inbox_;
  GameSide& game_;

  // Shared with the game's thread.
  std::atomic<bool> pumped_{true};
  std::atomic<bool> wants_mail_{false};
  std::atomic<std::int64_t> stall_until_ns_{0};  ///< 0: no stall is announced
  std::atomic<std::int64_t> lease_deadline_ns_{0};

  // The protocol's thread.
  LeaseKeeper lease_;
  Breaker breaker_;
  Budget budget_;
  std::deque<Load> loads_;  ///< that go out with the next call
  bool critical_ = false;   ///< as the game was told
  Generation generation_;
  std::shared_ptr<Journal> journal_;
  std::string journal_directory_;
  CommitQueue urgent_;
  CommitQueue saves_;
  std::unordered_map<std::uint64_t, Acquiring> acquires_;
  std::unordered_map<std::uint64_t, Incarnation> waits_for_;  ///< acquire → owner it waits for
  std::vector<AcquireRequest> before_lease_;
  /// Those that are ours or may become so, and under which epoch; 0: not acquired yet.
  std::unordered_map<SessionId, std::uint64_t> sessions_;
  std::unordered_map<std::uint64_t, std::vector<SessionId>> ending_sessions_;  ///< by commit
  std::unordered_map<Incarnation, JournalPlace> neighbours_;                   ///< being looked at
  std::set<Incarnation> recovering_;
  std::uint64_t erasures_ = 0;  ///< that the game was told of, under this lease
  std::uint64_t scrubbed_ = 0;
  std::map<Incarnation, LeaseWatch> same_id_;
  MonotonicTime armed_{};
  MonotonicTime next_poll_{};
  bool poll_in_flight_ = false;
  bool poll_again_ = false;
  bool mail_in_flight_ = false;
  bool mail_again_ = false;
  MonotonicTime next_send_back_{};
  MonotonicTime next_forget_{};
  bool ending_ = false;
  bool opening_ = false;         ///< a lease is being opened
  Runtime::Task after_opening_;  ///< what waits until that has ended, one way or the other
  StoreState state_ = StoreState::starting;
};

}  // namespace keepsake::detail
