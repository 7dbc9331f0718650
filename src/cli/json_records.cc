#include <optional>
#include <utility>

#include "src/cli/byte_reader.h"
#include "src/cli/json_line.h"
#include "src/cli/record_reader.h"

namespace keepsake::cli {

namespace {

Error too_long() {
  return Error(ErrorCode::limit_exceeded,
               "a record of more than " + std::to_string(kMostRecordBytes) + " bytes");
}

/// One JSON value, or the items of one array, each cut out by its brackets and quotes before it is
/// parsed.
class JsonRecords final : public RecordReader {
 public:
  explicit JsonRecords(std::istream& in) : bytes_(in) {}

  bool next(RecordRead& record) override {
    if (!began_) begin();
    ++record.number;
    skip_space();
    record.line = at_.line;
    if (alone_) {
      if (std::exchange(ended_, true)) return false;
      read_text(false);
      record.value = parsed();
      return true;
    }
    if (ended_) return read_end(record);
    if (first_item_ && current() == ']') {
      step();
      ended_ = true;
      return read_end(record);
    }
    first_item_ = false;
    read_text(true);
    record.value = parsed();
    if (current() == std::nullopt) {
      no_end_ = record.value.has_value();
      ended_ = true;
    } else {
      ended_ = *current() == ']';
      step();
    }
    return true;
  }
  [[nodiscard]] bool alone() const noexcept override { return alone_; }
  [[nodiscard]] std::uint64_t bytes_read() const noexcept override { return bytes_.bytes_taken(); }
  [[nodiscard]] bool failed() const noexcept override { return bytes_.failed(); }

 private:
  std::optional<char> current() {
    const std::string_view rest = bytes_.rest();
    return rest.empty() ? std::nullopt : std::optional(rest.front());
  }
  void step() {
    at_ = at_.behind(bytes_.rest().substr(0, 1));
    bytes_.take(1);
  }
  void skip_space() {
    while (const auto c = current()) {
      if (*c != ' ' && *c != '\t' && *c != '\r' && *c != '\n') return;
      step();
    }
  }

  void begin() {
    began_ = true;
    for (const char c : kByteOrderMark) {
      if (current() != c) break;
      bytes_.take(1);
    }
    skip_space();
    alone_ = current() != '[';
    if (!alone_) step();
  }

  // The text up to what ends an item of the array, or up to the end.
  void read_text(bool item) {
    text_.clear();
    too_long_ = false;
    text_at_ = at_;
    int depth = 0;
    bool quoted = false;
    bool escaped = false;
    for (std::string_view rest = bytes_.rest(); !rest.empty(); rest = bytes_.rest()) {
      std::size_t used = 0;
      bool ends = false;
      for (; used < rest.size() && !ends; ++used) {
        const char c = rest[used];
        if (quoted) {
          quoted = escaped || c != '"';
          escaped = !escaped && c == '\\';
        } else if (item && depth == 0 && (c == ',' || c == ']')) {
          ends = true;
          break;
        } else if (c == '"') {
          quoted = true;
        } else if (c == '{' || c == '[') {
          ++depth;
        } else if (c == '}' || c == ']') {
          if (depth > 0) --depth;
        }
      }
      keep(rest.substr(0, used));
      if (ends) return;
    }
  }
  void keep(std::string_view piece) {
    at_ = at_.behind(piece);
    too_long_ = too_long_ || text_.size() + piece.size() > kMostRecordBytes;
    if (!too_long_) text_ += piece;
    bytes_.take(piece.size());
  }

  Result<Value> parsed() {
    if (too_long_) return too_long();
    return parse_json_part(text_, text_at_);
  }

  // Behind the array's last item: the end, or one fault more.
  bool read_end(RecordRead& record) {
    skip_space();
    record.line = at_.line;
    if (std::exchange(told_end_, true)) return false;
    if (!no_end_ && current() == std::nullopt) return false;
    record.value = Error(ErrorCode::malformed,
                         at_.text() + (no_end_ ? "the array has no end" : "text after the array"));
    return true;
  }

  ByteReader bytes_;
  TextPlace at_;  // of what comes next
  std::string text_;
  TextPlace text_at_;
  bool too_long_ = false;
  bool began_ = false;
  bool alone_ = false;
  bool first_item_ = true;
  bool ended_ = false;
  bool no_end_ = false;
  bool told_end_ = false;
};

}  // namespace

std::unique_ptr<RecordReader> make_json_records(std::istream& in) {
  return std::make_unique<JsonRecords>(in);
}

}  // namespace keepsake::cli
