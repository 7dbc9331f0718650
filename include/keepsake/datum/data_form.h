// The forms that stored data can be written in, and bytes together with the form that they are in.
// Values and pure functions; any thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "keepsake/base/result.h"
#include "keepsake/datum/value.h"

namespace keepsake {

enum class DataForm : std::uint8_t {
  json,  ///< text (json.h)
  cbor,  ///< bytes, in the deterministic encoding (cbor.h)
};

/// Borrowed bytes and their form. Text alone is JSON.
struct EncodedData {
  template <std::convertible_to<std::string_view> Bytes>
  EncodedData(const Bytes& encoded, DataForm in = DataForm::json) : bytes(encoded), form(in) {}

  std::string_view bytes;
  DataForm form;
};

/// As parse_json() or read_cbor().
[[nodiscard]] Result<Value> read_data(const EncodedData& data);
/// As write_json() or write_cbor().
[[nodiscard]] std::string write_data(const Value& value, DataForm form);

}  // namespace keepsake
