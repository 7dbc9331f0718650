// Lines of a stream of any size: one line in memory at a time, and of one that is too long nothing.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace keepsake::cli {

class LineReader {
 public:
  /// `most_bytes`: a longer line is passed over and given as too long, with its first 4 KiB.
  LineReader(std::istream& in, std::size_t most_bytes);

  struct Line {
    std::string text;  ///< without its end; a byte order mark at the stream's start is dropped
    std::uint64_t number = 0;  ///< from 1
    bool too_long = false;     ///< then `text` is its beginning alone
  };
  /// The next line into `line`, lines of white space alone left out; false at the end.
  [[nodiscard]] bool next(Line& line);

  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  /// The stream ended because reading failed.
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  [[nodiscard]] bool next_raw(Line& line);
  [[nodiscard]] bool fill();
  std::istream& in_;
  std::size_t most_bytes_;
  std::vector<char> buffer_;
  std::string_view rest_;  // of buffer_
  std::uint64_t bytes_read_ = 0;
  std::uint64_t number_ = 0;
  bool failed_ = false;
};

}  // namespace keepsake::cli
