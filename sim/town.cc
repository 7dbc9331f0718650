#include "sim/town.h"

#include <array>
#include <cstdio>

#include "sim/rows.h"

namespace sim {

keepsake::WorldOptions local_times(const Ground& ground, std::uint64_t seed) {
  keepsake::WorldOptions options;
  options.database = ground.database;
  options.seed = seed;
  return options;
}

keepsake::WorldOptions peers_times(const Ground& ground, std::uint64_t seed) {
  keepsake::WorldOptions options = local_times(ground, seed);
  options.request = {50ms, 50ms};
  options.reply = {50ms, 50ms};
  options.notification = {100ms, 100ms};
  return options;
}

House& Town::open(std::string_view id, std::string_view machine, Build build) {
  House& house = *houses_.emplace_back(std::make_unique<House>());
  builds_.push_back(build);
  house.server = &world.start(id, keepsake::small_store(), machine);
  furnish(house);
  return house;
}

void Town::reopen(House& house) {
  house.server->restart();
  furnish(house);
}

void Town::furnish(House& house) {
  GameEvents events;
  events.ended = [&house](const keepsake::ProfileKey& key, keepsake::EndReason why) {
    house.told.push_back(key.key + " ended " + std::string(keepsake::name(why)));
  };
  events.error = [&house](const keepsake::ProfileKey& key, const Error& error) {
    house.told.push_back(key.key + " error " + std::string(keepsake::name(error.code())));
  };
  Build build = Build::old;
  for (std::size_t i = 0; i < houses_.size(); ++i) {
    if (houses_[i].get() == &house) build = builds_[i];
  }
  house.game = house.server->make<HostedGame>(build, events).game.get();
  world.advance_until([&] { return house.game->store().state() == keepsake::StoreState::ready; });
}

Result<void> Town::wait(const std::function<void(Game::Done)>& ask, Duration at_most) {
  const auto answer = std::make_shared<std::optional<Result<void>>>();
  ask([answer](const Result<void>& result) { *answer = result; });
  world.advance_until([&] { return answer->has_value(); }, at_most);
  if (!answer->has_value()) return Error(ErrorCode::timed_out, "no answer at all");
  return **answer;
}

bool Town::load(House& house, const std::string& key, Duration deadline) {
  const Result<void> loaded = wait(
      [&](Game::Done done) { house.game->load(key, deadline, std::move(done)); }, deadline + 5s);
  if (!loaded) failure = loaded.error();
  return loaded.has_value();
}

Duration Town::time_to_load(House& house, const std::string& key, Duration deadline) {
  const keepsake::MonotonicTime asked = world.clock().now();
  return load(house, key, deadline) ? world.clock().now() - asked : Duration::max();
}

void Town::put(std::string_view key, std::string_view payload, std::string_view version,
               std::string_view store) {
  (void)world.database().create(new_row(store, key, version, payload));
}

Stored Town::stored(std::string_view key, std::string_view store) {
  const auto rows = world.database().read({{std::string(store), std::string(key)}});
  if (!rows || !rows->front()) return {.valid = false, .why = "no row"};
  const keepsake::Record& record = *rows->front();
  return read_payload(store, record.envelope.schema.version, record.envelope.format,
                      record.payload);
}

std::string text(Duration time) {
  if (time == Duration::max()) return "never";
  const double ms = static_cast<double>(time.count()) / 1e6;
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), ms < 1000 ? "%.0f ms" : "%.1f s",
                ms < 1000 ? ms : ms / 1000);
  return out.data();
}

}  // namespace sim
