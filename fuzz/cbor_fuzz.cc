// Any bytes as CBOR: reading never crashes; what was read is written in a form that reads back as
// the same value, which is written as the same bytes; and what is taken strictly is taken
// leniently.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "keepsake/datum/cbor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace keepsake;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Result<Value> strict = read_cbor(bytes);
  const Result<Value> lenient = read_cbor(bytes, {.lenient = true});
  if (strict && !(lenient && *lenient == *strict)) std::abort();
  if (!lenient) return 0;
  const std::string written = write_cbor(*lenient);
  const Result<Value> back = read_cbor(written);
  if (!back || !(*back == *lenient) || write_cbor(*back) != written) std::abort();
  return 0;
}
