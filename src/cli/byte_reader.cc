#include "src/cli/byte_reader.h"

namespace keepsake::cli {

namespace {
constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
}  // namespace

ByteReader::ByteReader(std::istream& in) : in_(in), buffer_(kBufferBytes) {}

std::string_view ByteReader::rest() {
  if (rest_.empty()) fill();
  return rest_;
}

void ByteReader::take(std::size_t count) {
  rest_.remove_prefix(count);
  bytes_taken_ += count;
}

void ByteReader::fill() {
  // What is there, and no more: of a pipe, a record is taken when it has come.
  const bool more = in_.good() && in_.peek() != std::istream::traits_type::eof();
  if (in_.bad()) failed_ = true;
  if (!more) return;
  const auto got = in_.readsome(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  rest_ = std::string_view(buffer_.data(), static_cast<std::size_t>(got));
}

}  // namespace keepsake::cli
