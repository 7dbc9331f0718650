// A backend that fails when it is told to, around another that works: for a game's own tests and
// for the simulator.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "keepsake/backend/backend.h"

namespace keepsake {

/// The operations of Backend that can fail.
enum class Call : std::uint8_t {
  open_lease,
  renew,
  close_lease,
  end_lease,
  leases,
  acquire,
  withdraw,
  steal,
  asks,
  owned,
  commit,
  create,
  read,
  list,
  keys_of,
  receipt,
  inbox,
  inbox_state,
  mail,
  send_back_expired,
  forget,
  set_aside,
  quarantine,
  incident,
  history,
  snapshot,
  subject,
  belongings,
  erase,
  scrub,
  audit,
  info,
};
inline constexpr int kCallCount = static_cast<int>(Call::info) + 1;
/// "open_lease", "commit", …
[[nodiscard]] std::string_view name(Call call) noexcept;
/// Whether the call may change something: only these can be in doubt.
[[nodiscard]] bool writes(Call call) noexcept;

/// What a fault hook is told of a call about to be made. Valid for the length of the hook.
struct CallInfo {
  Call call = Call::info;
  std::uint64_t number = 0;                        ///< calls of this backend so far, from 1
  const std::vector<Acquire>* acquires = nullptr;  ///< of acquire, however many
  const std::vector<Group>* groups = nullptr;      ///< of commit
  const Erase* erase = nullptr;                    ///< of erase
  const CloseLease* close = nullptr;               ///< of close_lease
};

enum class Fault : std::uint8_t {
  none,
  unavailable,   ///< the call doesn't reach the backend and answers `unavailable`
  request_lost,  ///< it doesn't reach the backend and answers `in_doubt` (a read: `unavailable`)
  reply_lost,    ///< it is carried out and answers `in_doubt` (a read: `unavailable`)
};
/// Called before each call, on its thread.
using FaultHook = std::function<Fault(const CallInfo&)>;
/// Called after each call that was carried out, before its answer is given or lost; not after one
/// that `inner` itself answers with `unavailable`.
using CarriedOutHook = std::function<void(const CallInfo&)>;

/// A backend that asks `hook` what is to become of each call, and hands it to `inner` accordingly.
/// `inner` outlives it. Thread-safe if `hook` is. Waits go to `inner` unasked, and stop_waiting
/// ends those of `inner`: give each server its own (connect() in memory.h). `carried_out` may be
/// empty.
[[nodiscard]] std::unique_ptr<Backend> make_faulty_backend(Backend& inner, FaultHook hook,
                                                           CarriedOutHook carried_out = {});

}  // namespace keepsake
