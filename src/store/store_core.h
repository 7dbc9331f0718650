// StoreCore: the game's side of a store. Everything here runs on the game's thread; what has to
// wait is given to the protocol, and comes back through the inbox in pump. The parts: core_load.cc,
// core_edit.cc, core_member.cc, core_touch.cc, core_save.cc, core_end.cc, core_fall.cc,
// core_once.cc, core_inbox.cc, core_move.cc, core_return.cc,
// core_tags.cc, core_update.cc, store_core.cc.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "keepsake/store/options.h"
#include "keepsake/store/store.h"
#include "src/base/fast_random.h"
#include "src/datum/patch_text.h"
#include "src/store/game_inbox.h"
#include "src/store/owed_answers.h"
#include "src/store/protocol.h"
#include "src/store/runtime.h"
#include "src/store/slot.h"

namespace keepsake::detail {

struct MemberSite;

class StoreCore final : public GameSide {
 public:
  StoreCore(Backend& backend, StoreOptions options, std::shared_ptr<Runtime> runtime);
  ~StoreCore() override;

  // Store
  void pump(Duration budget);
  Result<void> expect_stall(Duration at_most);
  [[nodiscard]] StoreState state() const { return state_; }
  [[nodiscard]] bool critical() const { return critical_; }
  [[nodiscard]] const Error* trouble() const { return trouble_ ? &*trouble_ : nullptr; }
  [[nodiscard]] Owner self() const { return grant_.self; }
  [[nodiscard]] StoreStats stats() const;
  void begin_shutdown(Duration within);
  [[nodiscard]] const ShutdownReport& shutdown_report() const { return report_; }
  ShutdownReport shutdown(Duration within);
  void keys_of(UserId user, std::function<void(Result<std::vector<ProfileKey>>)> done);
  void assert_thread() const;

  // Collection (core_load.cc)
  std::shared_ptr<CollectionState> add_collection(AnyCatalog catalog, const DataOps& ops,
                                                  ErasedHooks hooks);
  std::uint64_t load(CollectionState& collection, std::string_view key, LoadWaiter waiter,
                     Duration deadline);
  void cancel(std::uint64_t ticket);
  void update(CollectionState& collection, std::string_view key,
              std::function<Result<void>(void*)> body, DurableDone done, bool must_exist,
              Duration deadline);
  /// A purchase for a profile that may have no session here.
  struct Purchase {
    std::string receipt;
    std::function<Result<void>(void*)> body;
    DurableDone done;
    WallTime purchased{};
  };
  void once(CollectionState& collection, std::string_view key, Purchase purchase, bool must_exist,
            Duration deadline);
  void view(CollectionState& collection, std::vector<std::string> keys,
            std::function<void(std::vector<Result<ErasedView>>)> done);
  void remove(CollectionState& collection, std::string_view key,
              std::function<void(Result<void>)> done);

  // Slot (core_edit.cc, core_once.cc, core_save.cc, core_end.cc)
  /// What becomes of an edit that changed nothing.
  enum class Unchanged : unsigned char { journal, skip };
  Result<void> edit(Slot& slot, SlotRef::Body body, const Beside* beside,
                    Unchanged unchanged = Unchanged::journal);
  Result<void> edit_member(Slot& slot, const MemberChange& change, const MemberEdit& edit);
  Result<void> touch(Slot& slot, SlotRef::Body body);
  Result<void> transact(std::span<Slot* const> slots, FunctionRef<Result<void>(void* const*)> body);
  void once(Slot& slot, std::string_view receipt, std::function<Result<void>(void*)> body,
            DurableDone done, WallTime purchased);
  void send(Slot& slot, ProfileKey to, Outgoing message, std::function<Result<void>(void*)> debit,
            DurableDone done);
  void when_durable(Slot& slot, DurableDone effect);
  void commit(Slot& slot, DurableDone done);
  void end(Slot& slot, EndReason reason, EndDone done);
  void move(Slot& slot, ServerId to, EndDone done);
  Result<void> set_user_ids(Slot& slot, std::vector<UserId> ids);
  Result<void> set_tags(Slot& slot, const Value& tags);
  [[nodiscard]] ProfileState state_of(const Slot& slot) const;
  /// Callbacks of the game's, wrapped so that each is answered by the deadline of what it asked
  /// for; an empty one stays empty.
  [[nodiscard]] DurableDone saved_in_time(DurableDone done, const Slot& slot);
  [[nodiscard]] EndDone ended_in_time(EndDone done, const Slot& slot);
  [[nodiscard]] EndDone moved_in_time(EndDone done, const Slot& slot);
  [[nodiscard]] EndDone removed_in_time(EndDone done, const ProfileKey& key);
  /// Runs `task` in the next pump.
  void later(GameInbox::Task task) { inbox_.push(GameInbox::Urgency::answer, std::move(task)); }

