// Structs as their own schema: an aggregate's members, with their names and types, are found by the
// compiler. No macro and no list of members.
//
//   struct Item { std::string id; std::int64_t quantity = 1; std::optional<bool> equipped; };
//   Result<Bound<Item>> item = decode_json<Item>(R"({"id":"sword","quantity":2})");
//
// Members may be bool, any integer, double, float, enumerations (by name), std::string,
// std::vector<std::byte> (bytes), std::optional, Box (box.h), std::vector, std::array, std::map and
// std::unordered_map with string keys, std::variant of structs (with a member, "type", that names
// the one it is), structs of these, their own struct within a vector, map or Box, and other types
// by Foreign; up to 160. An optional member may be absent; every other one must be there: a C++
// initialiser never stands in for a member that the data lacks. What the types alone don't say is
// said in Describe.
//
// Pure functions; any thread, as long as no other changes the same object.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "keepsake/base/result.h"
#include "keepsake/datum/detail/describe_type.h"
#include "keepsake/datum/extras.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/schema.h"

namespace keepsake {

/// Specialise it for what the types don't say; every part may be left out.
///
///   template <> struct keepsake::Describe<Item> {
///     static constexpr auto rules = std::tuple{
///         rule<&Item::quantity>(at_least(1)), pattern<&Item::id>("^[a-z]+$"),
///         together("quantity at most capacity",
///                  [](const Item& item) { return item.quantity <= item.capacity; })};
///     static constexpr auto names = std::tuple{named<&Item::id>("itemId")};
///     static constexpr std::array<std::string_view, 1> reserved{"count"};
///     static constexpr std::string_view description = "what a player carries";
///     static constexpr std::string_view name = "item";  // as an alternative of a variant
///   };
///
/// Of a variant: `tag` (else "type") and `names` (alternative<Sword>("sword")). Of an enumeration:
/// `names` (named<Colour::red>("rouge")), and `range`, a pair of the least and the greatest value,
/// at most 1024 apart, where it has values beyond -64 to 127.
template <class T>
struct Describe {};

/// Limits on a member, or on what an optional member holds; a list's limits are on its size.
template <auto Pointer>
[[nodiscard]] constexpr detail::MemberRule<Pointer> rule(Limits limits) {
  return {limits};
}
/// A string member's pattern (pattern.h; a bad one ends the program at first use).
template <auto Pointer>
[[nodiscard]] constexpr detail::MemberPattern<Pointer> pattern(std::string_view text) {
  return {text};
}
/// The member's name, or an enumeration's value's, in the data.
template <auto Pointer>
[[nodiscard]] constexpr detail::MemberName<Pointer> named(std::string_view name) {
  return {name};
}
/// What the member is where the data lack it; without a value: T{} of the member's type.
template <auto Pointer, class V>
[[nodiscard]] constexpr detail::MemberDefault<Pointer, V> defaulted(V value) {
  return {value};
}
template <auto Pointer>
[[nodiscard]] constexpr detail::MemberDefault<Pointer, detail::EmptyDefault> defaulted() {
  return {};
}
template <auto Pointer>
[[nodiscard]] constexpr detail::MemberDescription<Pointer> described(std::string_view text) {
  return {text};
}
/// The member is known and kept, and Schema::deprecated_in points it out.
template <auto Pointer>
[[nodiscard]] constexpr detail::MemberDeprecated<Pointer> deprecated() {
  return {};
}
/// A rule over several members: `holds` is a lambda without captures, of `const T&`. `expected` is
/// what an error says. Asked when every member is good; a throw is caught and reported as
/// callback_threw.
template <class F>
[[nodiscard]] constexpr detail::Together<F> together(std::string_view expected,
                                                     [[maybe_unused]] F holds) {
  return {expected};
}
/// What a variant's tag calls this alternative.
template <class A>
[[nodiscard]] constexpr detail::AlternativeName<A> alternative(std::string_view name) {
  return {name};
}

/// Specialise it for a type that is no aggregate (an engine's string, vector or id), to say as what
/// it stands in data:
///
///   template <> struct keepsake::Foreign<EngineString> {
///     using As = std::string_view;   // or any type that datum describes, but an optional
///     static std::string_view get(const EngineString& s) { return {s.data(), s.size()}; }
///     static void set(EngineString& s, std::string_view text) { s.assign(text); }
///   };
///
/// `get` may give an As by value; a string_view must stay valid while the object is unchanged.
/// `set` takes every As that the schema lets pass. Equality is that of As.
template <class T>
struct Foreign;

/// A struct out of data, and what the data held beyond it.
template <class T>
struct Bound {
  T value;
  Extras extras;
};

/// The struct's own schema. Unknown members are kept.
template <class T>
[[nodiscard]] Schema schema_of() {
  return detail::make_schema(detail::kType<T>);
}

/// A validated value as a struct. invalid_data, with the path, where the value was validated
/// against another schema than the struct's and does not fit it.
template <class T>
[[nodiscard]] Result<Bound<T>> bind(const Validated& data) {
  Bound<T> bound;
  Result<void> done =
      detail::bind_value(detail::kType<T>, data.value(), &bound.value, bound.extras);
  if (!done) return std::move(done).error();
  return bound;
}

/// The way back: members in the struct's order, then the extras; empty optionals are left out.
template <class T>
[[nodiscard]] Value unbind(const T& object, const Extras& extras = {}) {
  return detail::to_value(detail::kType<T>, &object, extras);
}

/// As decode_json, into an object that is there, whose memory is used again. After an error it is
/// some object of its type.
template <class T>
[[nodiscard]] Result<void> decode_json_into(std::string_view text, Bound<T>& into,
                                            const JsonLimits& limits = {}) {
  return detail::read_json(detail::kType<T>, schema_of<T>(), text, limits, &into.value,
                           into.extras);
}

/// JSON to a struct: parse, validate against schema_of<T>(), bind, with the errors of each. Text as
/// encode_json writes it is read without a tree between.
template <class T>
[[nodiscard]] Result<Bound<T>> decode_json(std::string_view text, const JsonLimits& limits = {}) {
  Bound<T> bound;
  Result<void> done = decode_json_into(text, bound, limits);
  if (!done) return std::move(done).error();
  return bound;
}

/// Appends the struct as JSON, the same bytes as write_json(unbind(object, extras)). The object
/// must be valid: of one that is not, the text can't be read back.
template <class T>
void encode_json(const T& object, std::string& out, const Extras& extras = {}) {
  detail::write_typed(detail::kType<T>, &object, extras, {}, out);
}
template <class T>
[[nodiscard]] std::string encode_json(const T& object, const Extras& extras = {}) {
  std::string out;
  encode_json(object, out, extras);
  return out;
}

/// Whether the object may be saved: its rules hold, numbers are finite, text is UTF-8, unsigned
/// integers fit into 63 bits, lists are within JsonLimits. invalid_data or limit_exceeded with the
/// path of the first fault.
template <class T>
[[nodiscard]] Result<void> validate(const T& object) {
  return detail::validate_typed(detail::kType<T>, &object);
}

/// Member by member; numbers by value, strings by bytes.
template <class T>
[[nodiscard]] bool equal(const T& a, const T& b) {
  return detail::equal_typed(detail::kType<T>, &a, &b);
}

/// The extras, fitted to the object as it is after an edit (extras.h has the rule). Costs nothing
/// when they are empty.
template <class T>
[[nodiscard]] Extras rebase(const Extras& extras, const T& edited) {
  return extras.empty() ? Extras() : detail::rebase_typed(detail::kType<T>, extras, &edited);
}

}  // namespace keepsake
