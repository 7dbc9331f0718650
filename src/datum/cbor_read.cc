#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "keepsake/datum/cbor.h"
#include "src/datum/cbor_form.h"
#include "src/datum/member_names.h"
#include "src/datum/number.h"
#include "src/datum/pointer.h"

namespace keepsake {

namespace {

constexpr std::uint64_t kMostInteger = std::uint64_t{1} << 63;  // not included
constexpr std::uint64_t kMostReserved = 4096;

struct Head {
  const char* at = nullptr;
  CborMajor major = CborMajor::simple;
  int number_bytes = 0;  // behind the first byte
  bool indefinite = false;
  std::uint64_t number = 0;
};

class CborReader {
 public:
  CborReader(std::string_view bytes, const CborOptions& options)
      : begin_(bytes.data()),
        p_(bytes.data()),
        end_(bytes.data() + bytes.size()),
        lenient_(options.lenient),
        limits_(options.limits) {}

  Result<Value> read_all() {
    if (static_cast<std::size_t>(end_ - begin_) > limits_.size_bytes) {
      return Error(ErrorCode::limit_exceeded,
                   "CBOR of more than " + std::to_string(limits_.size_bytes) + " bytes");
    }
    Value value;
    if (read(value, 0) && p_ != end_) fail(p_, "bytes behind the end of the item");
    if (what_.empty()) return value;
    return Error(code_, "byte " + std::to_string(at_ - begin_) + ": " + what_).path(path_);
  }

 private:
  bool fail(const char* at, std::string what, ErrorCode code = ErrorCode::malformed) {
    at_ = at;
    what_ = std::move(what);
    code_ = code;
    return false;
  }
  // The fault lies in that part of the array or map at hand.
  bool failed_in(std::string_view name) {
    path_.insert(0, pointer_below("", name));
    return false;
  }
  bool fail_early() { return fail(end_, "the data end in the middle of an item"); }
  bool fail_not_shortest(const Head& head) {
    return fail(head.at, "a number that is not in its shortest form");
  }

  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - p_); }

  bool read_head(Head& head) {
    if (p_ == end_) return fail_early();
    head.at = p_;
    const auto first = static_cast<unsigned char>(*p_++);
    const unsigned info = first & 31U;
    head.major = static_cast<CborMajor>(first >> 5);
    head.number = info;
    head.number_bytes = 0;
    head.indefinite = info == 31;
    if (info < 24) return true;
    if (info > 27) return judge_indefinite(head);
    head.number_bytes = 1 << (info - 24);
    if (left() < static_cast<std::size_t>(head.number_bytes)) return fail_early();
    head.number = 0;
    for (int i = 0; i < head.number_bytes; ++i) {
      head.number = head.number << 8 | static_cast<unsigned char>(*p_++);
    }
    if (lenient_ || head.major == CborMajor::simple) return true;
    const std::uint64_t least = info == 24 ? 24 : std::uint64_t{1} << (4 * head.number_bytes);
    return head.number >= least || fail_not_shortest(head);
  }

  bool judge_indefinite(const Head& head) {
    const bool has_length = head.major >= CborMajor::bytes && head.major <= CborMajor::map;
    if (head.indefinite && head.major == CborMajor::simple) {
      return fail(head.at, "a break where there is nothing to end");
    }
    if (!head.indefinite || !has_length) return fail(head.at, "a head that CBOR doesn't have");
    return lenient_ || fail(head.at, "a length that is not stated");
  }

  // Whether the item of indefinite length ends here; then the break is behind us.
  bool at_break() {
    if (p_ == end_ || static_cast<unsigned char>(*p_) != 0xFF) return false;
    ++p_;
    return true;
  }

  bool read(Value& out, std::size_t depth) {
    Head head;
    if (!read_head(head)) return false;
    switch (head.major) {
      case CborMajor::unsigned_integer:
      case CborMajor::negative: return read_integer(head, out);
      case CborMajor::bytes:
      case CborMajor::text: {
        std::string_view content;
        if (!read_content(head, content)) return false;
        out = head.major == CborMajor::text ? Value(content) : Value::bytes(content);
        return true;
      }
      case CborMajor::array: return enter(head, depth) && read_array(head, out, depth + 1);
      case CborMajor::map: return enter(head, depth) && read_map(head, out, depth + 1);
      case CborMajor::tag:
        return fail(head.at, "the tag " + std::to_string(head.number) + ", and no tag is known");
      case CborMajor::simple: return read_simple(head, out);
    }
    return false;
  }

  bool read_integer(const Head& head, Value& out) {
    if (head.number >= kMostInteger) return fail(head.at, "an integer beyond 64 bits with a sign");
    const auto number = static_cast<std::int64_t>(head.number);
    out = Value(head.major == CborMajor::negative ? -1 - number : number);
    return true;
  }

