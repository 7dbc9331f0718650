#include <algorithm>
#include <string>
#include <utility>

#include "keepsake/datum/json.h"
#include "src/datum/json_text.h"
#include "src/datum/member_names.h"
#include "src/datum/pointer.h"
#include "src/datum/tree_builder.h"

namespace keepsake {

namespace {

/// How far the reader is; nullptr: it has failed. Handed from function to function rather than
/// kept, so that it stays in a register.
using Cursor = const char*;
using Like = TreeBuilder::Like;

class Parser {
 public:
  Parser(std::string_view text, const JsonLimits& limits)
      : begin_(text.data()), end_(text.data() + text.size()), limits_(limits), tree_(text.size()) {}

  Result<Value> parse() {
    if (static_cast<std::size_t>(end_ - begin_) > limits_.size_bytes) {
      return Error(ErrorCode::limit_exceeded,
                   "JSON text of more than " + std::to_string(limits_.size_bytes) + " bytes");
    }
    Cursor p = read(skip_space(begin_), 0, {});
    if (p != nullptr) p = skip_space(p);
    if (p != nullptr && p != end_) p = fail(p, "text after the end of the value");
    if (p == nullptr) return error();
    return tree_.take();
  }

 private:
  [[gnu::cold]] Cursor fail(Cursor at, std::string what, ErrorCode code = ErrorCode::malformed) {
    at_ = at;
    what_ = std::move(what);
    code_ = code;
    return nullptr;
  }

  // The fault lies in that part of the array or object at hand.
  [[gnu::cold]] Cursor failed_in(std::string_view name) {
    path_.insert(0, pointer_below("", name));
    return nullptr;
  }

  [[nodiscard]] Error error() const {
    const auto line = 1 + std::count(begin_, at_, '\n');
    const char* start = at_;
    while (start != begin_ && start[-1] != '\n') --start;
    return Error(code_, "line " + std::to_string(line) + ", column " +
                            std::to_string(at_ - start + 1) + ": " + what_)
        .path(path_);
  }

  Cursor skip_space(Cursor p) const {
    while (p != end_ && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) ++p;
    return p;
  }

  // `like`: what was read where this one's place was in an earlier one; data are mostly alike.
  Cursor read(Cursor p, std::size_t depth, Like like) {
    if (p == end_) return fail(p, "expected a value, found the end of the text");
    switch (*p) {
      case '{': return read_object(p, depth + 1, like);
      case '[': return read_array(p, depth + 1, like);
      case '"': return read_string(p);
      case 't': return read_word(p, "true", [](TreeBuilder& tree) { tree.put_bool(true); });
      case 'f': return read_word(p, "false", [](TreeBuilder& tree) { tree.put_bool(false); });
      case 'n': return read_word(p, "null", [](TreeBuilder& tree) { tree.put_null(); });
      default: return read_numeric(p);
    }
  }

  template <class Put>
  Cursor read_word(Cursor p, std::string_view word, Put put) {
    if (!std::string_view(p, static_cast<std::size_t>(end_ - p)).starts_with(word)) {
      return fail(p, "expected a value");
    }
    put(tree_);
    return p + word.size();
  }

  Cursor read_numeric(Cursor p) {
    if (*p != '-' && static_cast<unsigned char>(*p - '0') >= 10) return fail(p, "expected a value");
    Number number;
    NumberFault fault = NumberFault::none;
    p = read_number(p, end_, number, fault);
    if (fault == NumberFault::malformed) return fail(p, "a number that JSON doesn't have");
    if (fault == NumberFault::out_of_range) return fail(p, "a number beyond the range of a double");
    number.integral ? tree_.put_integer(number.integer) : tree_.put_number(number.number);
    return p;
  }

  Cursor read_string(Cursor p) {
    const Cursor behind = tree_.put_plain(++p, end_);
    return behind != nullptr ? behind : read_any_string(p);
  }

  [[gnu::noinline]] Cursor read_any_string(Cursor p) {
    std::string_view text;
    const TextFault fault = read_text(p, end_, scratch_, text);
    if (fault != nullptr) return fail(p, fault);
    tree_.put_text(text, text.data() + text.size());
    return p;
  }

