#include "examples/demo/witness.h"

#include <algorithm>

#include "src/load_tool/lines.h"

namespace demo {

using keepsake::load_tool::Words;

bool Witness::take(std::string_view line) {
  Words words(line);
  const std::string_view what = words.word();
  Operation operation;
  if (what == "op") {
    operation.kind = Kind::play;
  } else if (what == "grant") {
    operation.kind = Kind::grant;
  } else if (what == "trade") {
    operation.kind = Kind::trade;
  } else {
    return false;
  }
  operation.number = words.number();
  operation.user = words.number();
  if (operation.kind == Kind::trade) operation.other = words.number();
  if (operation.kind != Kind::grant) operation.change = words.number();
  operation.began = words.time();
  if (!words.ok()) return false;
  by_user_[operation.user][operation.number] = operation.change;
  if (operation.kind == Kind::trade) {
    by_user_[operation.other][operation.number] = -operation.change;
  }
  operations_.push_back(operation);
  return true;
}

const std::map<Number, std::int64_t>& Witness::of(std::int64_t user) const {
  static const std::map<Number, std::int64_t> kNone;
  const auto found = by_user_.find(user);
  return found != by_user_.end() ? found->second : kNone;
}

std::size_t Witness::count_since(std::int64_t server, keepsake::MonotonicTime since) const {
  return static_cast<std::size_t>(
      std::count_if(operations_.begin(), operations_.end(), [&](const Operation& operation) {
        return server_of(operation.number) == server && operation.began >= since;
      }));
}

}  // namespace demo
