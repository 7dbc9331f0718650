// What reading and writing structs allocates: what the result itself consists of, and nothing where
// it is there already.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "keepsake/datum/struct_cbor.h"

namespace {
std::size_t allocations = 0;

void* counted(std::size_t bytes) {
  ++allocations;
  void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) std::abort();
  return memory;
}
}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace keepsake {
namespace {

struct Item {
  std::string id;
  std::int64_t quantity = 1;
  std::optional<bool> equipped;
};
struct Player {
  std::string name;
  std::vector<Item> items;
  double joined = 0;
};

constexpr std::size_t kItems = 20;

Player sample() {
  Player player{.name = "a name that no string holds within itself", .items = {}, .joined = 0.5};
  for (std::size_t i = 0; i < kItems; ++i) {
    player.items.push_back({.id = "sword", .quantity = 5, .equipped = i % 2 == 0});
  }
  return player;
}

template <class F>
std::size_t allocated_by(F&& f) {
  const std::size_t before = allocations;
  f();
  return allocations - before;
}

TEST(StructMemory, DecodingAllocatesTheListAndTheLongText) {
  const std::string json = encode_json(sample());
  const std::string cbor = encode_cbor(sample());
  EXPECT_EQ(allocated_by([&] { ASSERT_TRUE(decode_json<Player>(json).has_value()); }), 2U);
  EXPECT_EQ(allocated_by([&] { ASSERT_TRUE(decode_cbor<Player>(cbor).has_value()); }), 2U);
}

TEST(StructMemory, DecodingIntoAnObjectThatIsThereAllocatesNothing) {
  const std::string json = encode_json(sample());
  const std::string cbor = encode_cbor(sample());
  Bound<Player> player;
  ASSERT_TRUE(decode_json_into(json, player).has_value());
  EXPECT_EQ(allocated_by([&] { ASSERT_TRUE(decode_json_into(json, player).has_value()); }), 0U);
  EXPECT_EQ(allocated_by([&] { ASSERT_TRUE(decode_cbor_into(cbor, player).has_value()); }), 0U);
  EXPECT_TRUE(equal(player.value, sample()));
}

TEST(StructMemory, EncodingIntoABufferThatIsThereAllocatesNothing) {
  const Player player = sample();
  std::string out = encode_json(player);
  const auto again = [&](auto encode) {
    out.clear();
    return allocated_by([&] { encode(player, out); });
  };
  EXPECT_EQ(again([](const Player& p, std::string& to) { encode_json(p, to); }), 0U);
  EXPECT_EQ(again([](const Player& p, std::string& to) { encode_cbor(p, to); }), 0U);
  EXPECT_EQ(allocated_by([&] { EXPECT_FALSE(encode_json(player).empty()); }), 1U);
}

TEST(StructMemory, AnObjectThatIsThereLosesWhatItHeld) {
  Bound<Player> player;
  ASSERT_TRUE(decode_json_into(encode_json(sample()), player).has_value());
  ASSERT_TRUE(decode_json_into(
                  R"({"name":"n","items":[{"id":"bow","quantity":2}],"joined":1,"x":2})", player)
                  .has_value());
  EXPECT_EQ(encode_json(player.value, player.extras),
            R"({"name":"n","items":[{"id":"bow","quantity":2}],"joined":1,"x":2})");
  ASSERT_TRUE(decode_json_into(R"({"name":"","items":[],"joined":2})", player).has_value());
  EXPECT_EQ(encode_json(player.value, player.extras), R"({"name":"","items":[],"joined":2})");
}

}  // namespace
}  // namespace keepsake
