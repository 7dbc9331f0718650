// Rows for the tests of the view profiles_json, the same on each database that has one.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "keepsake/backend/backend.h"

namespace keepsake {

/// A JSON text in which a string holds a NUL character.
inline constexpr std::string_view kJsonWithNul = R"({"version":"1","name":"a\u0000b"})";

/// "json", with the largest and the smallest integer and a nested name; "nul"; "cbor" and
/// "compressed", of bytes that are no text; "empty", without data.
inline void put_rows_of_every_format(Backend& backend) {
  const auto put = [&](const char* key, PayloadFormat format, std::string_view payload) {
    Create request;
    request.record.key = {"PlayerData", key};
    request.record.envelope.has_data = !payload.empty();
    request.record.envelope.schema = {.version = "1", .ordinal = 1, .last_compatible = 1};
    request.record.envelope.format = format;
    request.record.payload = payload;
    EXPECT_TRUE(backend.create(request)) << key;
  };
  put("json", PayloadFormat::json,
      R"({"version":"1","most":9223372036854775807,"least":-9223372036854775808,)"
      R"("half":0.5,"of":{"name":"Ünï\\"}})");
  put("nul", PayloadFormat::json, kJsonWithNul);
  put("cbor", PayloadFormat::cbor, "\xA1\x67version\x61\x31");
  put("compressed", PayloadFormat::compressed, "\x28\xB5\x2F\xFD\xFF");
  put("empty", PayloadFormat::json, "");
}

}  // namespace keepsake
