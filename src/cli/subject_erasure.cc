#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "keepsake/cli/subject.h"
#include "src/base/this_machine.h"
#include "src/cli/tool_lease.h"
#include "src/store/recovery.h"

namespace keepsake {

namespace {

constexpr Duration kPoll = std::chrono::milliseconds(100);
constexpr int kLooks = 3;

std::string name_of(const ProfileKey& key) { return key.store + "/" + key.key; }

Result<void> refuse_shared(const std::vector<SubjectProfile>& profiles) {
  std::string names;
  for (const SubjectProfile& profile : profiles) {
    if (profile.others.empty()) continue;
    names += (names.empty() ? "" : ", ") + name_of(profile.key);
  }
  if (names.empty()) return {};
  return Error(ErrorCode::held, "others bear some of these profiles, and nothing was changed")
      .found(names)
      .remedy(
          "take the person out of them in the game first; then --unlink-shared takes the user id, "
          "history and quarantine from them, and leaves their data");
}

/// One erasure, under a lease of the tool's own.
class Erasure {
 public:
  Erasure(Backend& backend, UserId user, const ErasureOptions& options, Generation generation,
          Owner self)
      : backend_(backend),
        user_(user),
        options_(options),
        generation_(generation),
        self_(std::move(self)) {}

  /// A second look finds what a server had not saved yet at the first: whose a profile is, too.
  Result<ErasureReport> run() {
    for (int look = 0; look < kLooks; ++look) {
      auto profiles = look_at_subject(backend_, user_);
      if (!profiles) return std::move(profiles).error();
      if (look > 0 && profiles->empty()) break;
      if (auto none = refuse_shared(*profiles); !options_.unlink_shared && !none) {
        return std::move(none).error();
      }
      for (const SubjectProfile& profile : *profiles) {
        if (auto gone = erase(profile); !gone) return std::move(gone).error();
      }
      if (auto clean = scrub(); !clean) return std::move(clean).error();
      if (auto waited = wait_for_journals(); !waited) return std::move(waited).error();
    }
    return std::move(report_);
  }

 private:
  [[nodiscard]] MonotonicTime now() const { return this_machine().clock.now(); }
  [[nodiscard]] std::int64_t now_ms() const { return unix_ms(this_machine().clock.wall()); }
  void rest() { backend_.wait_for_change(self_, kPoll); }

  /// Sends it again until it is known what came of it, or the time is over.
  template <class F>
  auto settled(F call) -> decltype(call()) {
    const MonotonicTime until = now() + options_.within;
    for (;;) {
      auto answer = call();
      const bool again = !answer && (answer.error().code() == ErrorCode::in_doubt ||
                                     answer.error().code() == ErrorCode::unavailable);
      if (!again || now() >= until) return answer;
      rest();
    }
  }

  Result<Record> acquire(const ProfileKey& key) {
    const MonotonicTime until = now() + options_.within;
    Acquire request{.key = key,
                    .self = self_,
                    .generation = generation_,
                    .session = Id128::random(this_machine().random),
                    .readable_ordinal = std::numeric_limits<std::uint32_t>::max(),
                    .now_ms = now_ms(),
                    .ask = Id128::random(this_machine().random),
                    .ask_number = 0,
                    .ask_duration_ms = to_ms(options_.within)};
    for (;;) {
      auto answer = settled([&] { return backend_.acquire(request); });
      if (!answer) return std::move(answer).error();
      if (auto* acquired = std::get_if<Acquired>(&*answer)) return std::move(acquired->record);
      const Held& held = std::get<Held>(*answer);
      if (held.ask != AskStanding::ours) request.ask_number = held.offered_number;
      if (now() >= until) {
        (void)backend_.withdraw(
            {.key = key, .self = self_, .session = request.session, .ask = request.ask});
        return Error(ErrorCode::timed_out, "its owner did not give the profile in time")
            .store(key.store)
            .key(key.key)
            .found("server " + held.owner.server.text)
            .remedy("see to that server, and run it again; what was erased before stays so");
      }
      rest();
    }
  }

