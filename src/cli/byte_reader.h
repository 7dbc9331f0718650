// Bytes of a stream of any size, as they come: of a pipe no more is waited for than what is asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string_view>
#include <vector>

namespace keepsake::cli {

/// What some editors write before UTF-8; no part of a text.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class ByteReader {
 public:
  /// `in` outlives the reader, which alone reads from it.
  explicit ByteReader(std::istream& in);

  /// What has come and was not taken yet; waits for more where that is nothing. Empty at the end.
  /// Valid until the next call.
  [[nodiscard]] std::string_view rest();
  /// `count` of what rest() gave.
  void take(std::size_t count);

  [[nodiscard]] std::uint64_t bytes_taken() const noexcept { return bytes_taken_; }
  /// The stream ended because reading failed.
  [[nodiscard]] bool failed() const noexcept { return failed_; }

 private:
  void fill();
  std::istream& in_;
  std::vector<char> buffer_;
  std::string_view rest_;  // of buffer_
  std::uint64_t bytes_taken_ = 0;
  bool failed_ = false;
};

}  // namespace keepsake::cli
