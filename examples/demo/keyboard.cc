#include "examples/demo/keyboard.h"

#include <poll.h>
#include <unistd.h>

#include <utility>

#include "examples/demo/crowd.h"

namespace demo {

Keyboard::Keyboard(std::string keys, keepsake::Duration pace)
    : keys_(std::move(keys)), pace_(pace), due_(now() + pace) {
  termios terminal{};
  if (!keys_.empty() || ::tcgetattr(STDIN_FILENO, &terminal) != 0) return;
  before_ = terminal;
  terminal.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);  // Ctrl-C is a key, too
  ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
}

Keyboard::~Keyboard() {
  if (before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
}

std::optional<char> Keyboard::next() {
  constexpr char kCtrlC = 3;
  if (!keys_.empty()) {
    if (now() < due_) return std::nullopt;
    due_ += pace_;
    return pressed_ < keys_.size() ? keys_[pressed_++] : 'q';
  }
  pollfd wait{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, 0) <= 0) return std::nullopt;
  char key = 0;
  return ::read(STDIN_FILENO, &key, 1) == 1 && key != kCtrlC ? key : 'q';
}

}  // namespace demo
