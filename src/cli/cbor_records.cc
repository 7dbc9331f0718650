#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "keepsake/datum/cbor.h"
#include "src/cli/byte_reader.h"
#include "src/cli/record_reader.h"

namespace keepsake::cli {

namespace {

constexpr std::size_t kMostLevels = 1000;  // beyond what any record may have
constexpr std::uint64_t kNoLength = std::numeric_limits<std::uint64_t>::max();

/// The items of a CBOR sequence, each cut out by its heads (RFC 8949 §3) before it is read.
class CborRecords final : public RecordReader {
 public:
  CborRecords(std::istream& in, bool lenient) : bytes_(in), options_{.lenient = lenient} {}

  bool next(RecordRead& record) override {
    if (lost_ || bytes_.rest().empty()) return false;
    ++record.number;
    record.byte = bytes_.bytes_taken();
    item_.clear();
    too_long_ = false;
    lost_ = !take_item();
    record.value = value();
    if (!record.value && lost_) record.value.error().remedy("what follows can't be told apart");
    return true;
  }
  [[nodiscard]] std::uint64_t bytes_read() const noexcept override { return bytes_.bytes_taken(); }
  [[nodiscard]] bool failed() const noexcept override { return bytes_.failed(); }

 private:
  Result<Value> value() {
    if (!too_long_) return read_cbor(item_, options_);
    return Error(ErrorCode::limit_exceeded,
                 "a record of more than " + std::to_string(kMostRecordBytes) + " bytes");
  }

  bool take(std::uint64_t count) {
    while (count > 0) {
      const std::string_view rest = bytes_.rest();
      if (rest.empty()) return false;
      const auto piece =
          rest.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(count, rest.size())));
      too_long_ = too_long_ || item_.size() + piece.size() > kMostRecordBytes;
      if (!too_long_) item_ += piece;
      count -= piece.size();
      bytes_.take(piece.size());
    }
    return true;
  }
  bool take_byte(std::uint8_t& byte) {
    const std::string_view rest = bytes_.rest();
    if (!rest.empty()) byte = static_cast<std::uint8_t>(rest.front());
    return take(1);
  }

  // Whole items alone: what they say, and whether it is in good form, read_cbor judges.
  bool take_item() {
    open_.assign(1, 1);
    while (!open_.empty()) {
      if (open_.back() == 0) {
        open_.pop_back();
      } else if (open_.size() > kMostLevels || !take_head()) {
        return false;
      }
    }
    return true;
  }

  // One head, with the bytes of a string behind it.
  bool take_head() {
    std::uint8_t first = 0;
    if (!take_byte(first)) return false;
    const int major = first >> 5;
    const int info = first & 31;
    if (info == 31 && major == 7) return take_break();
    std::uint64_t number = static_cast<std::uint64_t>(info);
    if (info == 31) {
      if (major < 2 || major > 5) return false;
      number = kNoLength;
    } else if (info >= 24) {
      if (info > 27 || !take_number(1 << (info - 24), number)) return false;
    }
    if (open_.back() != kNoLength) --open_.back();
    return take_content(major, number);
  }
  bool take_break() {
    if (open_.back() != kNoLength) return false;
    open_.pop_back();
    return true;
  }
  bool take_number(int count, std::uint64_t& number) {
    number = 0;
    for (int i = 0; i < count; ++i) {
      std::uint8_t byte = 0;
      if (!take_byte(byte)) return false;
      number = number << 8 | byte;
    }
    return true;
  }
  bool take_content(int major, std::uint64_t number) {
    switch (major) {
      case 2:
      case 3:
        if (number != kNoLength) return take(number);
        open_.push_back(kNoLength);
        return true;
      case 4: open_.push_back(number); return true;
      case 5:
        if (number != kNoLength && number > kNoLength / 4) return false;
        open_.push_back(number == kNoLength ? number : 2 * number);
        return true;
      case 6: open_.push_back(1); return true;
      default: return true;
    }
  }

  ByteReader bytes_;
  const CborOptions options_;
  std::string item_;
  std::vector<std::uint64_t> open_;  // items still to come, of each array or map that we are in
  bool too_long_ = false;
  bool lost_ = false;
};

}  // namespace

std::unique_ptr<RecordReader> make_cbor_records(std::istream& in, bool lenient) {
  return std::make_unique<CborRecords>(in, lenient);
}

}  // namespace keepsake::cli
