#include "examples/demo/crowd.h"

#include <algorithm>

#include "src/base/this_machine.h"

namespace demo {

using keepsake::Duration;
using keepsake::MonotonicTime;

namespace {
constexpr Duration kTurn = std::chrono::milliseconds(10);
}

MonotonicTime now() { return keepsake::this_machine().clock.now(); }

Crowd::Crowd(Fleet& fleet, Witness& witness, std::map<std::int64_t, std::string> players,
             std::uint64_t seed)
    : fleet_(fleet), witness_(witness), engine_(seed) {
  for (auto& [user, key] : players) {
    Traveller& traveller = travellers_[user];
    traveller.user = user;
    traveller.key = std::move(key);
  }
}

void Crowd::join(std::int64_t user, std::size_t server, Purpose purpose) {
  Traveller& traveller = travellers_.at(user);
  traveller.join(server, purpose, now());
  fleet_.tell(server, Line("join").add(user).add(traveller.sent));
}

void Crowd::join_with_story(std::int64_t user, std::size_t server) {
  Traveller& traveller = travellers_.at(user);
  traveller.server = server;
  traveller.sent = now();
  fleet_.tell(server, Line("story").add(user).add(traveller.sent));
}

void Crowd::hop(std::int64_t user, std::size_t server) {
  Traveller& traveller = travellers_.at(user);
  const std::size_t from = traveller.server;
  traveller.hop(server, now());
  fleet_.tell(server, Line("join").add(user).add(traveller.sent));
  fleet_.tell(from, Line("leave").add(user));
}

std::vector<std::int64_t> Crowd::everybody_on(std::size_t server) const {
  std::vector<std::int64_t> users;
  for (const auto& [user, traveller] : travellers_) {
    if (traveller.server == server) users.push_back(user);
  }
  return users;
}

std::size_t Crowd::ready_on(std::size_t server) const {
  return static_cast<std::size_t>(std::count_if(
      travellers_.begin(), travellers_.end(),
      [&](const auto& entry) { return entry.second.server == server && entry.second.ready; }));
}

std::optional<std::int64_t> Crowd::somebody_on(std::size_t server) {
  std::vector<std::int64_t> users;
  for (const auto& [user, traveller] : travellers_) {
    if (traveller.server == server && traveller.ready) users.push_back(user);
  }
  if (users.empty()) return std::nullopt;
  return users[engine_() % users.size()];
}

void Crowd::run_for(Duration time, const std::function<void()>& now_and_then) {
  const MonotonicTime end = now() + time;
  while (now() < end) {
    fleet_.listen(std::min(kTurn, std::max(Duration{0}, end - now())),
                  [this](std::size_t server, std::string_view line) { heard(server, line); });
    if (now_and_then) now_and_then();
  }
}

bool Crowd::run_until(const std::function<bool()>& done, Duration at_most) {
  const MonotonicTime end = now() + at_most;
  while (!done()) {
    if (now() >= end) return false;
    run_for(std::chrono::milliseconds(1));
  }
  return true;
}

void Crowd::kill(std::size_t server) {
  fleet_.kill(server, [this](std::size_t from, std::string_view line) { heard(from, line); });
}

void Crowd::heard(std::size_t server, std::string_view line) {
  if (witness_.take(line)) return;
  Words words(line);
  const std::string_view what = words.word();
  if (what == "ready") return ready(server, words);
  if (what == "left") return left(server, words);
  if (what == "refused") return refused(server, words);
  if (what == "say") {
    story_.emplace_back(words.rest());
  } else if (what == "edit-refused" || what == "commit-refused") {
    (void)words.number();
    ++refusals_[server]
               [std::string(what.substr(0, what.find('-'))) + " " + std::string(words.word())];
  } else if (what == "finale") {
    finale_trades_ += words.number();
  } else if (what == "trouble") {
    troubles_.push_back(fleet_[server].name + ": " + std::string(words.rest()));
  }
}

void Crowd::ready(std::size_t server, Words words) {
  const auto found = travellers_.find(words.number());
  const MonotonicTime sent = words.time();
  if (found == travellers_.end()) return;
  Traveller& traveller = found->second;
  if (traveller.server != server || traveller.sent != sent) return;  // it has moved on meanwhile
  traveller.seen = words.time();
  traveller.woken = words.time();
  traveller.answered = words.time();
  traveller.ready = true;
  const auto stored = static_cast<std::size_t>(words.number());
  const std::size_t known = witness_.of(traveller.user).size();
  if (stored < known) {
    missing_.push_back(traveller.key + " came back with " + std::to_string(stored) + " of " +
                       std::to_string(known) + " operations");
  }
  const Duration felt = traveller.answered - traveller.sent;
  switch (traveller.purpose) {
    case Purpose::join: return journeys_.joins.add(felt);
    case Purpose::hop: return note_hop(traveller);
    case Purpose::takeover: journeys_.takeovers.add(felt); break;
  }
  auto earlier = [](MonotonicTime& time, MonotonicTime other) {
    if (time == MonotonicTime{} || other < time) time = other;
  };
  earlier(journeys_.first_seen, traveller.seen);
  earlier(journeys_.first_answered, traveller.answered);
}

void Crowd::note_hop(const Traveller& traveller) {
  if (traveller.answered == MonotonicTime{} || traveller.left_seen == MonotonicTime{}) return;
  journeys_.hops.add(traveller.answered - traveller.sent);
  // Both servers work from the tick that took the order; the later one begins what takes time.
  const MonotonicTime began = std::max(traveller.seen, traveller.left_seen);
  const MonotonicTime woken =
      traveller.woken == MonotonicTime{} ? traveller.answered : traveller.woken;
  journeys_.hops_without_ticks.add(std::max(Duration{0}, woken - began));
}

void Crowd::left(std::size_t server, Words words) {
  const auto found = travellers_.find(words.number());
  const std::string_view reason = words.word();
  if (reason == "lost" || reason == "tie_lost") ++sessions_lost_[server];
  if (found == travellers_.end()) return;
  Traveller& traveller = found->second;
  const bool hopped = traveller.from == server;
  traveller.left(server, words.time());
  if (hopped) note_hop(traveller);
}

void Crowd::refused(std::size_t server, Words words) {
  const auto found = travellers_.find(words.number());
  ++refusals_[server]["load " + std::string(words.word())];
  if (found == travellers_.end() || found->second.server != server) return;
  troubles_.push_back(fleet_[server].name + " refused " + found->second.key + ": " +
                      std::string(words.rest()));
  found->second.server = kNowhere;
}

}  // namespace demo
