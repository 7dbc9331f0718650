// What the witness and its servers say to each other: lines of words, over pipes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/clock.h"

namespace keepsake::load_tool {

/// A line's words, taken one after the other.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}
  [[nodiscard]] std::string_view word();
  /// 0 if the next word is no number; then ok() is false from now on.
  [[nodiscard]] std::int64_t number();
  [[nodiscard]] MonotonicTime time() { return MonotonicTime(Duration(number())); }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

/// Builds a line: Line("op").add(17).add("x").
class Line {
 public:
  explicit Line(std::string_view kind) : text_(kind) {}
  Line& add(std::int64_t number) { return add(std::string_view(std::to_string(number))); }
  Line& add(MonotonicTime time) { return add(time.time_since_epoch().count()); }
  Line& add(std::string_view word) {
    text_ += ' ';
    text_ += word;
    return *this;
  }
  /// One write(2) of at most PIPE_BUF bytes: whole or not at all, and there for the reader even if
  /// this process dies at once. False if nobody reads any more.
  bool write_to(int fd) const;

 private:
  std::string text_;
};

/// Cuts what comes out of a pipe into lines. The descriptor is set not to block.
class LineSource {
 public:
  explicit LineSource(int fd);
  /// Reads what is there. False once the other end is closed and everything was read.
  bool fill();
  [[nodiscard]] std::optional<std::string> next();

 private:
  int fd_;
  std::string buffer_;
  std::size_t begin_ = 0;
};

}  // namespace keepsake::load_tool
