// Errors of ownership: who holds a profile, and what becomes of those who don't.
#include "src/store/purse_test_game.h"
#include "tests/error_scenarios.h"

namespace keepsake::test {

namespace {

/// Two servers; the first has a purse and a guild. Calls take long enough for something to happen
/// in between.
struct Town {
  World world{{.request = {40ms, 40ms}, .reply = {40ms, 40ms}}};
  Game& a = play(world, "a");
  Game& b = play(world, "b");
  Profile<Purse> purse = load(world, a.purses, "p");
  Profile<Guild> guild = load(world, a.guilds, "g");

  /// A commit to a row in its owner's name, behind its owner's back.
  void commit_behind(const ProfileKey& key, After after) {
    const Envelope row = stored(world, key.key, key.store)->envelope;
    MemberCommit member;
    member.key = key;
    member.fence = fence_of(row, world.database().info()->generation);
    member.after = after;
    (void)world.database().commit({{.token = Id128::random(world.random()),
                                    .self = *row.owner,
                                    .now_ms = 1,
                                    .members = {member},
                                    .quarantine = {}}});
  }
  std::optional<Error> committed() { return error_of(commit(world, purse)); }
};

std::optional<Error> hidden_outcome() {
  Town town;
  (void)give(town.purse, 1);
  (void)commit(town.world, town.purse);
  (void)give(town.purse, 1);
  std::optional<Error> told;
  town.purse.commit([&](const Result<std::uint64_t>& done) { told = error_of(done); });
  town.world.fail_next(Call::commit, {.fault = Fault::request_lost});
  town.world.advance(60ms);
  town.commit_behind({"Purses", "p"}, After::remove);
  (void)town.world.advance_until([&] { return told.has_value(); }, 10s);
  return told;
}

std::optional<Error> fallen_tie() {
  Town town;
  (void)give(town.purse, 1);
  (void)commit(town.world, town.purse);
  (void)town.guild.edit([](Guild& guild) { guild.vault = 1; });
  (void)commit(town.world, town.guild);
  town.commit_behind({"Guilds", "g"}, After::hand_over);
  (void)donate(town.a.store, town.purse, town.guild, 40);
  return town.committed();
}

/// A dead server's journal is replayed while its last commits still land, one before each try.
std::optional<Error> row_that_moves_on() {
  Town town;
  (void)give(town.purse, 1);
  (void)commit(town.world, town.purse);
  (void)give(town.purse, 1);
  town.world.server("a").crash();
  town.world.on_call([&](const World::Server&, const CallInfo& call) -> Injection {
    const bool replays = call.groups != nullptr && !call.groups->empty() &&
                         call.groups->front().members.front().recovering != 0;
    if (replays) town.commit_behind({"Purses", "p"}, After::keep);
    return {};
  });
  town.world.advance(30s);
  for (const QuarantineEntry& entry : quarantine(town.world)) {
    if (entry.code == name(ErrorCode::fence_refused)) {
      return Error(ErrorCode::fence_refused, entry.message);
    }
  }
  return std::nullopt;
}

std::optional<Error> older_ask() {
  Town town;
  Game& c = play(town.world, "c");
  town.world.advance(1s);
  town.world.server("a").freeze();
  std::optional<Error> told;
  town.b.purses.load("p", [&](const Result<Profile<Purse>>& loaded) { told = error_of(loaded); });
  town.world.advance(300ms);
  c.purses.load("p", [](const Result<Profile<Purse>>&) {});
  town.world.advance(1s);
  return told;
}

std::optional<Error> renewal_of_a_closed_lease() {
  Town town;
  Backend& database = town.world.database();
  const std::vector<Lease> leases = database.leases().value();
  for (const Lease& lease : leases) {
    if (lease.owner.server.text != "b") continue;
    (void)database.close_lease({.self = town.a.store.self(),
                                .target = lease.owner,
                                .renewal = lease.renewal,
                                .recovered = true});
    return error_of(database.renew({.self = lease.owner, .renewal = lease.renewal + 1}));
  }
  return std::nullopt;
}

}  // namespace

std::vector<ErrorScenario> session_errors() {
  using enum ErrorCode;
  return {
      {not_owner,
       [] {
         Town town;
         (void)end(town.world, town.purse);
         return error_of(give(town.purse, 1));
       }},
      {session_ending,
       [] {
         Town town;
         town.purse.end();
         return error_of(give(town.purse, 1));
       }},
      {session_lost,
       [] {
         Town town;
         (void)give(town.purse, 1);
         town.commit_behind({"Purses", "p"}, After::hand_over);
         return town.committed();
       }},
      {superseded, older_ask},
      {contended,
       [] {
         Town town;
         for (Game* next : {&town.b, &town.a, &town.b}) (void)load(town.world, next->purses, "p");
         return error_of(try_load(town.world, town.a.purses, "p", {.deadline = 2s}));
       }},
      {held,
       [] {
         Town town;
         return error_of(wait_for<std::uint64_t>(town.world, [&](auto done) {
           town.b.purses.update("p", [](Purse& data) { data.gold += 1; }, std::move(done));
         }));
       }},
      {lease_closed, renewal_of_a_closed_lease},
      {server_id_in_use,
       [] {
         Town town;
         OpenLease request{.server = {"a"}, .journal = {}, .now_ms = 1};
         request.journal.ring = "another";
         return error_of(town.world.database().open_lease(request));
       }},
      {tie_lost, fallen_tie},
      {not_now,
       [] {
         Town town;
         (void)donate(town.a.store, town.purse, town.guild, 1);
         town.world.outage(10s);
         town.world.advance(3s);
         return error_of(donate(town.a.store, town.purse, town.guild, 1));
       }},
      {fence_refused, row_that_moves_on},
      {unknown_outcome, hidden_outcome},
  };
}

}  // namespace keepsake::test
