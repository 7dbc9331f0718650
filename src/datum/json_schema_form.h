// One schema of a JSON Schema document while it is read: which of its keywords have been used.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/result.h"
#include "keepsake/datum/value.h"
#include "src/datum/pointer.h"

namespace keepsake {

[[nodiscard]] Error schema_fault(const Place* place, std::string_view expected,
                                 std::string_view found);

class SchemaForm {
 public:
  SchemaForm(const Value& object, const Place* place, bool is_root);

  /// The keyword's value, which counts as used then; or nullptr.
  const Value* take(std::string_view keyword);
  [[nodiscard]] const Value* peek(std::string_view keyword) const { return object_.find(keyword); }
  [[nodiscard]] const Place* place() const { return place_; }
  [[nodiscard]] const Value& object() const { return object_; }

  /// Not used, and no annotation: a fault that names it, as unknown or as saying nothing of `what`.
  [[nodiscard]] Result<void> all_used(std::string_view what) const;

  // Each takes a keyword and gives false where it is there and of another kind; then `fault` is
  // set.
  bool take_text(std::string_view keyword, const std::string*& out);
  bool take_size(std::string_view keyword, std::size_t& out);
  bool fail(std::string_view keyword, std::string_view expected);
  Result<void> fault;

 private:
  const Value& object_;
  const Place* place_;
  const bool is_root_;
  std::vector<bool> used_;
  std::string text_;
};

}  // namespace keepsake