  Cursor enter(Cursor p, std::size_t depth) {
    if (depth > limits_.depth) {
      return fail(p, "more than " + std::to_string(limits_.depth) + " levels",
                  ErrorCode::limit_exceeded);
    }
    return skip_space(p + 1);
  }

  // Behind a value: a comma (another one follows) or the end.
  Cursor read_separator(Cursor p, char close, bool& more) {
    if (p == end_ || (*p != ',' && *p != close)) {
      p = skip_space(p);
      if (p == end_ || (*p != ',' && *p != close)) {
        return fail(p, std::string("expected , or ") + close);
      }
    }
    more = *p == ',';
    return more ? skip_space(p + 1) : p + 1;
  }

  Cursor too_many(Cursor p, const char* what) {
    return fail(p, "more than " + std::to_string(limits_.array) + what, ErrorCode::limit_exceeded);
  }

  Cursor read_array(Cursor p, std::size_t depth, Like like) {
    p = enter(p, depth);
    if (p == nullptr) return nullptr;
    like = like.first_item();
    const std::size_t first = tree_.size();
    bool more = p == end_ || *p != ']';
    if (!more) ++p;
    while (more) {
      const std::size_t index = tree_.size() - first;
      if (index == limits_.array) return too_many(p, " items in one array");
      p = read(p, depth, like);
      if (p == nullptr) return failed_in(std::to_string(index));
      // What was guessed well is guessed from again, which is quicker than what was just written.
      if (!guessed_ || like.members().empty()) like = tree_.last();
      p = read_separator(p, ']', more);
      if (p == nullptr) return nullptr;
    }
    tree_.close_array(first);
    return p;
  }

  // A member's name and the colon behind it.
  Cursor read_name(Cursor p) {
    if (p == end_ || *p != '"') return fail(p, "expected a name in quotes");
    const Cursor behind = read_string(p);
    if (behind == nullptr) return nullptr;
    // What has escapes is not to be taken for what it stands for.
    if (tree_.last_text().size() != static_cast<std::size_t>(behind - p - 2)) plain_names_ = false;
    p = skip_space(behind);
    return p != end_ && *p == ':' ? p + 1 : fail(p, "expected :");
  }

  Cursor read_object(Cursor p, std::size_t depth, Like like) {
    p = enter(p, depth);
    if (p == nullptr) return nullptr;
    std::span<const Member> guess;
    if (plain_names_) guess = like.members();
    bool distinct = true;
    const std::size_t first = tree_.size();
    bool more = p == end_ || *p != '}';
    if (!more) ++p;
    for (std::size_t i = 0; more; ++i) {
      if (i == limits_.array) return too_many(p, " members in one object");
      const std::size_t name = tree_.size();
      Like inner;
      const Cursor behind = i < guess.size() ? tree_.put_if(guess[i].name, p, end_) : nullptr;
      if (behind != nullptr) {
        inner = Like(guess[i].value);
        p = behind;
      } else {
        guess = {};
        distinct = false;
        p = read_name(p);
        if (p == nullptr) return nullptr;
      }
      p = read(skip_space(p), depth, inner);
      if (p == nullptr) return failed_in(tree_.name_at(name));
      p = read_separator(p, '}', more);
      if (p == nullptr) return nullptr;
    }
    const Name* twice = distinct ? nullptr : repeated_name(tree_.members(first));
    if (twice != nullptr) {
      fail(p - 1, "the object that ends here has the same name twice");
      return failed_in(*twice);
    }
    guessed_ = distinct;
    tree_.close_object(first);
    return p;
  }

  const char* const begin_;
  const char* const end_;
  const JsonLimits& limits_;
  TreeBuilder tree_;
  bool guessed_ = false;     // all names of the object that was read last
  bool plain_names_ = true;  // none had escapes so far
  std::string scratch_;
  const char* at_ = nullptr;
  std::string what_;
  std::string path_;
  ErrorCode code_ = ErrorCode::malformed;
};

}  // namespace

Result<Value> parse_json(std::string_view text, const JsonLimits& limits) {
  return Parser(text, limits).parse();
}

}  // namespace keepsake
