#include "src/backend/row_blobs.h"

#include <gtest/gtest.h>

namespace keepsake {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    out += kDigits[static_cast<unsigned char>(byte) >> 4];
    out += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return out;
}

const Ask kAsk{.id = {1, 2},
               .number = 3,
               .asker = {.server = {"eu-1"}, .incarnation = 7},
               .session = {4, 5},
               .readable_ordinal = 6,
               .duration_ms = 20000};

// The worked example of docs/storage.md.
TEST(Blobs, AreAsTheDocumentSays) {
  EXPECT_EQ(hex(encode_ask(kAsk)),
            "00000000000000010000000000000002"
            "0000000000000003"
            "0000000000000007"
            "00000000000000040000000000000005"
            "00000006"
            "0000000000004e20"
            "65752d31");
  EXPECT_EQ(hex(encode_marks({{.epoch = 9, .revision = 12, .token = {10, 11}, .recoverer = {}}})),
            "0000000000000009"
            "000000000000000c"
            "000000000000000a000000000000000b"
            "00000000000000000000000000000000");
  EXPECT_EQ(hex(encode_times({1700000000123})), "0000018bcfe5687b");
  EXPECT_EQ(encode_users({{17}, {-4}}), "17,-4");
}

TEST(Blobs, ComeBackAsTheyWere) {
  EXPECT_EQ(decode_ask(encode_ask(kAsk)), kAsk);
  const std::vector<EpochMark> marks{{1, 2, {3, 4}, {5, 6}}, {7, 8, {9, 10}, {11, 12}}};
  std::vector<EpochMark> decoded(1);
  EXPECT_TRUE(decode_marks(encode_marks(marks), decoded));
  EXPECT_EQ(decoded, marks);
  const std::vector<std::int64_t> times{-1, 0, INT64_MAX};
  EXPECT_EQ(decode_times(encode_times(times)), times);
  const std::vector<UserId> users{{INT64_MIN}, {0}, {INT64_MAX}};
  EXPECT_EQ(decode_users(encode_users(users)), users);
  EXPECT_EQ(decode_users(""), std::vector<UserId>());
}

TEST(Blobs, OfAnotherLengthAreRefused) {
  EXPECT_EQ(decode_ask(encode_ask(kAsk).substr(0, 60)), std::nullopt);
  std::vector<EpochMark> marks;
  EXPECT_FALSE(decode_marks("123", marks));
  EXPECT_EQ(decode_times("1234567"), std::nullopt);
  for (const char* bad : {"1,", ",", "x", "1;2", "99999999999999999999"}) {
    EXPECT_EQ(decode_users(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace keepsake
