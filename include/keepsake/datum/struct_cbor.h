// Structs and CBOR (cbor.h), as struct.h has it for JSON. Pure functions; any thread, as long as no
// other changes the same object.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "keepsake/datum/cbor.h"
#include "keepsake/datum/struct.h"

namespace keepsake {

namespace detail {
[[nodiscard]] Result<void> read_typed_cbor(const TypeInfo& type, const Schema& schema,
                                           std::string_view bytes, const CborOptions& options,
                                           void* object, Extras& extras);
}  // namespace detail

/// As decode_json_into().
template <class T>
[[nodiscard]] Result<void> decode_cbor_into(std::string_view bytes, Bound<T>& into,
                                            const CborOptions& options = {}) {
  return detail::read_typed_cbor(detail::kType<T>, schema_of<T>(), bytes, options, &into.value,
                                 into.extras);
}

/// CBOR to a struct: read, validate against schema_of<T>(), bind, with the errors of each. Bytes as
/// encode_cbor writes them are read without a tree between.
template <class T>
[[nodiscard]] Result<Bound<T>> decode_cbor(std::string_view bytes,
                                           const CborOptions& options = {}) {
  Bound<T> bound;
  Result<void> done = decode_cbor_into(bytes, bound, options);
  if (!done) return std::move(done).error();
  return bound;
}

/// Appends the struct as CBOR, the same bytes as write_cbor(unbind(object, extras)). The object
/// must be valid: of one that is not, the bytes can't be read back.
template <class T>
void encode_cbor(const T& object, std::string& out, const Extras& extras = {}) {
  detail::write_typed_cbor(detail::kType<T>, &object, extras, {}, out);
}
template <class T>
[[nodiscard]] std::string encode_cbor(const T& object, const Extras& extras = {}) {
  std::string out;
  encode_cbor(object, out, extras);
  return out;
}

}  // namespace keepsake
