// Witness: what the servers reported, operation by operation, in the one process that is never
// killed. A report is written after the operation returned, so whatever stands here must be stored
// in the end.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "examples/demo/game.h"
#include "keepsake/base/clock.h"

namespace demo {

struct Operation {
  Kind kind = Kind::play;
  Number number = 0;
  std::int64_t user = 0;
  std::int64_t change = 0;
  std::int64_t other = 0;  ///< the second player of a trade, whose change is the opposite
  keepsake::MonotonicTime began{};
};

[[nodiscard]] constexpr std::int64_t server_of(Number number) { return number / kNumbersPerServer; }

class Witness {
 public:
  /// Takes a report of an operation ("op …", "grant …", "trade …"); false for any other line.
  bool take(std::string_view line);

  [[nodiscard]] const std::vector<Operation>& operations() const { return operations_; }
  /// A player's changes by number.
  [[nodiscard]] const std::map<Number, std::int64_t>& of(std::int64_t user) const;
  /// Operations of a server that began after `since`.
  [[nodiscard]] std::size_t count_since(std::int64_t server, keepsake::MonotonicTime since) const;

 private:
  std::vector<Operation> operations_;
  std::map<std::int64_t, std::map<Number, std::int64_t>> by_user_;
};

}  // namespace demo
