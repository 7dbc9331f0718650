// A small game on a World, for the store's tests: purses (two versions) and guilds, and helpers
// that let time pass until something has happened.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keepsake/store/profiles.h"
#include "keepsake/testing/world.h"
#include "src/store/payload.h"

namespace keepsake::test {

using namespace std::chrono_literals;

struct Purse {
  std::int64_t gold = 0;
  std::vector<std::string> things;
};

struct Guild {
  std::int64_t vault = 0;
};

/// What a later build makes of a purse.
struct Wallet {
  std::int64_t gold = 0;
  std::vector<std::string> things;
  std::string title;
};

}  // namespace keepsake::test

template <>
struct keepsake::Describe<keepsake::test::Purse> {
  static constexpr auto rules = std::tuple{rule<&keepsake::test::Purse::gold>(at_least(0))};
};

namespace keepsake::test {

inline Schema first_purse() { return schema::object({{"gold", schema::integer()}}); }

/// A new purse holds 100.
inline Catalog<Purse> purses() {
  return CatalogBuilder<Purse>("Purses")
      .version("1", first_purse())
      .current("2")
      .step("1", "2", {change::add("/things", Value::array({}))})
      .new_profile([](WallTime) { return Purse{.gold = 100, .things = {}}; })
      .lock()
      .value();
}

/// The store of `purses`, as a later build has it. `compatible`: builds with version 2 may go on.
inline Catalog<Wallet> wallets(bool compatible) {
  CatalogBuilder<Wallet> builder("Purses");
  builder.version("1", first_purse()).version("2", schema_of<Purse>()).current("3");
  if (compatible) builder.compatible_with("2");
  return builder.step("1", "2", {change::add("/things", Value::array({}))})
      .step("2", "3", {change::add("/title", "new")})
      .lock()
      .value();
}

inline Catalog<Guild> guilds() {
  return CatalogBuilder<Guild>("Guilds").current("1").lock().value();
}

/// One server's game, which writes down what it is told: "p ended lost", "p error tie_lost".
template <class P>
struct GameOf {
  GameOf(Store& of, Catalog<P> catalog)
      : store(of),
        purses(of, std::move(catalog), hooks_of<P>()),
        guilds(of, test::guilds(), hooks_of<Guild>()) {}

  template <class T>
  ProfilesHooks<T> hooks_of() {
    ProfilesHooks<T> hooks;
    if constexpr (std::is_same_v<T, P>) {
      hooks.on_save = [this](Profile<T> p, T& data) {
        if (on_save) on_save(p, data);
      };
      hooks.on_last_save = [this](Profile<T> p, T& data, EndReason why) {
        if (on_last_save) on_last_save(p, data, why);
      };
    }
    hooks.on_end = [this](const ProfileKey& key, EndReason why) {
      told.push_back(key.key + " ended " + std::string(name(why)));
      if (on_end) on_end(key);
    };
    hooks.on_error = [this](const ProfileKey& key, const Error& error) {
      told.push_back(key.key + " error " + std::string(name(error.code())));
    };
    return hooks;
  }

  Store& store;
  std::vector<std::string> told;
  std::function<void(Profile<P>, P&)> on_save;
  std::function<void(Profile<P>, P&, EndReason)> on_last_save;
  std::function<void(const ProfileKey&)> on_end;
  Profiles<P> purses;
  Profiles<Guild> guilds;
};

struct Game : GameOf<Purse> {
  explicit Game(Store& of) : GameOf(of, test::purses()) {}
};

inline Game& play(World& world, std::string_view server) {
  return world.server(server).make<Game>();
}
inline Game& play_on(World& world, std::string_view server, std::string_view machine) {
  return world.start(server, small_store(), machine).make<Game>();
}

/// Waits for the answer that `ask` is given a callback for.
template <class T, class F>
Result<T> wait_for(World& world, F ask, Duration at_most = 60s) {
  const auto answer = std::make_shared<std::optional<Result<T>>>();
  ask([answer](Result<T> result) {
    EXPECT_FALSE(answer->has_value()) << "a second answer";
    *answer = std::move(result);
  });
  EXPECT_TRUE(world.advance_until([&] { return answer->has_value(); }, at_most)) << "no answer";
  if (!answer->has_value()) return Error(ErrorCode::timed_out, "the test waited in vain");
  return std::move(**answer);
}

template <class T>
Result<Profile<T>> try_load(World& world, Profiles<T>& of, std::string_view key,
                            LoadOptions options = {}) {
  return wait_for<Profile<T>>(
      world, [&](auto done) { of.load(key, std::move(done), std::move(options)); });
}
template <class T>
Profile<T> load(World& world, Profiles<T>& of, std::string_view key) {
  Result<Profile<T>> loaded = try_load(world, of, key);
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().text());
  return loaded ? *loaded : Profile<T>();
}

