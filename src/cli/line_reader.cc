#include "src/cli/line_reader.h"

#include <algorithm>

namespace keepsake::cli {

namespace {
constexpr std::size_t kBeginningBytes = std::size_t{4} << 10;
}  // namespace

LineReader::LineReader(std::istream& in, std::size_t most_bytes)
    : bytes_(in), most_bytes_(most_bytes) {}

bool LineReader::next_raw(Line& line) {
  line.text.clear();
  line.too_long = false;
  bool any = false;
  for (std::string_view rest = bytes_.rest(); !rest.empty(); rest = bytes_.rest()) {
    any = true;
    const std::size_t end = rest.find('\n');
    if (!line.too_long) line.text += rest.substr(0, end);
    if (line.text.size() > most_bytes_) {
      line.too_long = true;
      line.text.resize(std::min(kBeginningBytes, most_bytes_));
      line.text.shrink_to_fit();
    }
    bytes_.take(end == std::string_view::npos ? rest.size() : end + 1);
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
