#include "sim/scenario.h"

#include "src/testing/seeded_random.h"

namespace sim {

namespace {

using keepsake::detail::SeededRandom;
using std::chrono::milliseconds;

/// How often each action is drawn, of 100.
constexpr std::array<int, kDoCount> kWeights{56, 4, 2, 3, 5, 3, 2, 5, 1, 2, 1, 2, 2, 4, 2, 2, 2, 2};

Do draw_action(SeededRandom& random, const Scenario& scenario) {
  auto left = static_cast<int>(random.next() % 100);
  for (int i = 0; i < kDoCount; ++i) {
    left -= kWeights[static_cast<std::size_t>(i)];
    if (left >= 0) continue;
    const Do what = static_cast<Do>(i);
    if (what == Do::power_failure && !scenario.power) return Do::play;
    if (what == Do::rob && !scenario.thief) return Do::play;
    if (what == Do::steal && !scenario.thief) return Do::play;
    if (what == Do::damage && !scenario.damage) return Do::play;
    if (what == Do::die_midway && scenario.damage) return Do::damage;  // and so more often
    if ((what == Do::back_up || what == Do::restore) && !scenario.restore) return Do::play;
    return what;
  }
  return Do::play;
}

std::string seconds(Duration time) {
  const auto ms = std::chrono::duration_cast<milliseconds>(time).count();
  std::string digits = std::to_string(ms % 1000);
  return std::to_string(ms / 1000) + "." + std::string(3 - digits.size(), '0') + digits + " s";
}

}  // namespace

std::string_view name(Do what) noexcept {
  constexpr std::array<std::string_view, kDoCount> kNames{
      "play",   "die_midway", "crash", "restart",   "freeze",      "cut_off",
      "outage", "flaky",      "deaf",  "shut_down", "shift_clock", "power_failure",
      "damage", "rob",        "stall", "steal",     "back_up",     "restore"};
  return kNames[static_cast<std::size_t>(what)];
}

Scenario make_scenario(std::uint64_t seed, std::size_t steps) {
  SeededRandom random(seed * 2 + 1);
  Scenario scenario{.seed = seed};
  switch (random.next() % 9) {
    case 0:
    case 5: scenario.journals = false; break;
    case 1: scenario.far = true; break;
    case 2: scenario.power = true; break;
    case 3: scenario.thief = true; break;
    case 4: scenario.damage = true; break;
    case 6:
      scenario.restore = true;
      scenario.by_hand = random.coin();
      break;
    default: break;
  }
  if (random.next() % 3 == 0) {
    const Build other = random.coin() ? Build::compatible : Build::newer;
    for (Build& build : scenario.builds) build = random.coin() ? Build::old : other;
  }
  scenario.brisk = random.next() % 4 != 0;
  for (std::size_t i = 0; i < steps; ++i) {
    Action action;
    const std::uint64_t longest = random.next() % 10 == 0 ? 4000 : 300;
    action.wait = milliseconds(static_cast<std::int64_t>(random.next() % longest));
    action.what = draw_action(random, scenario);
    action.server = static_cast<std::uint8_t>(random.next() % kServers);
    action.details = random.next();
    scenario.actions.push_back(action);
  }
  return scenario;
}

keepsake::Timing Scenario::timing() const {
  keepsake::Timing timing;
  if (!brisk) return timing;
  timing.lease = std::chrono::seconds(4);
  timing.renewal = std::chrono::seconds(1);
  timing.margin = milliseconds(400);
  return timing;
}

std::string text(const Scenario& scenario) {
  std::string lines = "seed " + std::to_string(scenario.seed) + ": three servers, on " +
                      (scenario.far ? "two machines" : "one machine") +
                      (scenario.journals ? "" : ", without journals") +
                      (scenario.brisk ? ", with leases of 4 s" : "") +
                      (scenario.by_hand ? ", with backups put in place by hand" : "");
  for (std::size_t i = 0; i < kServers; ++i) {
    if (scenario.builds[i] == Build::old) continue;
    lines += std::string(", ") + std::string(kServerIds[i]) + " of a " +
             (scenario.builds[i] == Build::newer ? "newer" : "newer, compatible") + " build";
  }
  lines += '\n';
  Duration time{};
  for (const Action& action : scenario.actions) {
    time += action.wait;
    const std::string when = seconds(time);
    lines += std::string(when.size() < 10 ? 10 - when.size() : 0, ' ') + when + "  " +
             std::string(kServerIds[action.server]) + "  " + std::string(name(action.what)) + '\n';
  }
  return lines;
}

}  // namespace sim