template <class P>
Result<void> give(Profile<P> profile, std::int64_t gold) {
  return profile.edit([&](auto& purse) { purse.gold += gold; });
}
template <class T>
Result<std::uint64_t> commit(World& world, Profile<T> profile, Duration at_most = 60s) {
  return wait_for<std::uint64_t>(
      world, [&](auto done) { profile.commit(std::move(done)); }, at_most);
}
template <class T>
Result<void> end(World& world, Profile<T> profile) {
  return wait_for<void>(world, [&](auto done) { profile.end(std::move(done)); });
}
/// `amount` from a purse into a guild's vault.
inline Result<void> donate(Store& store, Profile<Purse> purse, Profile<Guild> guild,
                           std::int64_t amount) {
  return store.transact(tie(purse, guild), [&](Purse& p, Guild& g) -> Result<void> {
    if (p.gold < amount) return keepsake::refuse("too_poor");
    p.gold -= amount;
    g.vault += amount;
    return {};
  });
}

inline std::optional<Record> stored(World& world, std::string_view key,
                                    std::string_view store = "Purses") {
  return world.database().read({{std::string(store), std::string(key)}}).value().front();
}
/// What a record or snapshot holds, whatever its format; `room` must outlive it.
inline EncodedData data_of(PayloadFormat format, const std::string& payload, std::string& room) {
  const Result<EncodedData> data = PayloadCodec().open(format, payload, room);
  EXPECT_TRUE(data) << (data ? "" : data.error().text());
  return data ? *data : EncodedData("");
}
inline EncodedData data_of(const Record& record, std::string& room) {
  return data_of(record.envelope.format, record.payload, room);
}
/// The number in a stored record; -1: there is none.
inline std::int64_t stored_gold(World& world, std::string_view key) {
  const auto record = stored(world, key);
  if (!record || !record->envelope.has_data) return -1;
  std::string room;
  auto bound = purses().decode(data_of(*record, room), record->envelope.schema.version);
  EXPECT_TRUE(bound) << (bound ? "" : bound.error().text());
  return bound ? static_cast<const Purse*>(bound->data.get())->gold : -1;
}
inline std::int64_t stored_vault(World& world, std::string_view key) {
  const auto record = stored(world, key, "Guilds");
  if (!record || !record->envelope.has_data) return -1;
  std::string room;
  auto bound = guilds().decode(data_of(*record, room), record->envelope.schema.version);
  return bound ? static_cast<const Guild*>(bound->data.get())->vault : -1;
}
/// Newest first, with their payloads.
inline std::vector<QuarantineEntry> quarantine(World& world) {
  std::vector<QuarantineEntry> entries = world.database().quarantine("", 1000).value();
  for (QuarantineEntry& entry : entries) entry = world.database().incident(entry.incident).value();
  return entries;
}

/// Puts data there as an earlier build, or a broken one, would have left it.
inline void put(World& world, std::string_view key, std::string payload,
                std::string_view version = "2", std::uint32_t ordinal = 2,
                PayloadFormat format = PayloadFormat::json) {
  Create request;
  request.record.key = {"Purses", std::string(key)};
  request.record.envelope.has_data = true;
  request.record.envelope.schema = {
      .version = std::string(version), .ordinal = ordinal, .last_compatible = ordinal};
  request.record.envelope.format = format;
  request.record.payload = std::move(payload);
  EXPECT_TRUE(world.database().create(request));
}

}  // namespace keepsake::test
