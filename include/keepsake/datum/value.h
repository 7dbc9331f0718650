// Value: data whose shape is not known at compile time (a JSON document, an old version, a field
// that this program does not know).
//
// A value is null, a bool, a 64-bit integer, a finite double, a string (UTF-8 text), bytes, an
// array or an object whose members keep their order. Copies share what is below them until one of
// them is changed, so that a copy costs a counter; a Value may be read by several threads at once,
// as a std::string may, and two values that share their parts are as good as two separate ones.
//
// What parse_json gives lies in one block with all its parts, the document. A copy of any part
// keeps all of it in memory; detached() gives one that doesn't. A change copies the array or object
// that it is made to, and those above it, out of the document.
//
// Reading as the wrong kind (`as_string()` of an integer) is a bug of the caller: it ends the
// program with a message, in every build. Ask `kind()` first, or validate against a Schema.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "keepsake/datum/detail/value_data.h"

namespace keepsake {

class Name;
struct Member;

class Value {
 public:
  enum class Kind : std::uint8_t { null, boolean, integer, number, string, bytes, array, object };

  Value() noexcept : Value(Kind::null) {}
  Value(std::nullptr_t) noexcept : Value(Kind::null) {}  // NOLINT(google-explicit-constructor)
  template <class I>
    requires std::is_integral_v<I>
  Value(I number) noexcept  // NOLINT(google-explicit-constructor)
      : Value(std::is_same_v<I, bool> ? Kind::boolean : Kind::integer) {
    static_assert(sizeof(I) < 8 || std::is_signed_v<I>, "cast to std::int64_t, checking the range");
    data_.integer = static_cast<std::int64_t>(number);  // a whole word, as set() writes it
  }
  Value(double number) noexcept : Value(Kind::number) {  // NOLINT(google-explicit-constructor)
    data_.number = number;
  }
  Value(std::string_view text);  // NOLINT(google-explicit-constructor)
  Value(const std::string& text) : Value(std::string_view(text)) {}  // NOLINT
  Value(const char* text) : Value(std::string_view(text)) {}         // NOLINT
  Value(const Value& other) noexcept {
    data_.copy(other.data_);
    if (on_heap()) data_.retain();
  }
  Value(Value&& other) noexcept {
    data_.copy(other.data_);
    other.data_.set(0, 0);
  }
  Value& operator=(const Value& other) noexcept;
  Value& operator=(Value&& other) noexcept {
    Value taken(std::move(other));  // `other` may lie within this value
    data_.swap(taken.data_);
    return *this;
  }
  ~Value() {
    if (on_heap()) release();
  }

  [[nodiscard]] static Value bytes(std::string_view octets);
  [[nodiscard]] static Value array() noexcept { return Value(Kind::array); }
  [[nodiscard]] static Value array(std::vector<Value> items);
  [[nodiscard]] static Value object() noexcept { return Value(Kind::object); }
  [[nodiscard]] static Value object(std::initializer_list<Member> members);
  /// `members`' names must be distinct (asserted).
  [[nodiscard]] static Value object(std::vector<Member> members);
  /// As object(), for a caller that has made sure that the names are distinct.
  [[nodiscard]] static Value object_of_distinct(std::vector<Member> members);

  [[nodiscard]] Kind kind() const noexcept { return static_cast<Kind>(data_.tag & 15); }
  [[nodiscard]] bool is_null() const noexcept { return kind() == Kind::null; }

  [[nodiscard]] bool as_bool() const {
    return need(Kind::boolean, "as_bool()"), data_.integer != 0;
  }
  [[nodiscard]] std::int64_t as_integer() const {
    return need(Kind::integer, "as_integer()"), data_.integer;
  }
  /// An integer is given as the nearest double.
  [[nodiscard]] double as_number() const {
    if (kind() == Kind::integer) return static_cast<double>(data_.integer);
    return need(Kind::number, "as_number()"), data_.number;
  }
  /// Valid until this value is changed, moved from or destroyed.
  [[nodiscard]] std::string_view as_string() const {
    return need(Kind::string, "as_string()"), content();
  }
  [[nodiscard]] std::string_view as_bytes() const {
    return need(Kind::bytes, "as_bytes()"), content();
  }

