#include "src/load_tool/lines.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace keepsake::load_tool {

std::string_view Words::word() {
  const std::size_t end = rest_.find(' ');
  const std::string_view word = rest_.substr(0, end);
  rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
  if (word.empty()) ok_ = false;
  return word;
}

std::int64_t Words::number() {
  const std::string_view text = word();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    ok_ = false;
    return 0;
  }
  return number;
}

bool Line::write_to(int fd) const {
  std::string line = text_.substr(0, PIPE_BUF - 1);
  line += '\n';
  while (true) {
    const ssize_t written = ::write(fd, line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size())) return true;
    if (written < 0 && errno == EINTR) continue;
    return false;
  }
}

LineSource::LineSource(int fd) : fd_(fd) {
  ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
}

bool LineSource::fill() {
  char chunk[64 << 10];
  while (true) {
    const ssize_t got = ::read(fd_, chunk, sizeof chunk);
    if (got > 0) {
      buffer_.append(chunk, static_cast<std::size_t>(got));
    } else if (got == 0) {
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
}

std::optional<std::string> LineSource::next() {
  const std::size_t end = buffer_.find('\n', begin_);
  if (end == std::string::npos) {
    buffer_.erase(0, begin_);
    begin_ = 0;
    return std::nullopt;
  }
  std::string line = buffer_.substr(begin_, end - begin_);
  begin_ = end + 1;
  return line;
}

}  // namespace keepsake::load_tool
