// Any bytes as JSON: reading never crashes; what was read is written so that it reads back as the
// same value, which is written as the same bytes; and CBOR gives the same value back.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "keepsake/datum/cbor.h"
#include "keepsake/datum/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace keepsake;
  const Result<Value> value = parse_json({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  const std::string written = write_json(*value);
  const Result<Value> back = parse_json(written);
  if (!back || !(*back == *value) || write_json(*back) != written) std::abort();
  const Result<Value> indented = parse_json(write_json_indented(*value));
  if (!indented || !(*indented == *value)) std::abort();
  const Result<Value> through_cbor = read_cbor(write_cbor(*value));
  if (!through_cbor || !(*through_cbor == *value)) std::abort();
  return 0;
}
