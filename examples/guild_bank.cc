// Members of a guild pay into its bank: a change of two profiles of different types, which are
// stored together or not at all, whatever crashes. One Store, two collections, one pump.
//
//     guild_bank [FILE]                     without FILE: in memory
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "keepsake/open/open.h"
#include "keepsake/store/profiles.h"

using namespace std::chrono_literals;

namespace {

struct Member {
  std::int64_t coins = 100;
};
struct Deposit {
  std::string from;
  std::int64_t coins = 0;
};
struct Guild {
  std::int64_t balance = 0;
  std::vector<Deposit> deposits;
};

keepsake::Result<std::int64_t> pay_in(keepsake::Store& store, keepsake::Profile<Member> member,
                                      keepsake::Profile<Guild> guild, std::int64_t coins) {
  return store.transact(tie(member, guild),
                        [&](Member& from, Guild& to) -> keepsake::Result<std::int64_t> {
                          if (from.coins < coins) return keepsake::refuse("not_enough_coins");
                          from.coins -= coins;
                          to.deposits.push_back({.from = member.key().key, .coins = coins});
                          return to.balance += coins;
                        });
}

/// Pumps until `done` holds; ends the program after ten seconds.
template <class Done>
void pump_until(keepsake::Store& store, Done done) {
  for (int tick = 0; !done(); ++tick) {
    if (tick == 2000) std::exit(1);
    store.pump();
    std::this_thread::sleep_for(5ms);
  }
}

}  // namespace

int main(int count, char** words) {
  const auto backend = keepsake::open(count > 1 ? words[1] : "memory:");
  if (!backend) return std::cerr << backend.error().text() << "\n", 1;
  keepsake::Store store(**backend, {.server = "bank"});
  using keepsake::CatalogBuilder;
  keepsake::Profiles<Member> members(store,
                                     CatalogBuilder<Member>("Members").current("1").lock().value());
  keepsake::Profiles<Guild> guilds(store,
                                   CatalogBuilder<Guild>("Guilds").current("1").lock().value());

  keepsake::Profile<Member> ada;
  keepsake::Profile<Guild> guild;
  members.load("ada", [&](auto loaded) { ada = std::move(loaded).value(); });
  guilds.load("wanderers", [&](auto loaded) { guild = std::move(loaded).value(); });
  pump_until(store, [&] { return ada && guild; });

  for (const std::int64_t coins : {30, 40, 50}) {
    const auto balance = pay_in(store, ada, guild, coins);
    std::cout << "deposit of " << coins << ": "
              << (balance ? "balance " + std::to_string(*balance) : balance.error().message())
              << "\n";
  }
  bool durable = false;
  guild.commit([&](const auto& revision) { durable = revision.has_value(); });
  pump_until(store, [&] { return durable; });
  std::cout << "ada has " << ada->coins << ", the guild " << guild->balance << "\n";
  return store.shutdown(8s).finished ? 0 : 1;
}
