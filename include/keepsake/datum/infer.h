// A first schema, and a first struct, from sample data: what the samples have in common. It is a
// guess to begin with; ranges, rules and what the samples happen not to show are yours to add.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "keepsake/base/result.h"
#include "keepsake/datum/schema.h"
#include "keepsake/datum/value.h"

namespace keepsake {

/// What was seen of samples so far. Takes the memory of their shape, not of the samples. One thread
/// at a time.
class Inference {
 public:
  Inference();
  Inference(const Inference&) = delete;
  Inference& operator=(const Inference&) = delete;
  ~Inference();

  void add(const Value& sample);
  [[nodiscard]] std::size_t samples() const noexcept { return samples_; }

  /// A schema that accepts each sample: a member that some lack, or that is null in some, is
  /// optional; integers beside other numbers are numbers; an object one of whose names is no C++
  /// identifier is a map; what is of several kinds, or always null, or an item of arrays that were
  /// all empty, is any. Members stand in the order in which they were first seen. The same samples
  /// give the same schema.
  [[nodiscard]] Schema schema() const;

 private:
  struct Seen;
  std::unique_ptr<Seen> seen_;
  std::size_t samples_ = 0;
};

/// The C++ of a struct by that name whose schema this is, with the structs within it before it.
/// invalid_argument, with the pointer, for what infer() gives no type for (any, bytes and every
/// kind that Inference doesn't give), for what is no object, and for a `name` that is no
/// identifier.
[[nodiscard]] Result<std::string> struct_text(const Schema& schema, std::string_view name);

}  // namespace keepsake
