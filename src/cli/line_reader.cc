#include "src/cli/line_reader.h"

#include <algorithm>

namespace keepsake::cli {

namespace {
constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
constexpr std::size_t kBeginningBytes = std::size_t{4} << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
}  // namespace

LineReader::LineReader(std::istream& in, std::size_t most_bytes)
    : in_(in), most_bytes_(most_bytes), buffer_(kBufferBytes) {}

bool LineReader::fill() {
  // What is there, and no more: of a pipe, a line is taken when it has come.
  const bool more = in_.good() && in_.peek() != std::istream::traits_type::eof();
  if (in_.bad()) failed_ = true;
  if (!more) return false;
  const auto got = in_.readsome(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  rest_ = std::string_view(buffer_.data(), static_cast<std::size_t>(got));
  return !rest_.empty();
}

bool LineReader::next_raw(Line& line) {
  line.text.clear();
  line.too_long = false;
  bool any = false;
  while (!rest_.empty() || fill()) {
    any = true;
    const std::size_t end = rest_.find('\n');
    const std::string_view piece = rest_.substr(0, end);
    const std::size_t used = end == std::string_view::npos ? rest_.size() : end + 1;
    if (!line.too_long) line.text += piece;
    if (line.text.size() > most_bytes_) {
      line.too_long = true;
      line.text.resize(std::min(kBeginningBytes, most_bytes_));
      line.text.shrink_to_fit();
    }
    rest_.remove_prefix(used);
    bytes_read_ += used;
    if (end != std::string_view::npos) break;
  }
  if (any) line.number = ++number_;
  return any;
}

bool LineReader::next(Line& line) {
  while (next_raw(line)) {
    if (line.number == 1 && line.text.starts_with(kByteOrderMark)) {
      line.text.erase(0, kByteOrderMark.size());
    }
    if (!line.text.empty() && line.text.back() == '\r') line.text.pop_back();
    if (line.too_long || line.text.find_first_not_of(" \t") != std::string::npos) return true;
  }
  return false;
}

}  // namespace keepsake::cli
