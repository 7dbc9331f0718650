// Shape: what is known of data of a version while the changes of a step are tried on its schema.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keepsake/datum/schema.h"
#include "keepsake/datum/value.h"

namespace keepsake {

struct ShapeMember;

struct Shape {
  enum class Form : unsigned char {
    unknown,  ///< nothing is known of what is there
    plain,    ///< as `schema` says, or this `value`; an object or list may still be within
    object,
    list,
    map,
  };
  Form form = Form::unknown;
  bool optional = false;             ///< may be absent
  const Schema* schema = nullptr;    ///< plain
  std::optional<Value> value;        ///< plain
  std::vector<ShapeMember> members;  ///< object
  std::vector<Shape> element;        ///< list, map: one

  [[nodiscard]] static Shape of(const Schema& schema);
  [[nodiscard]] static Shape of(const Value& value);
  [[nodiscard]] static Shape object();

  [[nodiscard]] Shape* find(std::string_view name);
};

struct ShapeMember {
  std::string name;
  Shape shape;
};

/// The schema within optional and refine.
[[nodiscard]] const Schema& bare(const Schema& schema);

/// Turns plain into object, list or map, where it is one.
void expand(Shape& shape);

/// Where a place leads to.
struct Found {
  Shape* shape = nullptr;
  bool unknown = false;  ///< the way leads through what isn't known
};
[[nodiscard]] Found find(Shape& root, std::span<const std::string> place);

/// Takes out what is there; its parent must be known.
void take(Shape& root, std::span<const std::string> place);

struct Put {
  std::size_t made = 0;   ///< objects on the way that have to be made
  bool occupied = false;  ///< there was something, which may be lost
  bool blocked = false;   ///< what is no object stands in the way
};
Put put(Shape& root, std::span<const std::string> place, Shape shape);

/// What holds for both.
[[nodiscard]] Shape merge(Shape a, Shape b);

}  // namespace keepsake