  /// Of an array. Valid until this value is changed or destroyed.
  [[nodiscard]] std::span<const Value> items() const;
  /// Of an object, in order. Valid until this value is changed or destroyed.
  [[nodiscard]] std::span<const Member> members() const;
  /// The object's member of that name, or nullptr; also nullptr where this is no object.
  [[nodiscard]] const Value* find(std::string_view name) const noexcept;
  /// Items of an array, members of an object, bytes of a string or of bytes; else 0.
  [[nodiscard]] std::size_t size() const noexcept { return data_.size(); }
  /// An equal value that shares nothing with this one, nor keeps what this one lies in.
  [[nodiscard]] Value detached() const;

  // Changing. Each works on this value alone: other values that shared its parts keep theirs.
  /// An array's item, to be changed in place; `index` < size().
  [[nodiscard]] Value& item(std::size_t index);
  void push_back(Value item);
  void erase(std::size_t index);
  /// An object's member, to be changed in place, or nullptr.
  [[nodiscard]] Value* find_mutable(std::string_view name);
  /// Replaces the member's value, or adds the member at the end. Gives the member's value.
  Value& set(Name name, Value value);
  /// Takes the member out. Null if there was none (a null member is taken out, too).
  Value take(std::string_view name);
  /// Replaces the members, whose names must be distinct (asserted), of this object.
  void set_members(std::vector<Member> members);

  /// Numeric equality (the integer 1 equals the double 1.0), whatever the order of an object's
  /// members. Bytes never equal a string. NaN equals nothing.
  friend bool operator==(const Value& a, const Value& b) noexcept;

 private:
  friend class Name;
  friend class TreeBuilder;
  struct Inside;
  using Node = detail::ValueNode;
  using Data = detail::ValueData;
  explicit Value(Kind kind) noexcept { data_.set(0, Data::rest(static_cast<std::uint8_t>(kind))); }
  Value(Kind kind, Node* node) noexcept;
  static Value text(Kind kind, std::string_view content);
  [[nodiscard]] bool on_heap() const noexcept { return data_.on_heap(); }
  void release() noexcept;
  void need(Kind wanted, const char* what) const {
    if (kind() != wanted) [[unlikely]] {
      wrong_kind(what);
    }
  }
  [[noreturn]] void wrong_kind(const char* what) const;
  [[nodiscard]] std::string_view content() const noexcept { return data_.text(); }
  Data data_;
};

/// A member's name: UTF-8 text that doesn't change. Copies share what is longer than 14 bytes.
class Name {
 public:
  Name(std::string_view text) : text_(text) {}    // NOLINT(google-explicit-constructor)
  Name(const std::string& text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  Name(const char* text) : text_(text) {}         // NOLINT(google-explicit-constructor)

  [[nodiscard]] std::string_view view() const noexcept { return text_.content(); }
  operator std::string_view() const noexcept { return view(); }  // NOLINT
  bool operator==(const Name& other) const noexcept {
    return text_.data_.same_bytes(other.text_.data_) || (text_.on_heap() && view() == other.view());
  }
  template <class Text>
    requires(std::convertible_to<const Text&, std::string_view> && !std::same_as<Text, Name>)
  bool operator==(const Text& other) const noexcept {
    return view() == std::string_view(other);
  }
  bool operator<(const Name& other) const noexcept { return view() < other.view(); }

 private:
  friend class TreeBuilder;
  Value text_;
};

/// One entry of an object.
struct Member {
  Name name;
  Value value;
  friend bool operator==(const Member&, const Member&) = default;
};

inline std::span<const Value> Value::items() const {
  need(Kind::array, "items()");
  return data_.parts<Value>();
}
inline std::span<const Member> Value::members() const {
  need(Kind::object, "members()");
  return data_.parts<Member>();
}

/// "null", "boolean", "integer", "number", "string", "bytes", "array", "object".
[[nodiscard]] std::string_view name(Value::Kind kind) noexcept;

/// Whether `text` is well-formed UTF-8 (Unicode 15, table 3-7: no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace keepsake
