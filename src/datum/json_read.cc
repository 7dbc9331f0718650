#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "keepsake/datum/json.h"
#include "src/datum/json_text.h"
#include "src/datum/member_names.h"
#include "src/datum/pointer.h"

namespace keepsake {

namespace {

class Parser {
 public:
  Parser(std::string_view text, const JsonLimits& limits)
      : begin_(text.data()), p_(text.data()), end_(text.data() + text.size()), limits_(limits) {}

  Result<Value> parse() {
    if (static_cast<std::size_t>(end_ - begin_) > limits_.size_bytes) {
      return Error(ErrorCode::limit_exceeded,
                   "JSON text of more than " + std::to_string(limits_.size_bytes) + " bytes");
    }
    Value value;
    skip_space();
    if (!read(value, 0)) return error();
    skip_space();
    if (p_ != end_) {
      fail("text after the end of the value");
      return error();
    }
    return value;
  }

 private:
  bool fail(std::string what, ErrorCode code = ErrorCode::malformed) {
    what_ = std::move(what);
    code_ = code;
    return false;
  }

  // The fault lies in that part of the array or object at hand.
  bool failed_in(std::string_view name) {
    path_.insert(0, pointer_below("", name));
    return false;
  }

  [[nodiscard]] Error error() const {
    const auto line = 1 + std::count(begin_, p_, '\n');
    const char* start = p_;
    while (start != begin_ && start[-1] != '\n') --start;
    return Error(code_, "line " + std::to_string(line) + ", column " +
                            std::to_string(p_ - start + 1) + ": " + what_)
        .path(path_);
  }

  void skip_space() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
  }

  bool read(Value& out, std::size_t depth) {
    if (p_ == end_) return fail("expected a value, found the end of the text");
    switch (*p_) {
      case '{': return read_object(out, depth + 1);
      case '[': return read_array(out, depth + 1);
      case '"': {
        std::string_view text;
        if (!read_string(text)) return false;
        out = Value(text);
        return true;
      }
      case 't': return read_word("true", Value(true), out);
      case 'f': return read_word("false", Value(false), out);
      case 'n': return read_word("null", Value(), out);
      default: return read_numeric(out);
    }
  }

  bool read_word(std::string_view word, Value value, Value& out) {
    if (!std::string_view(p_, static_cast<std::size_t>(end_ - p_)).starts_with(word)) {
      return fail("expected a value");
    }
    p_ += word.size();
    out = std::move(value);
    return true;
  }

  bool read_numeric(Value& out) {
    if (*p_ != '-' && static_cast<unsigned char>(*p_ - '0') >= 10) return fail("expected a value");
    Number number;
    NumberFault fault = NumberFault::none;
    p_ = read_number(p_, end_, number, fault);
    if (fault == NumberFault::malformed) return fail("a number that JSON doesn't have");
    if (fault == NumberFault::out_of_range) return fail("a number beyond the range of a double");
    out = number.integral ? Value(number.integer) : Value(number.number);
    return true;
  }

  bool read_string(std::string_view& text) {
    ++p_;
    const TextFault fault = read_text(p_, end_, scratch_, text);
    return fault == nullptr || fail(fault);
  }

  bool enter(std::size_t depth) {
    if (depth > limits_.depth) {
      return fail("more than " + std::to_string(limits_.depth) + " levels",
                  ErrorCode::limit_exceeded);
    }
    ++p_;
    skip_space();
    return true;
  }

  // Behind a value: a comma (another one follows) or the end.
  bool read_separator(char close, bool& more) {
    skip_space();
    if (p_ == end_ || (*p_ != ',' && *p_ != close)) {
      return fail(std::string("expected , or ") + close);
    }
    more = *p_ == ',';
    ++p_;
    if (more) skip_space();
    return true;
  }

  bool grown(std::size_t count, const char* what) {
    if (count < limits_.array) return true;
    return fail("more than " + std::to_string(limits_.array) + what, ErrorCode::limit_exceeded);
  }

  bool read_array(Value& out, std::size_t depth) {
    if (!enter(depth)) return false;
    if (items_.capacity() == 0) items_.reserve(kFirstRoom);
    const std::size_t first = items_.size();
    bool more = p_ == end_ || *p_ != ']';
    if (!more) ++p_;
    while (more) {
      const std::size_t index = items_.size() - first;
      if (!grown(index, " items in one array")) return false;
      Value item;
      if (!read(item, depth)) return failed_in(std::to_string(index));
      items_.push_back(std::move(item));
      if (!read_separator(']', more)) return false;
    }
    const auto from = items_.begin() + static_cast<std::ptrdiff_t>(first);
    out = Value::array({std::make_move_iterator(from), std::make_move_iterator(items_.end())});
    items_.erase(from, items_.end());
    return true;
  }

  bool read_object(Value& out, std::size_t depth) {
    if (!enter(depth)) return false;
    if (members_.capacity() == 0) members_.reserve(kFirstRoom);
    const std::size_t first = members_.size();
    bool more = p_ == end_ || *p_ != '}';
    if (!more) ++p_;
    while (more) {
      if (!grown(members_.size() - first, " members in one object")) return false;
      if (p_ == end_ || *p_ != '"') return fail("expected a name in quotes");
      std::string_view name;
      if (!read_string(name)) return false;
      std::string owned(name);
      skip_space();
      if (p_ == end_ || *p_ != ':') return fail("expected :");
      ++p_;
      skip_space();
      Value value;
      if (!read(value, depth)) return failed_in(owned);
      members_.push_back({std::move(owned), std::move(value)});
      if (!read_separator('}', more)) return false;
    }
    const auto from = members_.begin() + static_cast<std::ptrdiff_t>(first);
    if (const auto* twice = repeated_name(std::span<const Member>(members_).subspan(first))) {
      --p_;
      fail("the object that ends here has the same name twice");
      return failed_in(*twice);
    }
    out = Value::object_of_distinct(
        {std::make_move_iterator(from), std::make_move_iterator(members_.end())});
    members_.erase(from, members_.end());
    return true;
  }

  static constexpr std::size_t kFirstRoom = 32;
  const char* const begin_;
  const char* p_;
  const char* const end_;
  const JsonLimits& limits_;
  std::string scratch_;
  // Of the arrays and objects that are open, one behind the other.
  std::vector<Value> items_;
  std::vector<Member> members_;
  std::string what_;
  std::string path_;
  ErrorCode code_ = ErrorCode::malformed;
};

}  // namespace

Result<Value> parse_json(std::string_view text, const JsonLimits& limits) {
  return Parser(text, limits).parse();
}

}  // namespace keepsake