  // A chunk whose head was read.
  bool read_chunk(const Head& head, std::string_view& content) {
    if (head.number > left()) return fail_early();
    content = {p_, static_cast<std::size_t>(head.number)};
    p_ += head.number;
    return head.major != CborMajor::text || is_utf8(content) ||
           fail(head.at, "text that is not UTF-8");
  }

  bool read_content(const Head& head, std::string_view& content) {
    if (!head.indefinite) return read_chunk(head, content);
    scratch_.clear();
    while (!at_break()) {
      Head chunk;
      if (!read_head(chunk)) return false;
      if (chunk.major != head.major || chunk.indefinite) {
        return fail(chunk.at, "a part of a string that is no string of its kind");
      }
      std::string_view part;
      if (!read_chunk(chunk, part)) return false;
      scratch_ += part;
    }
    content = scratch_;
    return true;
  }

  bool enter(const Head& head, std::size_t depth) {
    if (depth >= limits_.depth) {
      return fail(head.at, "more than " + std::to_string(limits_.depth) + " levels",
                  ErrorCode::limit_exceeded);
    }
    return true;
  }

  // Whether a list has another entry; `fine` is false where it may not.
  bool more(const Head& head, std::size_t count, const char* what, bool& fine) {
    if (head.indefinite ? at_break() : count == head.number) return false;
    if (count < limits_.array && (head.indefinite || head.number <= limits_.array)) return true;
    fine = fail(head.at, "more than " + std::to_string(limits_.array) + what,
                ErrorCode::limit_exceeded);
    return false;
  }

  // Room for what the head announces, as far as the bytes that are left can hold it; a head alone
  // doesn't make us take much.
  [[nodiscard]] std::size_t room(const Head& head, std::size_t least_bytes) const {
    if (head.indefinite) return 0;
    return static_cast<std::size_t>(
        std::min<std::uint64_t>({head.number, kMostReserved, left() / least_bytes}));
  }

  bool read_array(const Head& head, Value& out, std::size_t depth) {
    std::vector<Value> items;
    items.reserve(room(head, 1));
    bool fine = true;
    while (more(head, items.size(), " items in one array", fine)) {
      if (!read(items.emplace_back(), depth)) return failed_in(std::to_string(items.size() - 1));
    }
    out = Value::array(std::move(items));
    return fine;
  }

  bool read_map(const Head& head, Value& out, std::size_t depth) {
    std::vector<Member> members;
    members.reserve(room(head, 2));
    bool fine = true;
    while (more(head, members.size(), " members in one map", fine)) {
      Head key;
      std::string_view name;
      if (!read_head(key)) return false;
      if (key.major != CborMajor::text) return fail(key.at, "a key that is not text");
      if (!read_content(key, name)) return false;
      if (!lenient_ && !members.empty() && !key_before(members.back().name, name)) {
        const bool twice = members.back().name == name;
        fail(key.at, twice ? "the same key twice" : "a key that is out of order");
        return failed_in(name);
      }
      members.push_back({std::string(name), {}});
      Value value;
      if (!read(value, depth)) return failed_in(members.back().name);
      members.back().value = std::move(value);
    }
    if (!fine) return false;
    if (const auto* twice = lenient_ ? repeated_name(members) : nullptr) {
      fail(head.at, "a map that has the same key twice");
      return failed_in(*twice);
    }
    out = Value::object_of_distinct(std::move(members));
    return true;
  }

  bool read_simple(const Head& head, Value& out) {
    switch (static_cast<unsigned char>(*head.at)) {
      case kCborFalse: return out = Value(false), true;
      case kCborTrue: return out = Value(true), true;
      case kCborNull: return out = Value(), true;
      case kCborHalf:
        return read_float(head, from_half(static_cast<std::uint16_t>(head.number)), out);
      case kCborSingle:
        return read_float(head, std::bit_cast<float>(static_cast<std::uint32_t>(head.number)), out);
      case kCborDouble: return read_float(head, std::bit_cast<double>(head.number), out);
      default: break;
    }
    if (head.number_bytes == 1 && head.number < 32) {
      return fail(head.at, "a head that CBOR doesn't have");
    }
    return fail(head.at, "the simple value " + std::to_string(head.number) +
                             ", which is not false, true or null");
  }

  bool read_float(const Head& head, double number, Value& out) {
    if (!std::isfinite(number)) return fail(head.at, "a number that is not finite");
    if (!lenient_ && shortest_float(number).size_bytes < head.number_bytes) {
      return fail_not_shortest(head);
    }
    out = fits_integer(number) ? Value(static_cast<std::int64_t>(number)) : Value(number);
    return true;
  }

  const char* const begin_;
  const char* p_;
  const char* const end_;
  const bool lenient_;
  const JsonLimits& limits_;
  std::string scratch_;
  const char* at_ = nullptr;
  std::string what_;
  std::string path_;
  ErrorCode code_ = ErrorCode::malformed;
};

}  // namespace

Result<Value> read_cbor(std::string_view bytes, const CborOptions& options) {
  return CborReader(bytes, options).read_all();
}

}  // namespace keepsake
