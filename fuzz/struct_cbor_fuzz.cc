// Any bytes as the CBOR of a struct that has members of every kind: its own reader comes to the
// same as the way through the tree, in verdict, words and outcome, strictly and leniently, whatever
// the limits; what was read is written so that it reads back as the same struct, from CBOR and from
// JSON; and as a document with its version, nothing is taken quickly that the tree refuses.

#include "fuzz/chest.h"
#include "keepsake/datum/data_ops.h"
#include "keepsake/datum/struct_cbor.h"
#include "src/datum/record_programs.h"

namespace {

using namespace keepsake;

template <class T>
void read_back(const Bound<T>& bound) {
  const std::string written = encode_cbor(bound.value, bound.extras);
  if (written != write_cbor(unbind(bound.value, bound.extras))) std::abort();
  const Result<Bound<T>> back = decode_cbor<T>(written);
  if (!back || !equal(back->value, bound.value)) std::abort();
  if (encode_cbor(back->value, back->extras) != written) std::abort();
  const Result<Bound<T>> from_json = decode_json<T>(encode_json(bound.value, bound.extras));
  if (!from_json || !equal(from_json->value, bound.value)) std::abort();
}

template <class T>
void read_versioned(std::string_view bytes) {
  T quick;
  if (!detail::read_fast_cbor(DataOps::of<T>().type(), bytes, "7", {}, &quick)) return;
  Result<Value> tree = read_cbor(bytes);
  if (!tree || tree->take("version") != Value("7")) std::abort();
  const Result<Bound<T>> bound = fuzz::bind_tree<T>(std::move(tree));
  if (!bound || !bound->extras.empty() || !equal(quick, bound->value)) std::abort();
}

template <class T>
void read(std::string_view bytes) {
  for (const bool lenient : {false, true}) {
    CborOptions options{.lenient = lenient, .limits = {}};
    const Result<Bound<T>> typed = decode_cbor<T>(bytes, options);
    fuzz::need_same(typed, fuzz::bind_tree<T>(read_cbor(bytes, options)));
    if (typed) read_back(*typed);
    options.limits = {.depth = 3, .array = 4, .size_bytes = 200};
    fuzz::need_same(decode_cbor<T>(bytes, options), fuzz::bind_tree<T>(read_cbor(bytes, options)));
  }
  read_versioned<T>(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read<fuzz::Chest>(bytes);
  read<fuzz::PlainChest>(bytes);
  return 0;
}