  // GameSide
  void lease_opened(const LeaseGrant& grant) override;
  void lease_lost(const Error& why) override;
  void state_changed(StoreState state, const Error* trouble) override;
  void critical_changed(bool critical) override;
  void sent_again(std::size_t commits, const Error* held_up) override;
  void asked(const AskOnOurs& ask) override;
  void mail_waits(const MailOnOurs& mail) override;
  void erased(std::uint64_t erasures) override;
  void settled(CommitQueue::Settled settled) override;
  void recovered(const RecoveryReport& report) override;
  void lease_ended() override;

 private:
  /// What a worker made of an acquired record.
  struct Prepared {
    Result<Record> record;
    Result<ErasedBound> bound;
    bool is_new = false;
  };
  /// One member of a commit under way, as it was when the commit was built.
  struct Saving {
    Slot* slot = nullptr;
    std::uint64_t serial = 0;
    std::uint64_t edit_number = 0;
    std::uint64_t next_sequence = 0;
    bool user_ids = false;
    bool with_data = false;
    After after = After::keep;
  };
  struct Due {
    MonotonicTime when{};
    Slot* slot = nullptr;
    std::uint64_t serial = 0;
    friend bool operator>(const Due& a, const Due& b) { return a.when > b.when; }
  };
  /// One profile's part of an edit that is to be journaled, as an image.
  struct Change {
    Slot* slot = nullptr;
    ErasedData data;
    Extras extras;
    std::string payload;
    std::uint64_t state_hash = 0;
    std::uint32_t links = 0;
  };
  /// A tie that fell: survivors that go back to their durable data, once their own commits are
  /// settled.
  struct Fall {
    std::vector<std::pair<Slot*, std::uint64_t>> survivors;
  };

  /// Erasures that the journal is to forget: once all that stood in it when they became known is
  /// saved, it goes on in a fresh segment.
  struct Scrub {
    std::uint64_t wanted = 0;     ///< how many erasures are known of
    std::uint64_t done = 0;       ///< how many of them this journal has forgotten
    std::uint64_t number = 0;     ///< how many the scrub under way is for; 0: there is none
    std::uint64_t unsaved = 0;    ///< it begins when all records below this are saved
    std::uint64_t compacted = 0;  ///< it ends when all records below this are gone; 0: not begun
  };

  // core_load.cc
  Slot& take_slot(CollectionState& collection, std::string key);
  void begin_load(Slot& slot);
  void loaded(std::uint64_t acquire_id, std::shared_ptr<Prepared> prepared);
  void load_failed(Slot& slot, const Error& why);
  void load_refused(Slot& slot, Prepared& prepared, Error why);
  void activate(Slot& slot, Prepared& prepared);
  void answer_loads(Slot& slot);
  void remove_loaded(Slot& slot, const Record& record);
  [[nodiscard]] static std::shared_ptr<Prepared> prepare(const AnyCatalog& catalog,
                                                         PayloadCodec& codec, Result<Record> record,
                                                         WallTime now);
  void add_user_ids(Slot& slot, const std::vector<UserId>& ids);
  void delay_load(Slot& slot);
  void answer_when_certain(Slot& slot, std::uint64_t serial);
  [[nodiscard]] bool is_doubtful(const Slot& slot) const;
  void expire_loads(MonotonicTime now);

  // core_edit.cc
  /// Whether the session may change anything; may_edit: its data, too.
  [[nodiscard]] Result<void> may_change(const Slot& slot) const;
  [[nodiscard]] Result<void> may_edit(const Slot& slot) const;
  [[nodiscard]] Result<void> may_transact(std::span<Slot* const> slots) const;
  [[nodiscard]] Result<void> make_change(Slot& slot, Change& change);
  [[nodiscard]] Result<std::uint64_t> journal(RecordKind kind, std::span<Change> changes,
                                              const Beside* beside);
  void adopt(Change& change, std::uint64_t sequence, const Beside* beside);
  [[nodiscard]] Result<void> try_edit(Slot& slot, SlotRef::Body body, const Beside* beside,
                                      Unchanged unchanged);
  void drop_effects(Slot& slot, const Error& why);
  void count_edit(Slot& slot, std::uint64_t sequence);
  void tie_together(std::span<Slot* const> slots);
  [[nodiscard]] MemberView member_view(const Slot& slot) const;
  [[nodiscard]] bool doubtful() const;
  void note(const Slot& slot, const Error& error);

  // core_member.cc
  [[nodiscard]] Result<void> make_member_change(Slot& slot, const MemberChange& change,
                                                const MemberEdit& edit);
  [[nodiscard]] Result<void> keep_member_change(Slot& slot, const MemberSite& site,
                                                bool was_absent);
  [[nodiscard]] Result<void> journal_patch(Slot& slot, Extras extras);

