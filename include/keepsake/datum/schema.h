// Schema: the shape that data must have. A value itself: immutable, cheap to copy, shared between
// threads. Built by the functions of namespace `schema`:
//
//   using namespace keepsake;
//   const Schema item = schema::object({{"id", schema::string()},
//                                       {"quantity", schema::integer().at_least(1)},
//                                       {"equipped", schema::optional(schema::boolean())}});
//
// A schema validates and normalises: it drops what is null in an object or map (null there means
// absent; null in an array is a value), drops or refuses unknown members where it is told to, and
// puts the members that it knows into its own order, before those that it does not know. Where a
// member is absent and has a default, the default is put in. docs/schemas.md has every kind with
// its errors.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keepsake/base/function_ref.h"
#include "keepsake/base/result.h"
#include "keepsake/datum/limits.h"
#include "keepsake/datum/pattern.h"
#include "keepsake/datum/value.h"

namespace keepsake {

class Schema;
struct SchemaNode;

/// What becomes of an object's members that its schema does not name.
enum class UnknownFields : std::uint8_t { keep, strip, reject };

/// A value that has passed a schema. Only Schema::validate makes one.
class Validated {
 public:
  [[nodiscard]] const Value& value() const& noexcept { return value_; }
  [[nodiscard]] Value take() && noexcept { return std::move(value_); }

 private:
  friend class Schema;
  explicit Validated(Value value) noexcept : value_(std::move(value)) {}
  Value value_;
};

/// One member of an object schema.
struct SchemaMember;

class Schema {
 public:
  enum class Kind : std::uint8_t {
    nil,
    boolean,
    integer,
    number,
    string,
    bytes,
    literal,
    enumeration,
    any,
    array,
    strict_array,
    map,
    object,
    union_of,
    tagged_union,
    optional,
    refine,
  };

  /// Stops at the first fault: members in the schema's order, depth first, arrays by index, then
  /// unknown members and rules over several members, both at the object's own pointer. A fault is
  /// ErrorCode::invalid_data with path (RFC 6901), expected and found, which name kinds and never
  /// contents, literals and tags excepted; callback_threw where a predicate threw; limit_exceeded
  /// beyond 2,000,000 tries of unions' alternatives, each counted once for each union around it.
  [[nodiscard]] Result<Validated> validate(Value value) const;
  /// Every fault, in the same order, up to `most`; empty if there is none. Rules over several
  /// members are asked only where the members have no fault.
  [[nodiscard]] std::vector<Error> validate_all(const Value& value, std::size_t most = 1000) const;
  /// The pointers of the deprecated members that a valid value holds, in its own order. They are no
  /// faults: a deprecated member is known, validated and kept as every other.
  [[nodiscard]] std::vector<std::string> deprecated_in(const Value& value) const;

  [[nodiscard]] Kind kind() const noexcept;
  /// An object's or tagged union's parts by name, in declared order; a union's without names.
  [[nodiscard]] const std::vector<SchemaMember>& members() const noexcept;
  /// The schema of that member, or nullptr.
  [[nodiscard]] const Schema* member(std::string_view name) const noexcept;
  /// Of an array, map (its values), optional or refine; else nullptr.
  [[nodiscard]] const Schema* element() const noexcept;
  [[nodiscard]] const Schema* key() const noexcept;  ///< of a map; else nullptr
  /// A literal's value; null for every other kind.
  [[nodiscard]] const Value& literal() const noexcept;
  [[nodiscard]] const std::vector<std::string>& names() const noexcept;  ///< an enumeration's
  [[nodiscard]] const std::string& tag() const noexcept;  ///< a tagged union's; else ""
  [[nodiscard]] UnknownFields unknown_fields() const noexcept;
  [[nodiscard]] const std::vector<std::string>& reserved() const noexcept;
  [[nodiscard]] const Limits& limits() const noexcept;
  [[nodiscard]] const Pattern* pattern() const noexcept;      ///< nullptr: any text will do
  [[nodiscard]] const Value* default_value() const noexcept;  ///< nullptr: none
  [[nodiscard]] bool deprecated() const noexcept;
  [[nodiscard]] const std::string& description() const noexcept;
  /// What an error calls it: "integer", "\"3\"", "one of \"a\", \"b\"".
  [[nodiscard]] std::string text() const;

