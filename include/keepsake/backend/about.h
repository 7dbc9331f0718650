// What a backend tells of itself.
#pragma once

#include <cstdint>
#include <string>

#include "keepsake/base/ids.h"

namespace keepsake {

/// What a database says of itself.
struct BackendInfo {
  Generation generation;
  std::string kind;   ///< "sqlite", "memory", …
  std::string place;  ///< path or address, without a secret
  bool read_only = false;
};

/// How a backend's waits are woken. The numbers count from when it was opened.
struct WakeStats {
  std::uint64_t heard = 0;  ///< notifications that came
  /// Times that the way they come was found dead: its connection broke, gave no sign of life, or
  /// nothing came through it. Changes are then found by looking, until it is made anew.
  std::uint64_t lost = 0;
  bool listening = false;  ///< one that was sent as a trial has come, and the way is not lost since
};

}  // namespace keepsake