  // core_touch.cc
  static void undo_touches(Slot& slot);
  void report_soon(Slot& slot, const Error& why);
  void refuse_touches(Slot& slot, const Error& why);
  void gather_touches(Slot& slot);
  [[nodiscard]] Result<void> journal_touches(Slot& slot);
  static void settle_touches(Slot& slot);
  void save_touches(Slot& slot);
  void journal_all_touches();

  // core_save.cc
  /// When an edit made now is saved by itself: within Timing::auto_save, spread.
  [[nodiscard]] MonotonicTime auto_save_time();
  void mark_dirty(Slot& slot, MonotonicTime due);
  void queue_save(Slot& slot);
  void mark_clean(Slot& slot);
  void request_save(Slot& slot);
  [[nodiscard]] bool build_save(Slot& slot);
  [[nodiscard]] static bool wants_save(const Slot& slot);
  /// That has the records of its session.
  [[nodiscard]] const std::shared_ptr<Journal>& journal_of(const Slot& slot) const {
    return (slot.returns ? slot.returns->from : grant_).journal;
  }
  /// Without touches that the journal doesn't have yet.
  [[nodiscard]] static const void* journaled_data(const Slot& slot);
  /// In the form of images and saves; a commit on its way may compress it.
  void encode(const Slot& slot, const void* data, const Extras& extras, std::string& out) const;
  void encode_payload(Slot& slot);
  [[nodiscard]] std::optional<KeepHistory> kept_of(const Slot& slot, const Saving& saving) const;
  [[nodiscard]] MemberCommit member_commit(Slot& slot, Saving& saving, Group& group);
  bool run_save_hooks(std::span<Slot* const> members, std::vector<Slot*>& done);
  void run_hook(Slot& slot, FunctionRef<void(void*)> hook);
  void send(Group group, std::vector<Saving> members, bool urgent);
  bool flush();  ///< whether there was anything to commit
  void save_due(MonotonicTime now, MonotonicTime stop);
  void applied(const std::vector<Saving>& members, const Applied& answer);
  void member_applied(const Saving& saving, const MemberResult& result);
  void tell_waiters(Slot& slot);

  // core_journal.cc
  void look_at_health(MonotonicTime now);
  void look_after_journal(MonotonicTime now);
  std::uint64_t move_floor();
  void compact();
  void begin_compaction();
  void scrub_journal(std::uint64_t floor);
  [[nodiscard]] bool write_images(Slot& slot);
  [[nodiscard]] std::vector<Slot*> tied_to(Slot& slot) const;

  // core_update.cc
  [[nodiscard]] static bool asks_for(const Slot& slot);
  void apply_update(Slot& slot, const std::function<Result<void>(void*)>& body,
                    const DurableDone& done);
  void refuse_updates(Slot& slot, const Error& why);
  void end_updates(Slot& slot);

  // core_once.cc
  /// An edit that takes effect once: its receipt, and what it sends.
  struct Wanted {
    Receipt receipt;
    std::optional<std::pair<ProfileKey, Message>> sent;
  };
  /// What a look into the database found of it: whether it was applied before.
  using LookedUp = Result<bool>;
  [[nodiscard]] static LookedUp look_up(Backend& backend, const ProfileKey& key,
                                        const Wanted& wanted);
  void apply_once(Slot& slot, Wanted wanted, std::function<Result<void>(void*)> body,
                  DurableDone done);
  void looked_up(Slot& slot, const Wanted& wanted, const std::function<Result<void>(void*)>& body,
                 const LookedUp& found);

  // core_inbox.cc
  [[nodiscard]] Result<void> may_send(Slot& slot, const ProfileKey& to,
                                      const Message& message) const;
  void look_at_inbox(Slot& slot);
  void look_at_inbox_after(Slot& slot, Duration wait);
  void inbox_read(Slot& slot, const Result<std::vector<Message>>& found);
  void deliver(Slot& slot, const Message& message);
  void hand_out(Slot& slot, const Message& message);
  void give_back(Slot& slot, const Message& message);
  void leave_in_inbox(Slot& slot, const Message& message, const Error& why);
  void deliver_again(Slot& slot);

  // core_move.cc
  [[nodiscard]] static bool is_for_another(const Slot& slot, const Ask& ask);
  [[nodiscard]] static bool holds_for_move(Slot& slot, EndReason reason);
  void drop_move(Slot& slot, const Error& why);
  void give_up_move(Slot& slot);
  static void moved(Slot& slot, const std::optional<Owner>& to);

