// A store for the roster's tests: answers come when the test says so, and each rule of
// Profiles<T>::load, cancel and Profile::end that the roster leans on is a few lines here.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "keepsake/player/detail/roster.h"

namespace keepsake::detail {

class FakeSessions final : public RosterPort {
 public:
  enum class State : std::uint8_t { free, acquiring, active, ending };
  struct Key {
    State state = State::free;
    std::uint64_t session = 0;
    EndReason why = EndReason::released;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> waiting;  // ticket and roster's serial
    UserId user;
  };

  FakeSessions() : roster(*this) {}

  // --- RosterPort -------------------------------------------------------------------------------

  std::uint64_t begin_load(UserId user, const std::string& key, std::uint64_t serial) override {
    Key& row = keys[key];
    row.user = user;
    const std::uint64_t ticket = ++last_ticket;
    if (row.state == State::active) {
      answer(user, serial, SlotRef(nullptr, row.session));
    } else {
      if (row.state == State::free) row.state = State::acquiring;
      row.waiting.emplace_back(ticket, serial);
    }
    return ticket;
  }
  void cancel_load(std::uint64_t ticket) override {
    for (auto& [name, row] : keys) {
      for (auto it = row.waiting.begin(); it != row.waiting.end(); ++it) {
        if (it->first != ticket) continue;
        answer(row.user, it->second, Error(ErrorCode::cancelled));
        row.waiting.erase(it);
        if (row.state == State::acquiring && row.waiting.empty()) row.state = State::free;
        return;
      }
    }
  }
  void end_session(const SlotRef& slot) override {
    for (auto& [name, row] : keys) {
      if (row.state == State::active && slot == SlotRef(nullptr, row.session)) {
        row.state = State::ending;
        row.why = EndReason::released;
      }
    }
  }
  [[nodiscard]] bool playable(const SlotRef& slot) const override {
    for (const auto& [name, row] : keys) {
      if (row.state == State::active && slot == SlotRef(nullptr, row.session)) return true;
    }
    return false;
  }
  void tell_ready(UserId user, const SlotRef&) override { tell(user, "ready"); }
  void tell_refused(UserId user, const Error& error) override {
    tell(user, "refused " + std::string(name(error.code())));
  }
  void tell_ended(UserId user, EndReason why) override {
    tell(user, "ended " + std::string(reason_name(why)));
  }

  // --- what the test makes happen ---------------------------------------------------------------

  /// The load under way, or the end under way, comes to its end in the store.
  void finish(const std::string& key) {
    Key& row = keys[key];
    if (row.state == State::acquiring) {
      row.state = State::active;
      row.session = ++last_session;
      for (const auto& [ticket, serial] : std::exchange(row.waiting, {})) {
        answer(row.user, serial, SlotRef(nullptr, row.session));
      }
    } else if (row.state == State::ending) {
      over(key, row.why);
    }
  }
  void fail(const std::string& key, ErrorCode code) {
    Key& row = keys[key];
    if (row.state != State::acquiring) return;
    row.state = State::free;
    for (const auto& [ticket, serial] : std::exchange(row.waiting, {})) {
      answer(row.user, serial, Error(code));
    }
  }
  /// Another server asked for the profile; finish() completes it.
  void hand_over(const std::string& key) {
    Key& row = keys[key];
    if (row.state != State::active) return;
    row.state = State::ending;
    row.why = EndReason::handed_over;
  }
  void lose(const std::string& key) {
    Key& row = keys[key];
    if (row.state == State::active || row.state == State::ending) over(key, EndReason::lost);
  }
  /// Delivers the oldest answer. False if there was none.
  bool pump_one() {
    if (events.empty()) return false;
    const std::function<void()> event = std::move(events.front());
    events.pop_front();
    event();
    return true;
  }
  void pump() {
    while (pump_one()) {
    }
  }
  [[nodiscard]] bool owns_any() const {
    for (const auto& [name, row] : keys) {
      if (row.state != State::free) return true;
    }
    return false;
  }

  Roster roster;
  std::map<std::string, Key> keys;
  std::deque<std::function<void()>> events;
  std::vector<std::string> told;  // "7 ready", in order
  std::function<void(UserId, const std::string&)> on_told;

 private:
  static const char* reason_name(EndReason why) {
    switch (why) {
      case EndReason::released: return "released";
      case EndReason::handed_over: return "handed_over";
      case EndReason::shutdown: return "shutdown";
      case EndReason::lost: return "lost";
      default: return "otherwise";
    }
  }
  void tell(UserId user, const std::string& what) {
    told.push_back(user.text() + " " + what);
    if (on_told) on_told(user, what);
  }
  void answer(UserId user, std::uint64_t serial, Result<SlotRef> result) {
    events.emplace_back([this, user, serial, result = std::move(result)] {
      roster.answered(user, serial, result);
    });
  }
  void over(const std::string& key, EndReason why) {
    Key& row = keys[key];
    row.session = 0;
    row.state = row.waiting.empty() ? State::free : State::acquiring;
    events.emplace_back([this, key, why] { roster.ended(key, why); });
  }

  std::uint64_t last_ticket = 0;
  std::uint64_t last_session = 0;
};

}  // namespace keepsake::detail
