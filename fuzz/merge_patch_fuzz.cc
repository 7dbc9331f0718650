// Two JSON texts, one line each, the second as a merge patch of the first: it does what RFC 7396
// says, step by step, and nothing more when it is applied once more.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fuzz/lines.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/merge_patch.h"

namespace {

using namespace keepsake;

/// The RFC's own pseudocode.
Value merge(const Value& target, const Value& patch) {
  if (patch.kind() != Value::Kind::object) return patch;
  Value merged = target.kind() == Value::Kind::object ? target : Value::object();
  for (const Member& member : patch.members()) {
    if (member.value.is_null()) {
      static_cast<void>(merged.take(member.name));
    } else {
      const Value* there = merged.find(member.name);
      merged.set(member.name, merge(there == nullptr ? Value() : *there, member.value));
    }
  }
  return merged;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::optional<fuzz::TwoValues> input = fuzz::two_values(data, size);
  if (!input) return 0;
  const auto& [document, patch] = *input;
  const Value patched = apply_merge_patch(document, patch);
  if (write_json(patched) != write_json(merge(document, patch))) std::abort();
  if (write_json(apply_merge_patch(patched, patch)) != write_json(patched)) std::abort();
  return 0;
}