  // core_return.cc
  void keep_for_return(const LeaseGrant& from);
  void begin_return(Slot& slot, const LeaseGrant& from);
  void go_on_returning(Slot& slot);
  void go_on_returning_after(Slot& slot, Duration wait);
  void take_back(Slot& slot);
  void taken_back(Slot& slot, Result<Record> record);
  void returned(Slot& slot, const Record& record);
  void return_refused(const std::vector<Saving>& members, const FenceRefused& refusal);
  void give_up_returning(Slot& slot, const Error& why);
  void expire_returns(MonotonicTime now);
  void end_return(Slot& slot);

  // core_end.cc
  [[nodiscard]] Slot* slot_of(const ProfileKey& key) const;
  void run_last_save_hook(Slot& slot);
  void finish_end(Slot& slot, EndReason reason, const Result<void>& outcome);
  void lose(Slot& slot, const Error& why, EndReason reason);
  void set_data_aside(const Slot& slot, const Error& why);
  void release(Slot& slot, std::vector<QuarantineEntry> quarantine);
  void release_unused(Slot& slot, std::vector<QuarantineEntry> quarantine);
  void forget_ended(Slot& slot);

  // core_fall.cc
  void fence_refused(const std::vector<Saving>& members, const FenceRefused& refusal,
                     bool was_in_doubt);
  void group_refused(const std::vector<Saving>& members, const GroupRefused& refusal);
  void fall(std::span<Slot* const> tied, const Error& why);
  void refuse(Slot& slot, const Error& why);
  void begin_fall(Slot& slot);
  void go_on_falling();
  void read_durable(const std::shared_ptr<Fall>& fall);
  void fall_back(Slot& slot, Prepared& durable, std::vector<Change>& changes);
  void fallen_back(const std::shared_ptr<Fall>& fall,
                   const std::map<ProfileKey, std::shared_ptr<Prepared>>& durable);

  // store_core.cc
  void end_stall(MonotonicTime now);
  void shut_down_step(MonotonicTime now);
  void finish_shutdown();
  [[nodiscard]] MonotonicTime now() const { return runtime_->clock().now(); }
  [[nodiscard]] std::int64_t wall_ms() const { return unix_ms(runtime_->clock().wall()); }
  void log(LogLevel level, const std::string& text) const { options_.log(level, text); }
  void report(const Error& error);

  // Constant after construction.
  Backend& backend_;
  StoreOptions options_;
  const std::shared_ptr<Runtime> runtime_;
  const std::shared_ptr<PayloadCodec> codec_ = std::make_shared<PayloadCodec>();
  const std::thread::id thread_;
  FastRandom random_;  ///< of the game's thread

  GameInbox inbox_;
  std::shared_ptr<Protocol> protocol_;

  // The game's thread.
  OwedAnswers answers_;
  LeaseGrant grant_;
  StoreState state_ = StoreState::starting;
  std::optional<Error> trouble_;
  bool critical_ = false;  ///< as the game was told
  bool database_critical_ = false;
  MonotonicTime journal_calm_{};  ///< when the journal will not have failed for a while
  StoreStats stats_;
  std::vector<std::shared_ptr<CollectionState>> collections_;
  std::deque<Slot> slots_;
  std::vector<Slot*> free_slots_;
  std::size_t slots_in_use_ = 0;
  std::unordered_map<std::uint64_t, Slot*> acquires_;
  std::unordered_map<std::uint64_t, Slot*> tickets_;
  std::unordered_map<std::uint64_t, std::vector<Saving>> commits_;
  std::vector<CommitRequest> outgoing_;
  std::vector<std::shared_ptr<Fall>> falls_;  ///< that wait for commits to be settled
  std::size_t returning_ = 0;                 ///< sessions on their way back
  std::string spare_payload_;              ///< room that an edit left, for the next to encode into
  std::vector<MemberView> journal_views_;  ///< of the record being written
  PatchText patch_;                        ///< and its patch, if that is what it holds
  std::vector<Slot*> dirty_;
  std::vector<std::pair<Slot*, std::uint64_t>> touched_;  ///< since the last pump, with serials
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::vector<Slot*> delayed_loads_;  ///< ending or doubtful, and somebody waits to load them
  std::uint64_t next_id_ = 1;
  MonotonicTime next_journal_look_{};
  std::uint64_t compaction_from_ = 0;
  Scrub scrub_;
  MonotonicTime next_load_look_{};
  std::size_t asides_ = 0;                    ///< on their way into quarantine
  std::optional<MonotonicTime> stall_since_;  ///< an announced one, until the next pump
  Duration stall_at_most_{};
  bool closing_ = false;
  bool ending_lease_ = false;
  MonotonicTime shutdown_deadline_{};
  ShutdownReport report_;
};

}  // namespace keepsake::detail
