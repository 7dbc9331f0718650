// The inside of Change, for those who make changes, undo them, prove them and write them down.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keepsake/datum/change.h"

namespace keepsake {

using Names = std::vector<std::string>;
using ConvertFunction = std::function<Result<Value>(Value)>;

struct ChangeParts {
  static Change make(Change::Kind kind) { return Change(kind); }
  static Condition make(Condition::Kind kind) { return Condition(kind); }

  static constexpr std::size_t kAll = Change::kAll;

  static auto& at(auto& x) { return x.at_; }
  static auto& to(auto& change) { return change.to_; }
  static auto& name(auto& change) { return change.name_; }
  static auto& value(auto& x) { return x.value_; }
  static auto& parts(auto& change) { return change.parts_; }
  static auto& conditions(auto& change) { return change.condition_; }
  static auto& convert(auto& change) { return change.convert_; }
  static auto& convert_back(auto& change) { return change.convert_back_; }
  static auto& made(auto& change) { return change.made_; }
  static auto& pruned(auto& change) { return change.pruned_; }
  static auto& lossy(auto& change) { return change.lossy_; }
  static auto& has_restored(auto& change) { return change.has_restored_; }
  static auto& unknown(auto& change) { return change.unknown_; }
  static auto& kind(auto& condition) { return condition.kind_; }
  static auto& value_kind(auto& condition) { return condition.value_kind_; }
};

[[nodiscard]] std::string pointer_of(const Names& names);

/// The conversion of that name at that place, if there is one.
[[nodiscard]] std::optional<Change> convert_by_name(std::string_view at, std::string_view name);

/// The changes that undo these, last first. no_path, naming the change that can't be undone.
[[nodiscard]] Result<std::vector<Change>> way_back(const std::vector<Change>& changes);

}  // namespace keepsake
