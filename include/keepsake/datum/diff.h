// What differs between two values, for people and tools (diff) and for programs (make_json_patch).
// Pure functions; any thread. The same input gives the same output everywhere.
//
// Objects are compared member by member. The items of two arrays are matched by equality, so that
// an item that came or went in the middle is one difference and not one for each item behind it
// (the shortest edit script of E. W. Myers, 1986); items that neither matches are compared in their
// order. Arrays that differ in more than 500 places are compared index by index. Numbers are equal
// by value, and the order of an object's members is no difference.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/datum/struct.h"
#include "keepsake/datum/value.h"

namespace keepsake {

struct Difference {
  enum class Kind : std::uint8_t { added, removed, changed };
  Kind kind = Kind::changed;
  std::string path;  ///< RFC 6901; in the newer value, but of what was removed in the older one
  Value before;      ///< null where it was added
  Value after;       ///< null where it was removed
  friend bool operator==(const Difference&, const Difference&) = default;
};

/// "added", "removed", "changed".
[[nodiscard]] std::string_view name(Difference::Kind kind) noexcept;

/// Every difference, the deepest ones that tell it all: of two objects the members that differ, not
/// the objects. Members in the older one's order, then those that are new in the newer one's.
[[nodiscard]] std::vector<Difference> diff(const Value& before, const Value& after);

/// As diff(), of two structs that are valid, by the names that their members have in the data.
template <class T>
[[nodiscard]] std::vector<Difference> diff_structs(const T& before, const T& after) {
  return diff(unbind(before), unbind(after));
}

/// A JSON Patch (RFC 6902) that makes `after` of `before`, as apply_json_patch (json_patch.h) takes
/// it: "add", "remove" and "replace", each for what is there when its turn comes. An object or
/// array is replaced as a whole where that is shorter, as text, than what would change it. Empty if
/// the two are equal. Bytes stay bytes in the patch; written as JSON they would come back as text.
[[nodiscard]] Value make_json_patch(const Value& before, const Value& after);

}  // namespace keepsake