  Result<void> erase(const SubjectProfile& profile) {
    auto record = acquire(profile.key);
    if (!record) return std::move(record).error();
    const Erase request{.key = profile.key,
                        .self = self_,
                        .fence = {.generation = generation_,
                                  .session = record->envelope.session,
                                  .epoch = record->envelope.epoch,
                                  .revision = record->envelope.revision},
                        .token = Id128::random(this_machine().random),
                        .user = user_,
                        .what = profile.shared ? Erase::What::link : Erase::What::profile,
                        .reason = options_.reason,
                        .now_ms = now_ms()};
    auto answer = settled([&] { return backend_.erase(request); });
    if (!answer) return std::move(answer).error();
    if (const auto* erased = std::get_if<Erased>(&*answer)) {
      number_ = erased->number;
      (profile.shared ? report_.unlinked : report_.erased).push_back(profile.key);
      return {};
    }
    return Error(ErrorCode::session_lost, "another server took the profile meanwhile")
        .store(profile.key.store)
        .key(profile.key.key)
        .remedy("run it again");
  }

  Result<void> scrub() {
    return settled([&] { return backend_.scrub(); });
  }

  Result<void> wait_for_journals() {
    const MonotonicTime until = now() + options_.within;
    for (;;) {
      auto leases = settled([&] { return backend_.leases(); });
      if (!leases) return std::move(leases).error();
      // Of an erasure that a run before this one has done, our own lease knows.
      for (const Lease& lease : *leases) {
        if (lease.owner == self_) number_ = std::max(number_, lease.scrubbed);
      }
      report_.not_yet.clear();
      for (const Lease& lease : *leases) {
        const bool over = lease.owner == self_ || lease.state == LeaseState::recovered;
        const bool clean = lease.journal.directory.empty() || lease.scrubbed >= number_;
        if (!over && !clean) report_.not_yet.push_back(lease.owner);
      }
      if (report_.not_yet.empty() || now() >= until) return {};
      rest();
    }
  }

  Backend& backend_;
  const UserId user_;
  const ErasureOptions& options_;
  const Generation generation_;
  const Owner self_;
  std::uint64_t number_ = 0;  ///< of erasures, when ours was done
  ErasureReport report_;
};

/// The journals of servers that died here, before anything of them comes back.
Result<void> recover_the_dead(Backend& backend, const Owner& self, const Generation& generation,
                              const std::string& journals) {
  std::error_code ignored;
  if (journals.empty() || !std::filesystem::is_directory(journals, ignored)) return {};
  auto recovered = recover_directory({.backend = backend,
                                      .machine = this_machine(),
                                      .self = self,
                                      .generation = generation,
                                      .random = this_machine().random},
                                     journals);
  if (!recovered) return std::move(recovered).error();
  return {};
}

}  // namespace

Result<std::vector<SubjectProfile>> look_at_subject(Backend& backend, UserId user) {
  auto keys = backend.subject(user);
  if (!keys) return std::move(keys).error();
  std::vector<SubjectProfile> profiles;
  for (ProfileKey& key : *keys) {
    auto all = backend.belongings(key);
    if (!all) return std::move(all).error();
    SubjectProfile profile{
        .key = std::move(key), .shared = false, .others = {}, .belongings = *std::move(all)};
    if (profile.belongings.record) {
      const std::vector<UserId>& users = profile.belongings.record->envelope.user_ids;
      const bool bears = std::find(users.begin(), users.end(), user) != users.end();
      for (const UserId other : users) {
        if (bears && other != user) profile.others.push_back(other);
      }
      profile.shared = !bears || !profile.others.empty();
    }
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

Result<ErasureReport> erase_subject(Backend& backend, UserId user, const ErasureOptions& options) {
  auto info = backend.info();
  if (!info) return std::move(info).error();
  const Machine& machine = this_machine();
  auto lease = cli::ToolLease::open(backend, machine.random, unix_ms(machine.clock.wall()));
  if (!lease) return std::move(lease).error();
  const Owner self = (*lease)->self();
  auto dead = recover_the_dead(backend, self, info->generation, options.journals);
  if (!dead) return std::move(dead).error();
  auto report = Erasure(backend, user, options, info->generation, self).run();
  auto ended = (*lease)->end();
  if (report && !ended) return std::move(ended).error();
  return report;
}

}  // namespace keepsake
