// Named scenarios of what a crash loses, and of bad days.
#include <limits>

#include "keepsake/store/profiles.h"
#include "sim/town.h"

namespace sim {

struct Meter {
  double level = 0;
};

namespace {

struct Loss {
  int edits = 0;  ///< that had returned, one a tick
  int most_lost = 0;
};

constexpr int kEditsEachMs = 20;

/// Plays with an edit each 20 ms, crashes at a moment of the run's own, and lets another go on.
Loss crash_runs(const Ground& ground, bool with_machine, int flaky_percent) {
  Loss loss;
  for (int run = 1; run <= ground.runs; ++run) {
    Town town(peers_times(ground, static_cast<std::uint64_t>(run)));
    town.put("p", kPurse);
    House& first = town.open("a");
    House& second = with_machine ? first : town.open("b");
    if (!town.load(first, "p")) return {.edits = 0, .most_lost = -1};
    if (flaky_percent > 0) {
      town.world.on_call([&town, flaky_percent](const World::Server&, const keepsake::CallInfo&) {
        const bool fails =
            town.world.random().next() % 100 < static_cast<std::uint64_t>(flaky_percent);
        return keepsake::Injection{.fault = fails ? keepsake::Fault::unavailable
                                                  : keepsake::Fault::none};
      });
    }
    int returned = 0;
    for (int i = 0; i < 200 + 7 * run; ++i) {
      if (first.game->mark("p", "e" + std::to_string(i), How::push_back)) ++returned;
      town.world.advance(std::chrono::milliseconds(kEditsEachMs));
    }
    if (with_machine) {
      town.world.crash_machine();
      town.reopen(first);
    } else {
      first.server->crash();
    }
    if (!town.load(second, "p")) return {.edits = returned, .most_lost = -1};
    const auto kept = static_cast<int>(second.game->marks("p").size());
    loss.edits += returned;
    loss.most_lost = std::max(loss.most_lost, returned - kept);
  }
  return loss;
}

}  // namespace

Figure lost_on_a_crash(const Ground& ground) {
  const Loss loss = crash_runs(ground, false, 0);
  return {.text = std::to_string(loss.most_lost) + " of " + std::to_string(loss.edits) +
                  " edits in " + std::to_string(ground.runs) + " crashes",
          .kept = loss.most_lost == 0 && loss.edits > 0};
}

Figure lost_with_flaky_storage(const Ground& ground) {
  const Loss loss = crash_runs(ground, false, 5);
  return {.text = std::to_string(loss.most_lost) + " of " + std::to_string(loss.edits) +
                  " edits in " + std::to_string(ground.runs) + " crashes",
          .kept = loss.most_lost == 0 && loss.edits > 0};
}

/// The journal is synced each 100 ms.
Figure lost_with_a_machine(const Ground& ground) {
  const Loss loss = crash_runs(ground, true, 0);
  return {.text = "at most " + std::to_string(loss.most_lost * kEditsEachMs) + " ms of play in " +
                  std::to_string(ground.runs) + " crashes",
          .kept = loss.most_lost >= 0 && loss.most_lost * kEditsEachMs <= 200 && loss.edits > 0};
}

Figure crash_in_a_trade(const Ground& ground) {
  int split = 0;
  int whole = 0;
  for (int run = 1; run <= ground.runs; ++run) {
    Town town(peers_times(ground, static_cast<std::uint64_t>(run)));
    town.put("p", kPurse);
    town.put("q", kPurse);
    House& first = town.open("a");
    House& second = town.open("b");
    (void)(town.load(first, "p") && town.load(first, "q"));
    const bool traded = first.game->trade("p", "q", "t1", 40).has_value();
    town.world.advance(std::chrono::milliseconds(run * 3));
    first.server->crash();
    (void)(town.load(second, "p") && town.load(second, "q"));
    const bool one = second.game->gold("p") == 60 && second.game->marks("p").size() == 1;
    const bool other = second.game->gold("q") == 140 && second.game->marks("q").size() == 1;
    if (one != other) ++split;
    if (traded && one && other) ++whole;
  }
  return {.text = "one copy in " + std::to_string(whole) + " of " + std::to_string(ground.runs),
          .kept = split == 0 && whole == ground.runs};
}

Figure purchase_with_a_lost_reply(const Ground& ground) {
  Town town(peers_times(ground));
  town.put("p", kPurse);
  House& house = town.open("a");
  (void)town.load(house, "p");
  town.world.fail_next(keepsake::Call::commit, {.fault = keepsake::Fault::reply_lost});
  bool good = true;
  for (int i = 0; i < 2; ++i) {
    good = good && town.wait([&](Game::Done done) {
                         house.game->once("p", "receipt", "r1", std::move(done));
                       })
                       .has_value();
  }
  return {.text = "applied once", .kept = good && town.stored("p").things.size() == 1};
}

Figure not_a_number(const Ground& ground) {
  World world(peers_times(ground));
  keepsake::Store& store = world.server("a").store();
  using Meters = keepsake::Profiles<Meter>;
  auto catalog = keepsake::CatalogBuilder<Meter>("Meters").current("1").lock().value();
  struct Playing {
    Playing(keepsake::Store& of, keepsake::Catalog<Meter> catalog)
        : meters(of, std::move(catalog)) {}
    Meters meters;
  };
  Meters& meters = world.server("a").make<Playing>(std::move(catalog)).meters;
  meters.load("m", [](const Result<keepsake::Profile<Meter>>&) {});
  world.advance_until([&] { return static_cast<bool>(meters.find("m")); });
  const Result<void> edited = meters.find("m").edit(
      [](Meter& meter) { meter.level = std::numeric_limits<double>::quiet_NaN(); });
  const keepsake::MonotonicTime began = world.clock().now();
  store.begin_shutdown();
  world.advance_until([&] { return store.shutdown_report().finished; });
  const Duration took = world.clock().now() - began;
  const bool refused = !edited && edited.error().path() == "/level";
  return {.text = "the edit is refused at once, with its path; shutdown ends in " + text(took),
          .kept = refused && store.shutdown_report().finished && took <= 8s};
}

Figure removed_while_open(const Ground& ground) {
  Town town(peers_times(ground));
  town.put("p", kPurse);
  House& first = town.open("a");
  House& second = town.open("b");
  (void)town.load(first, "p");
  const keepsake::MonotonicTime began = town.world.clock().now();
  const Result<void> removed =
      town.wait([&](Game::Done done) { second.game->remove("p", std::move(done)); });
  const Duration took = town.world.clock().now() - began;
  first.game->store().begin_shutdown();
  town.world.advance_until([&] { return first.game->store().shutdown_report().finished; });
  return {
      .text = "removed in " + text(took) + "; its owner is told, and its shutdown ends",
      .kept = removed && !first.game->has("p") && first.game->store().shutdown_report().finished};
}

Figure load_in_an_outage(const Ground& ground) {
  Town town(peers_times(ground));
  House& house = town.open("a");
  town.world.outage(3000s);
  const keepsake::MonotonicTime began = town.world.clock().now();
  const bool loaded = town.load(house, "p", 20s);
  return {.text = "`timed_out` after " + text(town.world.clock().now() - began) +
                  ", the load's deadline",
          .kept = !loaded && town.world.clock().now() - began <= 21500ms};
}

Figure load_cancelled_in_an_outage(const Ground& ground) {
  World world(peers_times(ground));
  struct Playing {
    explicit Playing(keepsake::Store& of) : purses(of, purse_catalog()) {}
    keepsake::Profiles<Purse> purses;
  };
  auto& purses = world.server("a").make<Playing>().purses;
  world.advance(1s);
  world.outage(3000s);
  std::optional<ErrorCode> answer;
  const keepsake::LoadTicket ticket =
      purses.load("p", [&](const Result<keepsake::Profile<Purse>>& loaded) {
        if (!loaded) answer = loaded.error().code();
      });
  world.advance(5s);
  const keepsake::MonotonicTime asked = world.clock().now();
  purses.cancel(ticket);
  world.advance_until([&] { return answer.has_value(); });
  const Duration took = world.clock().now() - asked;
  return {.text = "`cancelled` after " + text(took),
          .kept = answer == ErrorCode::cancelled && took <= 100ms};
}

Figure corrupt_record(const Ground& ground) {
  Town town(peers_times(ground));
  constexpr std::string_view kCorrupt = R"({"version":"2","gold":"lots","things":[]})";
  town.put("p", kCorrupt);
  House& house = town.open("a");
  const bool loaded = town.load(house, "p");
  town.world.advance(1s);  // the copy is stored, and the profile released, in one commit
  const auto row = town.world.database().read({{std::string(kPurses), "p"}})->front();
  const auto aside = town.world.database().quarantine("", 10);
  const bool kept = row && row->payload == kCorrupt && !row->envelope.owner && aside &&
                    aside->size() == 1 && aside->front().path == "/gold";
  return {.text =
              "the load fails with path and incident id; the row is untouched and free, a copy "
              "is in quarantine",
          .kept = !loaded && kept && !town.failure.incident().empty()};
}

}  // namespace sim
