#include "src/backend/forget_operations.h"

#include <string>
#include <utility>

#include "src/backend/reads.h"

namespace keepsake {

Result<std::int64_t> forgotten_before(Tables& tables, const Forget& request) {
  if (request.age_ms < 1) {
    return Error(ErrorCode::invalid_argument, "what is forgotten has an age")
        .expected("at least 1 ms")
        .found(std::to_string(request.age_ms) + " ms");
  }
  return tables.now_ms() - request.age_ms;
}

Result<std::size_t> apply_forget(Tables& tables, const Forget& request) {
  auto before = forgotten_before(tables, request);
  if (!before) return std::move(before).error();
  return tables.erase_before(*before, page_size(request.limit));
}

}  // namespace keepsake
