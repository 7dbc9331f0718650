// Errors of calls: what a game, a tool or a backend's own user asks for and can't have.
#include <stdexcept>

#include "keepsake/store/options.h"
#include "src/store/purse_test_game.h"
#include "tests/error_scenarios.h"

namespace keepsake::test {

namespace {

/// A game with a profile of its own.
struct Table {
  World world;
  Game& game = play(world, "a");
  Profile<Purse> purse = load(world, game.purses, "p");
};

std::optional<Error> bought(Table& table, OnceOptions options) {
  return error_of(wait_for<std::uint64_t>(table.world, [&](auto done) {
    table.purse.once(
        "paid:1", [](Purse& data) { data.gold += 1; }, std::move(done), std::move(options));
  }));
}

std::optional<Error> sent_under_anothers_id() {
  Table table;
  Profile<Purse> other = load(table.world, table.game.purses, "q");
  const auto send = [&](Profile<Purse> from) {
    return wait_for<std::uint64_t>(table.world, [&](auto done) {
      from.send(
          {"Purses", "r"}, {.id = "gift", .body = "{}"}, [](Purse& data) { data.gold -= 1; },
          std::move(done));
    });
  };
  (void)send(table.purse);
  return error_of(send(other));
}

}  // namespace

std::vector<ErrorScenario> call_errors() {
  using enum ErrorCode;
  return {
      {callback_threw,
       [] {
         Table table;
         return error_of(
             table.purse.edit([](Purse&) { throw std::runtime_error("the game's own"); }));
       }},
      {refused,
       [] {
         Table table;
         return error_of(
             table.purse.edit([](Purse&) -> Result<void> { return refuse("too_poor"); }));
       }},
      {invalid_argument,
       [] {
         Table table;
         return error_of(try_load(table.world, table.game.purses, ""));
       }},
      {invalid_options, [] { return error_of(valid_options({.server = "no spaces"})); }},
      {not_found,
       [] {
         World world;
         return error_of(world.database().incident(Id128::random(world.random())));
       }},
      {already_exists, sent_under_anothers_id},
      {cancelled,
       [] {
         World world;
         Game& game = play(world, "a");
         std::optional<Error> told;
         const LoadTicket ticket = game.purses.load(
             "p", [&](const Result<Profile<Purse>>& loaded) { told = error_of(loaded); });
         game.purses.cancel(ticket);
         world.advance(1s);
         return told;
       }},
      {timed_out,
       [] {
         Table table;
         (void)give(table.purse, 1);
         table.world.outage(1h);
         return error_of(commit(table.world, table.purse));
       }},
      {too_old,
       [] {
         Table table;
         return bought(table, {.purchased = table.world.clock().wall() - 401 * 24h});
       }},
      {shutting_down,
       [] {
         Table table;
         table.game.store.begin_shutdown(8s);
         return error_of(try_load(table.world, table.game.purses, "q"));
       }},
  };
}

}  // namespace keepsake::test
