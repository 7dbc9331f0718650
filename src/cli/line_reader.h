// Lines of a stream of any size: one line in memory at a time, and of one that is too long nothing.
#pragma once

#include <cstdint>
#include <istream>
#include <string>

#include "src/cli/byte_reader.h"

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

  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_.bytes_taken(); }
  /// The stream ended because reading failed.
  [[nodiscard]] bool failed() const noexcept { return bytes_.failed(); }

 private:
  [[nodiscard]] bool next_raw(Line& line);
  ByteReader bytes_;
  std::size_t most_bytes_;
  std::uint64_t number_ = 0;
};

}  // namespace keepsake::cli
