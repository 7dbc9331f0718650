// WorldRuntime: a store's runtime in virtual time. What the product does on threads are events
// here.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "keepsake/backend/record.h"
#include "keepsake/testing/world.h"
#include "src/base/memory_machine.h"
#include "src/base/this_machine.h"
#include "src/store/journal.h"
#include "src/store/runtime.h"
#include "src/testing/seeded_random.h"
#include "src/testing/timeline.h"

namespace keepsake::detail {

/// One server's clock: it shows another time than every other's.
class ServerClock final : public Clock {
 public:
  ServerClock(const Timeline& timeline, Duration ahead) : timeline_(timeline), ahead_(ahead) {}
  [[nodiscard]] MonotonicTime now() const override { return timeline_.now() + ahead_; }
  [[nodiscard]] WallTime wall() const override { return timeline_.wall() + wall_shift; }
  [[nodiscard]] MonotonicTime in_world(MonotonicTime when) const { return when - ahead_; }

  Duration wall_shift{};

 private:
  const Timeline& timeline_;
  const Duration ahead_;
};

/// How long the ways between server and database take.
struct Ways {
  Span request;
  Span reply;
  Span notification;
};

class WorldRuntime final : public Runtime, public std::enable_shared_from_this<WorldRuntime> {
 public:
  WorldRuntime(Timeline& timeline, const ServerClock& clock, MemoryMachine& machine,
               const Ways& ways, std::uint64_t seed);

  const Clock& clock() const override { return clock_; }
  Random& random() override { return random_; }
  const Machine& machine() override { return env_; }

  void post(Task task) override;
  void at(MonotonicTime when, Task task) override;
  void call(Lane lane, Work work) override;
  void drain(std::shared_ptr<Journal> journal) override;
  void stop_drain(Task stopped) override;
  void watch(Backend& backend, const Owner& self, Task on_wake) override;
  void idle(Duration at_most) override;
  void game_wake() override { woken_ = true; }
  void stop(Duration at_most) override;

  // --- for the World ----------------------------------------------------------------------------

  /// The process dies, or is stopped for good: nothing of it happens any more.
  void end_process();
  /// One call of the work that is being carried out goes to the database; its answer is late.
  void note_call(Duration late_by) {
    ++calls_;
    late_by_ += late_by;
  }
  /// A tick has ended: a drain that sleeps is woken for what the tick has journaled.
  void wake_drain();
  /// Something in the database changed: looks, after a while, whether it concerns this server.
  void look_soon(bool notifications_lost);
  [[nodiscard]] const std::shared_ptr<Fate>& fate() const { return fate_; }
  /// The game's thread is in idle(): no tick can run.
  [[nodiscard]] bool idling() const { return idling_; }
  /// How idle() lets the world go on: one event not beyond that time; false if there is none.
  std::function<bool(MonotonicTime until)> go_on;

 private:
  void begin(Lane lane, Work work);
  void carry_out(Lane lane, const Work& work);
  void lane_free(Lane lane);
  void drain_turn(std::uint64_t round);
  [[nodiscard]] bool drain_is_busy() const;
  [[nodiscard]] Duration draw(const Span& span) {
    return random_of_world_.between(span.least, span.most);
  }

  Timeline& timeline_;
  const ServerClock& clock_;
  const Ways ways_;
  SeededRandom random_;           // the server's own, of ids and jitter
  SeededRandom random_of_world_;  // of delays and of what becomes of calls under way
  const std::unique_ptr<MemoryProcess> process_;
  const Machine env_;
  const std::shared_ptr<Fate> fate_;

  struct LaneState {
    bool busy = false;
    std::deque<Work> waiting;
  };
  std::array<LaneState, kLaneCount> lanes_;
  int calls_ = 0;
  Duration late_by_{};

  std::shared_ptr<Journal> journal_;
  std::uint64_t drain_round_ = 0;
  MonotonicTime next_drain_{};

  Backend* watched_ = nullptr;
  Owner watched_for_;
  Task on_wake_;
  bool looking_ = false;

  bool woken_ = false;
  bool idling_ = false;
};

}  // namespace keepsake::detail
