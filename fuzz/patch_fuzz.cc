// Two JSON texts, one line each: the patch between them gives the second of the first, forth and
// back; and the second as a patch of the first never crashes.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fuzz/lines.h"
#include "keepsake/datum/diff.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/json_patch.h"

namespace {

using namespace keepsake;

void make_and_apply(const Value& before, const Value& after) {
  const Value patch = make_json_patch(before, after);
  const Result<Value> patched = apply_json_patch(before, patch);
  if (!patched || !(*patched == after)) std::abort();
  const bool equal = before == after;
  if ((patch.size() == 0) != equal || diff(before, after).empty() != equal) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::optional<fuzz::TwoValues> input = fuzz::two_values(data, size);
  if (!input) return 0;
  const auto& [first, second] = *input;
  make_and_apply(first, second);
  make_and_apply(second, first);
  static_cast<void>(apply_json_patch(first, second));
  return 0;
}
