// Keyboard: keys as they are pressed, from a terminal or from a list.
#pragma once

#include <termios.h>

#include <optional>
#include <string>

#include "keepsake/base/clock.h"

namespace demo {

class Keyboard {
 public:
  /// `keys` not empty: these are pressed, one every `pace`, and then 'q'. Else standard input's
  /// terminal is set to give each key at once, without showing it, until this goes.
  Keyboard(std::string keys, keepsake::Duration pace);
  ~Keyboard();
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;

  /// The next key, if there is one; 'q' once there won't be any more. Never waits.
  [[nodiscard]] std::optional<char> next();

 private:
  const std::string keys_;
  const keepsake::Duration pace_;
  std::size_t pressed_ = 0;
  keepsake::MonotonicTime due_{};
  std::optional<termios> before_;  ///< the terminal as it was
};

}  // namespace demo
