// One way to each error of the closed list, by calls that anyone can make: error_list_test.cc runs
// them all.
#pragma once

#include <optional>
#include <vector>

#include "keepsake/base/result.h"

namespace keepsake::test {

struct ErrorScenario {
  ErrorCode code;
  /// Brings it about, and gives what came of it.
  std::optional<Error> (*provoke)();
};

[[nodiscard]] std::vector<ErrorScenario> data_errors();
[[nodiscard]] std::vector<ErrorScenario> call_errors();
[[nodiscard]] std::vector<ErrorScenario> session_errors();
[[nodiscard]] std::vector<ErrorScenario> storage_errors();

template <class T>
std::optional<Error> error_of(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error();
}

}  // namespace keepsake::test
