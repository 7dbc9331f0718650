#include "src/testing/world_runtime.h"

#include <utility>

#include "keepsake/backend/backend.h"

namespace keepsake::detail {

namespace {
constexpr Duration kDrainTurn = std::chrono::milliseconds(5);
/// While nothing is on its way to the disk; the product's thread then sleeps until it is woken.
constexpr Duration kDrainLook = std::chrono::milliseconds(40);
}  // namespace

WorldRuntime::WorldRuntime(Timeline& timeline, const ServerClock& clock, MemoryMachine& machine,
                           const Ways& ways, std::uint64_t seed)
    : timeline_(timeline),
      clock_(clock),
      ways_(ways),
      random_(seed),
      random_of_world_(random_.next()),
      process_(machine.start_process()),
      env_{.files = process_->files(),
           .memory = process_->memory(),
           .clock = clock_,
           .random = random_,
           .process = process_->info()},
      fate_(std::make_shared<Fate>()) {}

void WorldRuntime::post(Task task) { timeline_.add(timeline_.now(), fate_, std::move(task)); }

void WorldRuntime::at(MonotonicTime when, Task task) {
  timeline_.add(clock_.in_world(when), fate_, std::move(task));
}

void WorldRuntime::call(Lane lane, Work work) {
  LaneState& state = lanes_[static_cast<std::size_t>(lane)];
  if (lane != Lane::read && state.busy) {
    state.waiting.push_back(std::move(work));
    return;
  }
  begin(lane, std::move(work));
}

void WorldRuntime::begin(Lane lane, Work work) {
  lanes_[static_cast<std::size_t>(lane)].busy = true;
  // Under way to the database: it may arrive although its sender has died.
  const bool arrives = (lane == Lane::urgent || lane == Lane::save) && random_of_world_.coin();
  timeline_.add(timeline_.now() + draw(ways_.request), nullptr,
                [self = shared_from_this(), lane, work = std::move(work), arrives]() mutable {
                  const Fate& fate = *self->fate_;
                  if (fate.alive && fate.frozen) {
                    self->fate_->held.push_back([self, lane, work = std::move(work)]() mutable {
                      self->carry_out(lane, work);
                    });
                  } else if (fate.alive) {
                    self->carry_out(lane, work);
                  } else if (arrives) {
                    (void)work();
                  }
                });
}

void WorldRuntime::carry_out(Lane lane, const Work& work) {
  calls_ = 0;
  late_by_ = {};
  ++fate_->on_stack;
  Task task = work();
  --fate_->on_stack;
  Duration took = draw(ways_.reply) + late_by_;
  for (int more = 1; more < calls_; ++more) took += draw(ways_.request) + draw(ways_.reply);
  timeline_.add(timeline_.now() + took, fate_, [this, lane, task = std::move(task)] {
    lane_free(lane);
    if (task) task();
  });
}

void WorldRuntime::lane_free(Lane lane) {
  LaneState& state = lanes_[static_cast<std::size_t>(lane)];
  state.busy = false;
  if (state.waiting.empty()) return;
  Work next = std::move(state.waiting.front());
  state.waiting.pop_front();
  begin(lane, std::move(next));
}

void WorldRuntime::drain(std::shared_ptr<Journal> journal) {
  journal_ = std::move(journal);
  drain_turn(++drain_round_);
}

void WorldRuntime::drain_turn(std::uint64_t round) {
  if (!journal_ || round != drain_round_) return;
  (void)journal_->drain(false);  // what fails is in the journal's own reports
  next_drain_ = timeline_.now() + (drain_is_busy() ? kDrainTurn : kDrainLook);
  timeline_.add(next_drain_, fate_, [this, round] { drain_turn(round); });
}

bool WorldRuntime::drain_is_busy() const {
  return journal_ && journal_->synced_sequence() + 1 < journal_->next_sequence();
}

void WorldRuntime::wake_drain() {
  if (!drain_is_busy() || next_drain_ <= timeline_.now() + kDrainTurn) return;
  next_drain_ = timeline_.now() + kDrainTurn;
  timeline_.add(next_drain_, fate_, [this, round = ++drain_round_] { drain_turn(round); });
}

void WorldRuntime::stop_drain(Task stopped) {
  ++drain_round_;
  if (journal_) (void)journal_->drain(true);
  journal_.reset();
  post(std::move(stopped));
}

void WorldRuntime::watch(Backend& backend, const Owner& self, Task on_wake) {
  watched_ = &backend;
  watched_for_ = self;
  on_wake_ = std::move(on_wake);
}

void WorldRuntime::look_soon(bool notifications_lost) {
  if (!on_wake_ || looking_ || notifications_lost) return;
  looking_ = true;
  timeline_.add(timeline_.now() + draw(ways_.notification), fate_, [this] {
    looking_ = false;
    if (on_wake_ && watched_->wait_for_change(watched_for_, Duration{0})) post(on_wake_);
  });
}

void WorldRuntime::idle(Duration at_most) {
  const MonotonicTime until = timeline_.now() + at_most;
  const bool nested = std::exchange(idling_, true);
  ++fate_->on_stack;
  while (!woken_ && go_on && go_on(until)) {
  }
  --fate_->on_stack;
  idling_ = nested;
  if (!woken_) timeline_.pass_to(until);
  woken_ = false;
}

void WorldRuntime::stop(Duration) {
  end_process();
  journal_.reset();
  for (LaneState& lane : lanes_) lane.waiting.clear();
  on_wake_ = {};
}

void WorldRuntime::end_process() {
  process_->kill();
  fate_->alive = false;
  timeline_.forget(fate_);
}

}  // namespace keepsake::detail