  // Each gives a copy with one thing changed. What a kind does not have can't be changed
  // (asserted).
  [[nodiscard]] Schema unknown_fields(UnknownFields policy) const;  ///< of an object
  /// An object's members by these names are refused, whatever becomes of other unknown ones.
  [[nodiscard]] Schema reserving(std::vector<std::string> names) const;
  /// An object's rule over several members, as refine() has one; the kind stays object.
  [[nodiscard]] Schema with_rule(std::string_view expected,
                                 std::function<bool(const Value&)> holds) const;
  [[nodiscard]] Schema at_least(double least) const;
  [[nodiscard]] Schema at_most(double most) const;
  /// Both must hold. Of numbers, strings, bytes, arrays and maps, and of an optional or refine of
  /// these.
  [[nodiscard]] Schema within(const Limits& limits) const;
  [[nodiscard]] Schema matching(Pattern pattern) const;        ///< of a string, or as within()
  [[nodiscard]] Schema matching(std::string_view text) const;  ///< a good pattern (asserted)
  /// What a member of this schema is where an object lacks it. `value` must fit (asserted).
  [[nodiscard]] Schema with_default(Value value) const;
  [[nodiscard]] Schema deprecated(bool is) const;
  [[nodiscard]] Schema described(std::string_view description) const;
  /// This object schema with one more member before the others.
  [[nodiscard]] Schema with_first(std::string_view name, Schema member) const;

 private:
  friend struct SchemaNode;
  friend struct SchemaBuilder;
  explicit Schema(std::shared_ptr<const SchemaNode> node) noexcept : node_(std::move(node)) {}
  std::shared_ptr<const SchemaNode> node_;
};

struct SchemaMember {
  std::string name;
  Schema schema;
};

namespace schema {

[[nodiscard]] Schema nil();  ///< null or, in an object, nothing
[[nodiscard]] Schema boolean();
[[nodiscard]] Schema integer();  ///< 64 bits; a double without a fraction becomes one
[[nodiscard]] Schema number();   ///< finite
[[nodiscard]] Schema string();   ///< UTF-8
[[nodiscard]] Schema bytes();    ///< a string of base64, as JSON has them, becomes bytes
[[nodiscard]] Schema any();      ///< keeps nulls
[[nodiscard]] Schema literal(Value value);
[[nodiscard]] Schema enumeration(std::vector<std::string> names);
[[nodiscard]] Schema array(Schema element);
[[nodiscard]] Schema strict_array(Schema element);
[[nodiscard]] Schema map(Schema key, Schema value);
/// Unknown members are kept. The names must be distinct (asserted).
[[nodiscard]] Schema object(std::vector<SchemaMember> members);
/// Unknown members are refused.
[[nodiscard]] Schema strict_object(std::vector<SchemaMember> members);
/// The first of `alternatives` that fits decides.
[[nodiscard]] Schema union_of(std::vector<Schema> alternatives);
/// The object's member `tag`, a string, names the variant that the whole object must fit.
[[nodiscard]] Schema tagged_union(std::string_view tag, std::vector<SchemaMember> variants);
/// Null or, in an object, nothing; or `inner`.
[[nodiscard]] Schema optional(Schema inner);
/// A schema that holds itself: `build` is given the schema that it is about to make, to be put into
/// arrays, maps, optionals and members (anywhere but in place of itself; asserted). `name` is the
/// type's, as JSON Schema shows it. The parts of such a schema must not outlive the whole.
[[nodiscard]] Schema recursive(std::string_view name,
                               FunctionRef<Schema(const Schema& self)> build);
/// `inner`, and what `holds` says of the normalised value; a throw of it is caught and reported as
/// ErrorCode::callback_threw. `expected`: what an error says was expected.
[[nodiscard]] Schema refine(Schema inner, std::string_view expected,
                            std::function<bool(const Value&)> holds);

}  // namespace schema
}  // namespace keepsake
