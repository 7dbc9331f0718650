// Any bytes as the JSON of a struct that has members of every kind: its own reader comes to the
// same as the way through the tree, in verdict, words and outcome, whatever the limits; and what
// was read is written so that it reads back as the same struct.

#include "fuzz/chest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace keepsake;
  using fuzz::Chest;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const JsonLimits narrow{.depth = 3, .array = 4, .size_bytes = 200};
  fuzz::need_same(decode_json<Chest>(text, narrow),
                  fuzz::bind_tree<Chest>(parse_json(text, narrow)));
  const Result<Bound<Chest>> typed = decode_json<Chest>(text);
  fuzz::need_same(typed, fuzz::bind_tree<Chest>(parse_json(text)));
  if (!typed) return 0;
  const std::string written = encode_json(typed->value, typed->extras);
  if (written != write_json(unbind(typed->value, typed->extras))) std::abort();
  const Result<Bound<Chest>> back = decode_json<Chest>(written);
  if (!back || encode_json(back->value, back->extras) != written) std::abort();
  return 0;
}
