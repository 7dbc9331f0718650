// Payloads in each format, whole and damaged.
#include "src/store/payload.h"

#include <gtest/gtest.h>

#include <utility>

namespace keepsake {
namespace {

Value data() {
  std::vector<Value> things;
  for (int i = 0; i < 100; ++i) things.emplace_back("a thing like others");
  return Value::object({{"version", "2"}, {"things", Value::array(std::move(things))}});
}

/// As a store of that setting leaves it in a row.
std::pair<PayloadFormat, std::string> packed(PayloadCodec& codec, PayloadFormat setting,
                                             const Value& value) {
  std::pair<PayloadFormat, std::string> row{format_of(form_of(setting)),
                                            write_data(value, form_of(setting))};
  codec.pack(setting, row.first, row.second);
  return row;
}

TEST(Payload, EveryFormatIsReadAsItWasWritten) {
  PayloadCodec codec;
  for (const PayloadFormat setting :
       {PayloadFormat::json, PayloadFormat::cbor, PayloadFormat::compressed}) {
    const auto [format, bytes] = packed(codec, setting, data());
    EXPECT_EQ(format, setting) << name(setting);
    std::string room;
    const Result<EncodedData> read = codec.open(format, bytes, room);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->form, form_of(setting));
    EXPECT_EQ(read_data(*read).value(), data());
  }
}

TEST(Payload, WhatGetsNoSmallerStaysCbor) {
  PayloadCodec codec;
  const Value little = Value::object({{"version", "2"}, {"gold", 100}});
  const auto [format, bytes] = packed(codec, PayloadFormat::compressed, little);
  EXPECT_EQ(format, PayloadFormat::cbor);
  EXPECT_EQ(bytes, write_data(little, DataForm::cbor));
}

TEST(Payload, JsonIsNeverCompressed) {
  PayloadCodec codec;
  PayloadFormat format = PayloadFormat::json;
  std::string text = write_data(data(), DataForm::json);
  codec.pack(PayloadFormat::compressed, format, text);
  EXPECT_EQ(format, PayloadFormat::json);
  EXPECT_EQ(read_data(text).value(), data());
}

TEST(Payload, ADamagedFrameSaysSo) {
  PayloadCodec codec;
  auto [format, bytes] = packed(codec, PayloadFormat::compressed, data());
  std::string room;
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  EXPECT_EQ(codec.open(format, bytes, room).error().code(), ErrorCode::malformed);
  bytes.resize(bytes.size() / 2);
  EXPECT_EQ(codec.open(format, bytes, room).error().text(),
            "malformed: a compressed record: Src size is incorrect");
  EXPECT_EQ(codec.open(format, "{}", room).error().text(),
            "malformed: a compressed payload: it doesn't begin as a frame of zstd");
}

TEST(Payload, AFormatOfANewerServerIsRefusedByItsNumber) {
  std::string room;
  EXPECT_EQ(PayloadCodec().open(static_cast<PayloadFormat>(9), "?", room).error().text(),
            "needs_newer_server: the payload is of a format that this program doesn't know: "
            "expected 1 (json), 2 (cbor) or 3 (compressed), found 9; start a server that knows it");
}

}  // namespace
}  // namespace keepsake
