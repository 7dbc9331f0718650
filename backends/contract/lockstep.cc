#include "backends/contract/lockstep.h"

#include <set>
#include <utility>

#include "backends/contract/describe.h"

namespace keepsake {

namespace {

constexpr std::size_t kRemembered = 12;

template <class T>
void remember(std::deque<T>& last, const T& value) {
  last.push_back(value);
  if (last.size() > kRemembered) last.pop_front();
}

void set_generation(Acquire& request, const Generation& generation) {
  if (!request.generation.none()) request.generation = generation;
}

void set_generation(std::vector<Group>& groups, const Generation& generation) {
  for (Group& group : groups) {
    for (MemberCommit& member : group.members) member.fence.generation = generation;
  }
}

/// What was the matter with all of them, for each.
AcquireAnswers each_answer(Result<AcquireAnswers> answers, std::size_t count) {
  if (answers) return *std::move(answers);
  return AcquireAnswers(count, std::move(answers).error());
}

std::string first_words(const std::string& text) {
  return text.substr(0, text.find_first_of("{:0123456789S"));
}

}  // namespace

Lockstep::Lockstep(Backend& tested, Backend& reference, ContractClock& clock, std::uint64_t seed)
    : tested_(tested),
      reference_(reference),
      clock_(clock),
      random_(seed),
      tested_generation_(tested.info().value().generation),
      reference_generation_(reference.info().value().generation) {
  for (int i = 0; i < 3; ++i) start_server();
}

template <class F>
std::string Lockstep::both(const char* name, F&& operation) {
  const std::string of_tested = describe(operation(tested_, tested_generation_));
  const std::string of_reference = describe(operation(reference_, reference_generation_));
  ++seen_[std::string(name) + " " + first_words(of_reference)];
  if (of_tested == of_reference) return "";
  return "operation " + std::to_string(operations_) + ", " + name + "\n   tested: " + of_tested +
         "\nreference: " + of_reference;
}

void Lockstep::start_server() {
  const std::string name = "s" + std::to_string(random_.below(5));
  OpenLease request{.server = {name}, .journal = {}, .now_ms = now_ms()};
  request.journal.ring = Id128::random(random_).text();
  const std::string difference =
      both("open_lease", [&](Backend& backend, Generation) { return backend.open_lease(request); });
  EXPECT_EQ(difference, "");
  const auto opened = reference_.open_lease(request);  // sent again: the same incarnation
  if (opened) servers_.push_back({.server = {name}, .incarnation = *opened});
  if (servers_.size() > 6) servers_.erase(servers_.begin());
}

std::string Lockstep::step() {
  ++operations_;
  clock_.advance(std::chrono::milliseconds(random_.below(400)));
  if (operations_ % 50 == 0) {
    if (random_.one_in(4)) clock_.advance(std::chrono::minutes(50));
    return compare_everything();
  }
  const std::uint64_t kind = random_.below(100);
  if (kind < 15) return lease_operation();
  if (kind < 45) return acquire_operation();
  if (kind < 85) return commit_operation();
  if (kind < 88) return create_operation();
  if (kind < 90) return random_.one_in(2) ? erase_operation() : steal_operation();
  return read_operation();
}

std::string Lockstep::lease_operation() {
  const Owner self = any_server();
  const Owner target = any_server();
  switch (random_.below(8)) {
    case 0: start_server(); return "";
    case 1:
    case 2: {
      CloseLease request{.self = self, .target = target};
      const std::vector<Lease> leases = reference_.leases().value();
      for (const Lease& lease : leases) {
        if (lease.owner != target) continue;
        request.renewal = lease.renewal + (random_.one_in(4) ? 1 : 0);
        request.dead_recoverer = lease.recoverer;
      }
      request.recovered = random_.one_in(4);
      return both("close_lease",
                  [&](Backend& backend, Generation) { return backend.close_lease(request); });
    }
    case 3: {
      const EndLease request{.self = self, .target = random_.one_in(8) ? self : target};
      return both("end_lease",
                  [&](Backend& backend, Generation) { return backend.end_lease(request); });
    }
    default: {
      renewals_ += random_.one_in(5) ? 0 : 1;
      return both("renew", [&](Backend& backend, Generation) {
        return backend.renew({.self = self, .renewal = renewals_});
      });
    }
  }
}

Acquire Lockstep::random_acquire() {
  Acquire request{.key = any_key(),
                  .self = any_server(),
                  .generation = reference_generation_,
                  .session = Id128::random(random_),
                  .readable_ordinal = static_cast<std::uint32_t>(1 + random_.below(3)),
                  .now_ms = now_ms(),
                  .ask = {},
                  .ask_number = 0,
                  .ask_duration_ms = 1000};
  if (random_.one_in(2)) {
    request.ask = Id128::random(random_);
    const auto row = row_of(request.key);
    request.ask_number = (row ? row->ask_sequence : 0) + random_.below(3);
  }
  return request;
}

std::string Lockstep::acquire_operation() {
  if (random_.one_in(5)) {
    const ProfileKey key = any_key();
    const auto row = row_of(key);
    Withdraw request{.key = key, .self = any_server(), .session = {}, .ask = {}};
    if (row && row->owner) request.self = *row->owner;
    if (row) request.session = row->session;
    if (row && row->ask && random_.one_in(2)) request.ask = row->ask->id;
    return both("withdraw",
                [&](Backend& backend, Generation) { return backend.withdraw(request); });
  }
  if (random_.one_in(4)) return acquire_many_operation();
  const bool again = !acquires_.empty() && random_.one_in(4);
  const Acquire request = again ? acquires_[random_.below(acquires_.size())] : random_acquire();
  if (!again) remember(acquires_, request);
  return both("acquire", [&](Backend& backend, const Generation& generation) {
    Acquire mine = request;
    set_generation(mine, generation);
    return backend.acquire(mine);
  });
}

std::string Lockstep::acquire_many_operation() {
  std::vector<Acquire> requests;
  std::set<ProfileKey> keys;  // those of one key may be answered in any order
  for (std::uint64_t i = random_.below(6); i > 0; --i) {
    Acquire request = random_acquire();
    if (!keys.insert(request.key).second) continue;
    if (!requests.empty()) request.self = requests.front().self;
    requests.push_back(std::move(request));
  }
  return both("acquire_many", [&](Backend& backend, const Generation& generation) {
    std::vector<Acquire> mine = requests;
    for (Acquire& request : mine) set_generation(request, generation);
    return each_answer(backend.acquire_many(mine), mine.size());
  });
}

void Lockstep::add_side_effects(MemberCommit& member) {
  if (random_.one_in(6)) member.receipts.push_back({.id = any_id(), .at_ms = now_ms()});
  const std::vector<Message> inbox = reference_.inbox(member.key).value();
  if (!inbox.empty() && random_.one_in(3)) member.acknowledged.push_back(inbox.front().id);
  if (random_.one_in(12)) member.acknowledged.push_back(any_id());
  for (std::uint64_t i = random_.below(3); i > 0 && random_.one_in(2); --i) {
    member.sent.push_back({any_key(),
                           {.id = any_id(),
                            .body = "{}",
                            .sent_ms = now_ms(),
                            .expires_ms = random_.one_in(2) ? any_expiry() : 0,
                            .sender = random_.one_in(4) ? "" : "S/" + any_key().key,
                            .carries_value = random_.one_in(2)}});
  }
  if (random_.one_in(6)) {
    member.user_ids.emplace();
    for (std::uint64_t i = random_.below(4); i > 0; --i) {
      member.user_ids->push_back({static_cast<std::int64_t>(random_.below(5))});
    }
  }
  if (random_.one_in(3)) {
    member.history.emplace();
    if (random_.one_in(2)) member.history->before = SnapshotKind::session_start;
    if (random_.one_in(2)) member.history->after = SnapshotKind::session_end;
    member.history->at_most = static_cast<std::uint32_t>(1 + random_.below(4));
    member.history->since_ms = now_ms() - static_cast<std::int64_t>(random_.below(100'000));
  }
  if (random_.one_in(8)) member.tags = R"({"t":)" + std::to_string(random_.below(9)) + "}";
}

MemberCommit Lockstep::random_member(const ProfileKey& key, const Owner& self) {
  MemberCommit member;
  member.key = key;
  const Envelope row = row_of(key).value_or(Envelope());
  member.fence = {
      .generation = {}, .session = row.session, .epoch = row.epoch, .revision = row.revision};
  if (random_.one_in(15)) ++member.fence.revision;
  if (random_.one_in(15)) --member.fence.epoch;
  if (row.owner && *row.owner != self) member.recovering = row.owner->incarnation;
  if (!random_.one_in(4)) {
    const auto ordinal = static_cast<std::uint32_t>(1 + random_.below(3));
    member.data = NewData{.schema = {.version = std::to_string(ordinal),
                                     .ordinal = ordinal,
                                     .last_compatible = ordinal},
                          .format = static_cast<PayloadFormat>(1 + random_.below(3)),
                          .payload = std::string(random_.below(6000), 'p')};
    member.edit_number = row.edit_number + random_.below(5);
  }
  const std::uint64_t end = random_.below(8);
  if (end < 3) member.after = After::hand_over;
  if (end == 3) member.after = After::remove;
  if (random_.one_in(4) && row.ask) member.asks_expired = row.ask->number;
  add_side_effects(member);
  return member;
}

Group Lockstep::random_group() {
  const ProfileKey first = any_key();
  const auto row = row_of(first);
  const Owner self = row && row->owner && !random_.one_in(4) ? *row->owner : any_server();
  Group group{.token = Id128::random(random_),
              .self = self,
              .now_ms = now_ms(),
              .members = {},
              .quarantine = {}};
  group.members.push_back(random_member(first, self));
  if (random_.one_in(3)) group.members.push_back(random_member(any_key(), self));
  if (random_.one_in(8)) {
    group.quarantine.push_back(
        {.incident = Id128::random(random_), .key = first, .payload = "q", .at_ms = now_ms()});
  }
  return group;
}

std::string Lockstep::commit_operation() {
  std::vector<Group> batch;
  for (std::uint64_t i = 1 + random_.below(3); i > 0; --i) {
    const bool again = !groups_.empty() && random_.one_in(5);
    batch.push_back(again ? groups_[random_.below(groups_.size())] : random_group());
    if (!again) remember(groups_, batch.back());
  }
  return both("commit", [&](Backend& backend, const Generation& generation) {
    std::vector<Group> mine = batch;
    set_generation(mine, generation);
    return backend.commit(mine);
  });
}

std::string Lockstep::create_operation() {
  Create request;
  request.record.key = any_key();
  request.record.payload = "imported";
  Envelope& row = request.record.envelope;
  row.revision = 1;
  row.has_data = true;
  row.schema = {.version = "1", .ordinal = 1, .last_compatible = 1};
  row.created_ms = now_ms();
  row.user_ids = {{1}, {2}, {1}};
  row.metadata = "{}";
  row.source_hash = std::to_string(random_.below(3));
  request.inbox = {{.id = any_id(), .body = "1"}, {.id = any_id(), .body = "2"}};
  return both("create", [&](Backend& backend, Generation) { return backend.create(request); });
}

std::string Lockstep::erase_operation() {
  Erase request{.key = any_key(),
                .self = any_server(),
                .fence = {},
                .token = Id128::random(random_),
                .user = {static_cast<std::int64_t>(random_.below(5))},
                .what = random_.one_in(2) ? Erase::What::profile : Erase::What::link,
                .reason = "asked for",
                .now_ms = now_ms()};
  if (const auto row = row_of(request.key); row && row->owner) {
    request.fence = {
        .generation = {}, .session = row->session, .epoch = row->epoch, .revision = row->revision};
    if (!random_.one_in(6)) request.self = *row->owner;
  }
  if (!erasures_.empty() && random_.one_in(4)) {
    request = erasures_[random_.below(erasures_.size())];
  } else {
    remember(erasures_, request);
  }
  return both("erase", [&](Backend& backend, const Generation& generation) {
    Erase mine = request;
    mine.fence.generation = generation;
    return backend.erase(mine);
  });
}

std::string Lockstep::steal_operation() {
  Steal request{.key = any_key(),
                .self = any_server(),
                .generation = {},
                .session = Id128::random(random_),
                .epoch = 1,
                .token = Id128::random(random_),
                .reason = "no answer",
                .now_ms = now_ms()};
  if (const auto row = row_of(request.key); row && row->owner) {
    request.session = row->session;
    request.epoch = row->epoch;
    if (random_.one_in(4)) request.self = *row->owner;
  }
  if (!steals_.empty() && random_.one_in(4)) {
    request = steals_[random_.below(steals_.size())];
  } else {
    remember(steals_, request);
  }
  return both("steal", [&](Backend& backend, const Generation& generation) {
    Steal mine = request;
    mine.generation = generation;
    return backend.steal(mine);
  });
}

std::string Lockstep::read_operation() {
  const Owner self = any_server();
  const ProfileKey key = any_key();
  const std::string id = any_id();
  const std::size_t limit = random_.below(4);
  const UserId user{static_cast<std::int64_t>(random_.below(5))};
  switch (random_.below(13)) {
    case 12:
      return both("forget", [&](Backend& b, Generation) {
        return b.forget({.age_ms = 600'000, .limit = limit});
      });
    case 9: return both("subject", [&](Backend& b, Generation) { return b.subject(user); });
    case 10:
      return both("snapshot", [&](Backend& b, Generation) { return b.snapshot(key, limit); });
    case 11: return both("audit", [&](Backend& b, Generation) { return b.audit(limit); });
    case 6: return both("mail", [&](Backend& b, Generation) { return b.mail(self); });
    case 7:
      return both("inbox_state", [&](Backend& b, Generation) { return b.inbox_state(key, id); });
    case 8:
      return both("send_back_expired", [&](Backend& b, Generation) {
        return b.send_back_expired({.self = self, .now_ms = now_ms(), .limit = limit});
      });
    case 0: return both("asks", [&](Backend& b, Generation) { return b.asks(self); });
    case 1:
      return both("owned",
                  [&](Backend& b, Generation) { return b.owned(self.incarnation, key, limit); });
    case 2:
      return both("list", [&](Backend& b, Generation) { return b.list("S", key.key, limit); });
    case 3: return both("keys_of", [&](Backend& b, Generation) { return b.keys_of(user); });
    case 4: return both("receipt", [&](Backend& b, Generation) { return b.receipt(key, id); });
    default:
      return both("quarantine", [&](Backend& b, Generation) { return b.quarantine("S", limit); });
  }
}

std::string Lockstep::compare_everything() {
  std::vector<ProfileKey> keys;
  std::string difference;
  for (int i = 0; i < 6; ++i) {
    keys.push_back({"S", std::to_string(i)});
    difference +=
        both("inbox", [&](Backend& backend, Generation) { return backend.inbox(keys.back()); });
    difference += both("belongings", [&](Backend& backend, Generation) {
      return backend.belongings(keys.back());
    });
    difference +=
        both("history", [&](Backend& backend, Generation) { return backend.history(keys.back()); });
  }
  difference +=
      both("quarantine", [&](Backend& backend, Generation) { return backend.quarantine("S", 99); });
  difference += both("read", [&](Backend& backend, Generation) { return backend.read(keys); });
  difference += both("leases", [&](Backend& backend, Generation) { return backend.leases(); });
  return difference;
}

std::optional<Envelope> Lockstep::row_of(const ProfileKey& key) {
  const auto record = reference_.read({key}).value().at(0);
  if (!record) return std::nullopt;
  return record->envelope;
}

}  // namespace keepsake
