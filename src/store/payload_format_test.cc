// Stores that write profiles as JSON, as CBOR and compressed, each reading what any has written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "keepsake/compress/compressor.h"
#include "src/store/purse_test_game.h"

namespace keepsake::test {

struct Seal {
  std::vector<std::byte> wax;
};
inline Catalog<Seal> seals() { return CatalogBuilder<Seal>("Seals").current("1").lock().value(); }

namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr PayloadFormat kFormats[] = {PayloadFormat::json, PayloadFormat::cbor,
                                      PayloadFormat::compressed};

StoreOptions writing(PayloadFormat format) {
  StoreOptions options = small_store();
  options.payload = format;
  return options;
}

/// Enough of one kind to be worth compressing.
Result<void> fill(Profile<Purse> purse) {
  return purse.edit([](Purse& p) { p.things.assign(60, "a thing like many others"); });
}

class PayloadFormatTest : public testing::Test {
 protected:
  Game& play(std::string_view server, PayloadFormat format) {
    return world_.start(server, writing(format)).make<Game>();
  }
  PayloadFormat format_of(std::string_view key) { return stored(world_, key)->envelope.format; }

  World world_;
};

class EveryPayloadFormat : public PayloadFormatTest,
                           public testing::WithParamInterface<PayloadFormat> {};
/// What one server wrote, and what the next one writes.
class EveryPairOfPayloadFormats
    : public PayloadFormatTest,
      public testing::WithParamInterface<std::tuple<PayloadFormat, PayloadFormat>> {
 protected:
  const PayloadFormat first_ = std::get<0>(GetParam());
  const PayloadFormat second_ = std::get<1>(GetParam());
};

INSTANTIATE_TEST_SUITE_P(All, EveryPayloadFormat, testing::ValuesIn(kFormats),
                         [](const auto& one) { return std::string(name(one.param)); });
INSTANTIATE_TEST_SUITE_P(All, EveryPairOfPayloadFormats,
                         testing::Combine(testing::ValuesIn(kFormats), testing::ValuesIn(kFormats)),
                         [](const auto& one) {
                           return std::string(name(std::get<0>(one.param))) + "_then_" +
                                  std::string(name(std::get<1>(one.param)));
                         });

TEST_P(EveryPayloadFormat, ARowHasWhatItsStoreWrites) {
  Game& game = play("a", GetParam());
  Profile<Purse> p = load(world_, game.purses, "p");
  ASSERT_TRUE(fill(p));
  ASSERT_TRUE(commit(world_, p));
  EXPECT_EQ(format_of("p"), GetParam());
  EXPECT_EQ(is_compressed(stored(world_, "p")->payload), GetParam() == PayloadFormat::compressed);
  EXPECT_EQ(stored_gold(world_, "p"), 100);
}

TEST_P(EveryPayloadFormat, SnapshotsHaveTheFormatOfTheirRow) {
  Game& game = play("a", GetParam());
  Profile<Purse> p = load(world_, game.purses, "p");
  ASSERT_TRUE(fill(p));
  ASSERT_TRUE(end(world_, p));
  const auto kept = world_.database().history({"Purses", "p"}).value();
  ASSERT_THAT(kept, SizeIs(1));
  const auto snapshot = world_.database().snapshot({"Purses", "p"}, kept[0].revision).value();
  EXPECT_EQ(snapshot.format, GetParam());
  EXPECT_EQ(snapshot.payload, stored(world_, "p")->payload);
}

TEST_P(EveryPayloadFormat, AnUpdateWithoutASessionWritesIt) {
  put(world_, "p", R"({"version":"2","gold":100,"things":[]})");
  Game& game = play("a", GetParam());
  game.purses.update("p", [](Purse& p) { p.things.assign(60, "a thing like many others"); });
  world_.advance(1s);
  EXPECT_EQ(format_of("p"), GetParam());
  EXPECT_EQ(stored_gold(world_, "p"), 100);
}

TEST_P(EveryPayloadFormat, ATransactionIsThereAsAWholeAfterACrash) {
  Game& game = play("a", GetParam());
  Profile<Purse> p = load(world_, game.purses, "p");
  Profile<Guild> g = load(world_, game.guilds, "g");
  ASSERT_TRUE(fill(p));
  ASSERT_TRUE(commit(world_, p));
  ASSERT_TRUE(commit(world_, g));
  bool lost = true;
  world_.on_call([&](const World::Server&, const CallInfo& call) -> Injection {
    return {.fault = lost && call.call == Call::commit ? Fault::request_lost : Fault::none};
  });
  ASSERT_TRUE(donate(game.store, p, g, 30));
  world_.server("a").crash();
  lost = false;
  Game& next = play("b", GetParam());
  EXPECT_EQ(load(world_, next.purses, "p")->gold, 70);
  EXPECT_EQ(load(world_, next.guilds, "g")->vault, 30);
}

TEST_P(EveryPairOfPayloadFormats, OneServerHandsAProfileOnToAnother) {
  Game& a = play("a", first_);
  Profile<Purse> p = load(world_, a.purses, "p");
  ASSERT_TRUE(fill(p));
  Game& b = play("b", second_);
  Profile<Purse> next = load(world_, b.purses, "p");
  EXPECT_EQ(format_of("p"), first_) << "a load alone writes no data";
  EXPECT_THAT(next->things, SizeIs(60));
  ASSERT_TRUE(give(next, 1));
  ASSERT_TRUE(commit(world_, next));
  EXPECT_EQ(format_of("p"), second_);
  EXPECT_EQ(stored_gold(world_, "p"), 101);
}

TEST_P(EveryPairOfPayloadFormats, AViewReadsWhatIsThere) {
  Game& a = play("a", first_);
  Profile<Purse> p = load(world_, a.purses, "p");
  ASSERT_TRUE(fill(p));
  ASSERT_TRUE(commit(world_, p));
  Game& b = play("b", second_);
  std::size_t things = 0;
  b.purses.view_many({"p"}, [&](auto views) { things = views[0].value().data.things.size(); });
  world_.advance(1s);
  EXPECT_EQ(things, 60U);
}

TEST_P(EveryPairOfPayloadFormats, DataOfAnOldVersionIsMigrated) {
  const Value old = Value::object({{"version", "1"}, {"gold", 7}});
  const bool text = first_ == PayloadFormat::json;
  put(world_, "p", write_data(old, text ? DataForm::json : DataForm::cbor), "1", 1,
      text ? PayloadFormat::json : PayloadFormat::cbor);
  Game& game = play("a", second_);
  Profile<Purse> p = load(world_, game.purses, "p");
  EXPECT_EQ(p->gold, 7);
  ASSERT_TRUE(fill(p));
  ASSERT_TRUE(commit(world_, p));
  EXPECT_EQ(format_of("p"), second_);
  EXPECT_EQ(stored_gold(world_, "p"), 7);
}

TEST_P(EveryPairOfPayloadFormats, EditsAreThereAfterACrashThoughTheRowIsOfAnotherFormat) {
  Game& before = play("before", first_);
  Profile<Purse> p = load(world_, before.purses, "p");
  ASSERT_TRUE(fill(p));
  ASSERT_TRUE(end(world_, p));
  Game& a = play("a", second_);
  p = load(world_, a.purses, "p");
  ASSERT_TRUE(p.edit<&Purse::gold>([](std::int64_t& gold) { gold += 5; }));   // an image
  ASSERT_TRUE(p.edit<&Purse::gold>([](std::int64_t& gold) { gold += 20; }));  // a patch onto it
  ASSERT_TRUE(p.edit<&Purse::things>([](auto& things) { things.emplace_back("last"); }));
  world_.server("a").crash();
  Game& b = play("b", first_);
  Profile<Purse> next = load(world_, b.purses, "p");
  EXPECT_EQ(next->gold, 125);
  ASSERT_THAT(next->things, SizeIs(61));
  EXPECT_EQ(next->things.back(), "last");
  EXPECT_THAT(quarantine(world_), IsEmpty());
}

/// Of a session's records only those that no save covers are left: a patch then goes onto the row.
TEST_P(EveryPairOfPayloadFormats, APatchOntoTheRowItselfIsThereAfterACrash) {
  Game& a = play("a", first_);
  Profile<Purse> p = load(world_, a.purses, "p");
  ASSERT_TRUE(fill(p));
  ASSERT_TRUE(commit(world_, p));
  EXPECT_EQ(format_of("p"), first_);
  ASSERT_TRUE(p.edit<&Purse::gold>([](std::int64_t& gold) { gold += 20; }));
  world_.server("a").crash();
  Game& b = play("b", second_);
  EXPECT_EQ(load(world_, b.purses, "p")->gold, 120);
  EXPECT_THAT(quarantine(world_), IsEmpty());
}

TEST_P(EveryPayloadFormat, WhatALostSessionHadUnsavedIsKeptInQuarantine) {
  Game& a = play("a", GetParam());
  Profile<Purse> p = load(world_, a.purses, "p");
  ASSERT_TRUE(fill(p));
  ASSERT_TRUE(commit(world_, p));
  bool cut = true;
  world_.on_call([&](const World::Server& from, const CallInfo&) -> Injection {
    return {.fault = cut && from.id() == "a" ? Fault::request_lost : Fault::none};
  });
  ASSERT_TRUE(give(p, 1));
  Game& b = world_.start("b", writing(GetParam()), "far").make<Game>();
  Profile<Purse> next = load(world_, b.purses, "p");
  EXPECT_EQ(next->gold, 100);
  ASSERT_TRUE(give(next, 1));
  ASSERT_TRUE(commit(world_, next));
  cut = false;
  world_.advance(30s);
  const auto entries = quarantine(world_);
  ASSERT_THAT(entries, SizeIs(1));
  const DataForm form = GetParam() == PayloadFormat::json ? DataForm::json : DataForm::cbor;
  const Result<Value> kept = read_data({entries[0].payload, form});
  ASSERT_TRUE(kept) << kept.error().text();
  EXPECT_EQ(kept->find("gold")->as_integer(), 101);
}

/// A patch is JSON, in which bytes are base64; onto CBOR they are bytes again once they are read.
TEST_P(EveryPairOfPayloadFormats, BytesThatAPatchSetAreThereAfterACrash) {
  World::Server& a = world_.start("a", writing(first_));
  auto& seals = a.make<Profiles<Seal>>(test::seals(), ProfilesHooks<Seal>{});
  Profile<Seal> seal = load(world_, seals, "s");
  ASSERT_TRUE(commit(world_, seal));
  ASSERT_TRUE(seal.edit<&Seal::wax>([](auto& wax) { wax = {std::byte{0}, std::byte{0xFF}}; }));
  a.crash();
  World::Server& b = world_.start("b", writing(second_));
  auto& others = b.make<Profiles<Seal>>(test::seals(), ProfilesHooks<Seal>{});
  EXPECT_EQ(load(world_, others, "s")->wax, (std::vector{std::byte{0}, std::byte{0xFF}}));
  EXPECT_THAT(quarantine(world_), IsEmpty());
}

/// Purses are written as one, guilds as the other.
class TwoStoresOfOneServer : public EveryPairOfPayloadFormats {
 protected:
  Game& play_both(std::string_view server) {
    StoreOptions options = writing(second_);
    options.payloads = {{"Purses", first_}, {"Elsewhere", PayloadFormat::json}};
    return world_.start(server, options).make<Game>();
  }
  void expect_rows() {
    EXPECT_EQ(format_of("p"), first_);
    // A guild is too small for a frame.
    const bool small = second_ == PayloadFormat::compressed;
    EXPECT_EQ(stored(world_, "g", "Guilds")->envelope.format,
              small ? PayloadFormat::cbor : second_);
  }
};

INSTANTIATE_TEST_SUITE_P(All, TwoStoresOfOneServer,
                         testing::Combine(testing::ValuesIn(kFormats), testing::ValuesIn(kFormats)),
                         [](const auto& one) {
                           return std::string(name(std::get<0>(one.param))) + "_and_" +
                                  std::string(name(std::get<1>(one.param)));
                         });

TEST_P(TwoStoresOfOneServer, EachWritesItsOwnFormatAlsoInOneTransaction) {
  Game& game = play_both("a");
  Profile<Purse> p = load(world_, game.purses, "p");
  Profile<Guild> g = load(world_, game.guilds, "g");
  ASSERT_TRUE(fill(p));
  ASSERT_TRUE(donate(game.store, p, g, 30));
  ASSERT_TRUE(commit(world_, p));
  expect_rows();
}

TEST_P(TwoStoresOfOneServer, AreWholeAfterACrash) {
  Game& game = play_both("a");
  Profile<Purse> p = load(world_, game.purses, "p");
  Profile<Guild> g = load(world_, game.guilds, "g");
  ASSERT_TRUE(fill(p));
  ASSERT_TRUE(commit(world_, p));
  ASSERT_TRUE(commit(world_, g));
  ASSERT_TRUE(donate(game.store, p, g, 30));  // in the journal alone
  world_.server("a").crash();
  Game& next = play_both("b");
  Profile<Purse> same = load(world_, next.purses, "p");
  EXPECT_EQ(same->gold, 70);
  EXPECT_THAT(same->things, SizeIs(60));
  Profile<Guild> guild = load(world_, next.guilds, "g");
  EXPECT_EQ(guild->vault, 30);
  EXPECT_THAT(quarantine(world_), IsEmpty());
  ASSERT_TRUE(donate(next.store, same, guild, 1));
  ASSERT_TRUE(commit(world_, same));
  expect_rows();
}

class DamagedPayload : public PayloadFormatTest {
 protected:
  /// A row whose payload of that format has one bit turned.
  std::string damaged(PayloadFormat format) {
    Game& a = play("a", format);
    Profile<Purse> p = load(world_, a.purses, "p");
    EXPECT_TRUE(fill(p));
    EXPECT_TRUE(end(world_, p));
    Record record = *stored(world_, "p");
    std::string& payload = record.payload;
    payload[payload.size() / 2] = static_cast<char>(payload[payload.size() / 2] ^ 0x40);
    record.key.key = "damaged";
    EXPECT_TRUE(world_.database().create({.record = record, .inbox = {}}));
    return payload;
  }
};

TEST_F(DamagedPayload, ACompressedOneIsKeptInQuarantineUntouchedAndTheCallerIsToldWhy) {
  const std::string payload = damaged(PayloadFormat::compressed);
  Game& b = play("b", PayloadFormat::json);
  const Error refused = try_load(world_, b.purses, "damaged").error();
  EXPECT_EQ(refused.code(), ErrorCode::malformed);
  EXPECT_THAT(refused.cause(), ::testing::StartsWith("a compressed record: "));
  EXPECT_EQ(refused.key(), "damaged");
  world_.advance(1s);
  const auto entries = quarantine(world_);
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(entries[0].payload, payload);
  EXPECT_EQ(stored(world_, "damaged")->payload, payload) << "nothing is written over it";
}

TEST_F(DamagedPayload, ARowOfAFormatThatIsNotKnownIsLeftAlone) {
  put(world_, "p", "?", "2", 2, static_cast<PayloadFormat>(9));
  Game& a = play("a", PayloadFormat::cbor);
  EXPECT_EQ(try_load(world_, a.purses, "p").error().code(), ErrorCode::needs_newer_server);
  EXPECT_THAT(quarantine(world_), IsEmpty());
  EXPECT_EQ(stored(world_, "p")->payload, "?");
}

}  // namespace
}  // namespace keepsake::test
