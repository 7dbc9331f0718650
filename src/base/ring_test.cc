#include "src/base/ring.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <thread>

#include "src/base/memory_machine.h"

namespace keepsake {
namespace {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

class RingTest : public testing::Test {
 protected:
  std::unique_ptr<Ring> make(std::size_t capacity) {
    return Ring::create(process_->memory().create(Ring::memory_bytes(capacity), {}).value(), id_);
  }
  static Publish append(Ring& ring, std::string_view bytes) {
    const std::string_view parts[] = {bytes.substr(0, bytes.size() / 2),
                                      bytes.substr(bytes.size() / 2)};
    return ring.append(parts);
  }

  SeededRandom random_{7};
  MemoryMachine machine_{random_};
  std::unique_ptr<MemoryProcess> process_ = machine_.start_process();
  const Id128 id_{.high = 1, .low = 2};
};

TEST_F(RingTest, GivesBackWhatWasAppendedInOrderAcrossTheEnd) {
  const auto ring = make(64);
  std::string expected;
  std::string out;
  for (int round = 0; round < 50; ++round) {
    const std::string piece(static_cast<std::size_t>(round % 40 + 1), static_cast<char>(round));
    ASSERT_EQ(append(*ring, piece), Publish::published);
    ring->peek(out, 1000);
    ASSERT_EQ(out, piece);
    ASSERT_TRUE(ring->consume(out.size()));
  }
  EXPECT_EQ(ring->used(), 0U);
}

TEST_F(RingTest, IsFullWithOneByteLeftAndChangesNothingThen) {
  const auto ring = make(64);
  ASSERT_EQ(append(*ring, std::string(60, 'a')), Publish::published);
  EXPECT_EQ(append(*ring, "1234"), Publish::full);
  EXPECT_EQ(ring->used(), 60U);
  EXPECT_EQ(append(*ring, "123"), Publish::published);
  ASSERT_TRUE(ring->consume(60));
  std::string out;
  ring->peek(out, 10);
  EXPECT_EQ(out, "123");
}

TEST_F(RingTest, SealedNothingIsAppendedAndNothingTaken) {
  const auto ring = make(64);
  ASSERT_EQ(append(*ring, "before"), Publish::published);
  const auto other = Ring::open(process_->memory().open(ring->name()).value(), id_).value();
  EXPECT_FALSE(other->seal());
  EXPECT_TRUE(other->seal());
  EXPECT_EQ(append(*ring, "after"), Publish::sealed);
  EXPECT_FALSE(ring->consume(3));
  EXPECT_TRUE(ring->sealed());
  EXPECT_EQ(other->contents().value(), "before");
}

TEST_F(RingTest, WhatWasTakenIsShownUntilItIsOverwritten) {
  const auto ring = make(64);
  ASSERT_EQ(append(*ring, std::string(40, 'a')), Publish::published);
  ASSERT_TRUE(ring->consume(40));
  ASSERT_EQ(append(*ring, std::string(30, 'b') + "the rest"), Publish::published);
  ASSERT_TRUE(ring->consume(30));
  ring->seal();
  EXPECT_EQ(ring->taken(), std::string(26, 'a') + std::string(30, 'b'));
  EXPECT_EQ(ring->contents().value(), "the rest");
}

TEST_F(RingTest, IsOpenedOnlyUnderItsOwnId) {
  const auto ring = make(64);
  const auto open = [&](const Id128& id) {
    return Ring::open(process_->memory().open(ring->name()).value(), id);
  };
  EXPECT_TRUE(open(id_).has_value());
  EXPECT_TRUE(open({}).has_value());
  EXPECT_EQ(open({.high = 9, .low = 9}).error().code(), ErrorCode::not_found);
  auto no_ring = process_->memory().create(8192, {}).value();
  EXPECT_EQ(Ring::open(std::move(no_ring), id_).error().code(), ErrorCode::wrong_format);
}

// Producer, consumer and sealer at once: what the producer was told is exactly what is there.
TEST_F(RingTest, AnAppendThatReturnedIsInTheCopyAndOneThatLostIsNot) {
  for (int round = 0; round < 200; ++round) {
    const auto ring = make(4096);
    std::atomic<bool> go{false};
    std::atomic<std::uint32_t> published{0};
    std::string taken;
    std::thread producer([&] {
      while (!go.load()) std::this_thread::yield();
      for (std::uint32_t number = 0;; ++number) {
        const std::string_view parts[] = {{reinterpret_cast<const char*>(&number), sizeof number}};
        Publish result = ring->append(parts);
        while (result == Publish::full) {
          std::this_thread::yield();
          result = ring->append(parts);
        }
        if (result == Publish::sealed) return;
        published.store(number + 1);
      }
    });
    std::thread consumer([&] {
      std::string chunk;
      for (;;) {
        ring->peek(chunk, 100);
        chunk.resize(chunk.size() / 4 * 4);
        if (!ring->consume(chunk.size())) return;
        taken += chunk;
        std::this_thread::yield();
      }
    });
    const auto sealer = Ring::open(process_->memory().open(ring->name()).value(), id_).value();
    go.store(true);
    while (published.load() < static_cast<std::uint32_t>(round * 7)) std::this_thread::yield();
    sealer->seal();
    const std::string rest = sealer->contents().value();
    producer.join();
    consumer.join();
    const std::string all = taken + rest;
    ASSERT_EQ(all.size(), published * sizeof(std::uint32_t));
    for (std::uint32_t i = 0; i < published; ++i) {
      std::uint32_t number = 0;
      std::memcpy(&number, all.data() + i * sizeof number, sizeof number);
      ASSERT_EQ(number, i);
    }
    ASSERT_TRUE(process_->memory().remove(ring->name()));
  }
}

}  // namespace
}  // namespace keepsake
