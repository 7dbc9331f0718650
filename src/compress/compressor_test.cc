#include "keepsake/compress/compressor.h"

#include <gtest/gtest.h>

#include <random>

namespace keepsake {
namespace {

/// Records as a game has them: the same names, other values.
std::vector<std::string> records(std::uint64_t seed, std::size_t count, std::size_t items = 10) {
  std::mt19937_64 random(seed);
  constexpr const char* kIds[] = {"sword", "bow", "potion", "map", "shield", "helmet", "ring"};
  std::vector<std::string> all;
  for (std::size_t i = 0; i < count; ++i) {
    std::string record = R"({"version":"3","purse":{"copper":)" +
                         std::to_string(random() % 100000) + R"(,"silver":)" +
                         std::to_string(random() % 1000) + R"(},"things":[)";
    for (std::size_t n = 0; n < items; ++n) {
      record += std::string(n == 0 ? "" : ",") + R"({"id":")" + kIds[random() % 7] +
                R"(","quantity":)" + std::to_string(1 + random() % 99) + R"(,"equipped":)" +
                (random() % 2 == 0 ? "true}" : "false}");
    }
    all.push_back(record + R"(],"settings":{"music":true,"effects":false}})");
  }
  return all;
}

std::string dictionary(std::uint64_t seed = 1) {
  return train_dictionary(records(seed, 500), 8 * 1024).value();
}

TEST(Compressor, GivesEveryRecordBack) {
  const std::string trained = dictionary();
  for (const bool with : {false, true}) {
    Compressor compressor =
        Compressor::make({&trained, with ? std::size_t{1} : std::size_t{0}}).value();
    std::vector<std::string> all = records(2, 50);
    for (const std::size_t items : {0U, 1U, 100U, 1000U}) all.push_back(records(3, 1, items)[0]);
    all.insert(all.end(), {"", "x", std::string(100'000, 'z'), std::string("\0\xFF", 2)});
    for (const std::string& record : all) {
      const std::string stored = compressor.compress(record);
      EXPECT_LE(stored.size(), record.size());
      const Result<std::string> back = compressor.expand(stored);
      ASSERT_TRUE(back.has_value()) << back.error().text();
      EXPECT_EQ(*back, record);
    }
  }
}

TEST(Compressor, CompressesARecordOfAKilobyteFarBetterWithADictionary) {
  const std::string trained = dictionary();
  Compressor with = Compressor::make({&trained, 1}).value();
  Compressor without = Compressor::make().value();
  std::size_t before = 0;
  std::size_t small = 0;
  std::size_t plain = 0;
  for (const std::string& record : records(4, 100)) {
    before += record.size();
    small += with.compress(record).size();
    plain += without.compress(record).size();
  }
  EXPECT_LT(plain, before / 2);
  EXPECT_LT(small, plain / 2);
}

TEST(Compressor, NamesItsDictionaryInTheFrame) {
  const std::string trained = dictionary();
  Compressor compressor = Compressor::make({&trained, 1}).value();
  const std::string stored = compressor.compress(records(5, 1)[0]);
  EXPECT_TRUE(is_compressed(stored));
  EXPECT_NE(dictionary_id(trained), 0U);
  EXPECT_EQ(dictionary_of(stored), dictionary_id(trained));
  EXPECT_EQ(dictionary_of("{}"), 0U);
  Compressor without = Compressor::make().value();
  EXPECT_EQ(without.expand(stored).error().text(),
            "not_found: the record was compressed with the dictionary " +
                std::to_string(dictionary_id(trained)) +
                ", which isn't known; add that dictionary to the ones that are given");
}

TEST(Compressor, ExpandsWhatOlderDictionariesCompressed) {
  const std::vector<std::string> both = {dictionary(1), dictionary(9)};
  Compressor old = Compressor::make({both.data(), 1}).value();
  Compressor now = Compressor::make(both).value();
  const std::string record = records(6, 1)[0];
  EXPECT_EQ(*now.expand(old.compress(record)), record);
  EXPECT_EQ(dictionary_of(now.compress(record)), dictionary_id(both[1]));
}

TEST(Compressor, LeavesRecordsAloneForWhichItDoesNotPay) {
  const std::string trained = dictionary();
  Compressor compressor = Compressor::make({&trained, 1}, {.least_bytes = 200}).value();
  const std::string record = records(7, 1, 0)[0];
  ASSERT_LT(record.size(), 200U);
  EXPECT_EQ(compressor.compress(record), record);
  const std::string large = records(7, 1, 1000)[0];
  ASSERT_GT(large.size(), 20'000U);
  EXPECT_EQ(dictionary_of(compressor.compress(large)), 0U);
  std::mt19937_64 random(8);
  std::string noise;
  while (noise.size() < 1000) noise += static_cast<char>(random());
  EXPECT_EQ(compressor.compress(noise), noise);
}

TEST(Compressor, FramesARecordThatWouldBeTakenForAFrame) {
  Compressor compressor = Compressor::make().value();
  const std::string record = "\x28\xB5\x2F\xFD!";
  const std::string stored = compressor.compress(record);
  EXPECT_NE(stored, record);
  EXPECT_EQ(*compressor.expand(stored), record);
}

TEST(Compressor, RefusesDamagedFrames) {
  Compressor compressor = Compressor::make().value();
  const std::string stored = compressor.compress(records(5, 1)[0]);
  for (std::size_t cut = 4; cut < stored.size(); ++cut) {
    ASSERT_FALSE(compressor.expand(stored.substr(0, cut)).has_value()) << cut;
  }
  for (std::size_t at = 4; at < stored.size(); ++at) {
    std::string bad = stored;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    const Result<std::string> back = compressor.expand(bad);
    if (back) {
      ASSERT_EQ(*back, records(5, 1)[0]) << at;  // a bit that means nothing
    }
  }
  EXPECT_EQ(compressor.expand("\x28\xB5\x2F\xFD").error().text(),
            "malformed: a compressed record: its head is damaged");
}

TEST(Compressor, ExpandsNothingBeyondItsLimit) {
  Compressor compressor = Compressor::make({}, {.most_expanded_bytes = 1000}).value();
  EXPECT_EQ(compressor.expand(compressor.compress(std::string(1001, 'a'))).error().text(),
            "limit_exceeded: a compressed record of more than 1000 bytes");
  EXPECT_TRUE(compressor.expand(compressor.compress(std::string(1000, 'a'))).has_value());
}

TEST(Compressor, RefusesWhatItCannotWorkWith) {
  const std::string none = "no dictionary";
  EXPECT_EQ(Compressor::make({&none, 1}).error().text(),
            "invalid_argument: what is given is no zstd dictionary");
  const std::vector<std::string> twice = {dictionary(), dictionary()};
  EXPECT_EQ(
      Compressor::make(twice).error().text(),
      "invalid_argument: two dictionaries have the id " + std::to_string(dictionary_id(twice[0])));
  EXPECT_EQ(Compressor::make({}, {.level = 20}).error().text(),
            "invalid_options: the level of compression: expected 1 to 19, found 20");
}

TEST(Compressor, LearnsTheSameDictionaryFromTheSameRecords) {
  EXPECT_EQ(dictionary(), dictionary());
  EXPECT_NE(dictionary_id(dictionary(1)), dictionary_id(dictionary(9)));
  EXPECT_EQ(
      train_dictionary({}).error().text(),
      "invalid_argument: no dictionary can be learnt from these records: there are none; give "
      "more records, some hundred at least");
  const std::vector<std::string> few = {"a", "b"};
  EXPECT_EQ(train_dictionary(few).error().code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace keepsake
