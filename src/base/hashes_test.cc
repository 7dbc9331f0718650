#include <gtest/gtest.h>

#include <random>

#include "src/base/crc32c.h"
#include "src/base/hash64.h"

namespace keepsake {
namespace {

// RFC 3720, appendix B.4 (its CRCs are printed in the order of the bytes on the wire).
TEST(Crc32c, GivesTheChecksumsOfRfc3720) {
  std::string ascending;
  std::string descending;
  for (int i = 0; i < 32; ++i) {
    ascending += static_cast<char>(i);
    descending += static_cast<char>(31 - i);
  }
  const unsigned char read_command[48] = {
      0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
      0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18, 0x28, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
  for (const auto crc : {&crc32c, &crc32c_by_table}) {
    EXPECT_EQ(crc(std::string(32, '\0'), 0), 0x8a9136aaU);
    EXPECT_EQ(crc(std::string(32, '\xff'), 0), 0x62a8ab43U);
    EXPECT_EQ(crc(ascending, 0), 0x46dd794eU);
    EXPECT_EQ(crc(descending, 0), 0x113fdb5cU);
    EXPECT_EQ(crc({reinterpret_cast<const char*>(read_command), 48}, 0), 0xd9963a56U);
    EXPECT_EQ(crc("123456789", 0), 0xe3069283U);
  }
}

TEST(Crc32c, IsTheSameByInstructionByTableAndInParts) {
  std::mt19937_64 random(20240611);
  std::string bytes(9000, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  for (int round = 0; round < 2000; ++round) {
    const std::size_t begin = random() % 64;
    const std::string_view part = std::string_view(bytes).substr(begin, random() % 8900);
    const std::size_t cut = part.empty() ? 0 : random() % part.size();
    const std::uint32_t whole = crc32c(part);
    ASSERT_EQ(whole, crc32c_by_table(part)) << part.size();
    ASSERT_EQ(whole, crc32c(part.substr(cut), crc32c(part.substr(0, cut)))) << part.size();
  }
}

// The sanity buffer and sums of the reference implementation's own test (xxhash, sanity_test.c).
TEST(Hash64, GivesThePublishedSums) {
  constexpr std::uint64_t kPrime32 = 2654435761U;
  constexpr std::uint64_t kPrime64 = 11400714785074694797ULL;
  std::string buffer;
  std::uint64_t generator = kPrime32;
  for (int i = 0; i < 222; ++i) {
    buffer += static_cast<char>(generator >> 56);
    generator *= kPrime64;
  }
  const std::string_view b = buffer;
  EXPECT_EQ(hash64("", 0), 0xEF46DB3751D8E999ULL);
  EXPECT_EQ(hash64("", kPrime32), 0xAC75FDA2929B17EFULL);
  EXPECT_EQ(hash64(b.substr(0, 1), 0), 0xE934A84ADB052768ULL);
  EXPECT_EQ(hash64(b.substr(0, 1), kPrime32), 0x5014607643A9B4C3ULL);
  EXPECT_EQ(hash64(b.substr(0, 14), 0), 0x8282DCC4994E35C8ULL);
  EXPECT_EQ(hash64(b.substr(0, 14), kPrime32), 0xC3BD6BF63DEB6DF0ULL);
  EXPECT_EQ(hash64(b, 0), 0xB641AE8CB691C174ULL);
  EXPECT_EQ(hash64(b, kPrime32), 0x20CB8AB7AE10C14AULL);
  EXPECT_EQ(hash64("a", 0), 0xD24EC4F1A98C6E5BULL);
  EXPECT_EQ(hash64("abc", 0), 0x44BC2CF5AD770999ULL);
}

}  // namespace
}  // namespace keepsake
