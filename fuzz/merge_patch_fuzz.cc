// Two JSON texts, one line each, the second as a merge patch of the first: it does what RFC 7396
// says, step by step, and nothing more when it is applied once more.
#include <cstdint>
#include <cstdlib>
#include <string_view>

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
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = text.find('\n');
  if (line_end == std::string_view::npos) return 0;
  const Result<Value> document = parse_json(text.substr(0, line_end));
  const Result<Value> patch = parse_json(text.substr(line_end + 1));
  if (!document || !patch) return 0;
  const Value patched = apply_merge_patch(*document, *patch);
  if (write_json(patched) != write_json(merge(*document, *patch))) std::abort();
  if (write_json(apply_merge_patch(patched, *patch)) != write_json(patched)) std::abort();
  return 0;
}
