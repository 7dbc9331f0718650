#include <algorithm>
#include <utility>

#include "keepsake/cli/subject.h"
#include "src/cli/tool_work.h"

namespace keepsake {

namespace {

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
  Erasure(Backend& backend, UserId user, const ErasureOptions& options, cli::ToolWork& work)
      : backend_(backend), user_(user), options_(options), work_(work) {}

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
  Result<void> erase(const SubjectProfile& profile) {
    auto record = work_.acquire(profile.key);
    if (!record) return std::move(record).error();
    const Erase request{.key = profile.key,
                        .self = work_.self(),
                        .fence = fence_of(record->envelope, work_.generation()),
                        .token = work_.new_id(),
                        .user = user_,
                        .what = profile.shared ? Erase::What::link : Erase::What::profile,
                        .reason = options_.reason,
                        .now_ms = work_.now_ms()};
    auto answer = work_.settled([&] { return backend_.erase(request); });
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
    return work_.settled([&] { return backend_.scrub(); });
  }

  Result<void> wait_for_journals() {
    const MonotonicTime until = work_.now() + options_.within;
    for (;;) {
      auto leases = work_.settled([&] { return backend_.leases(); });
      if (!leases) return std::move(leases).error();
      // Of an erasure that a run before this one has done, our own lease knows.
      for (const Lease& lease : *leases) {
        if (lease.owner == work_.self()) number_ = std::max(number_, lease.scrubbed);
      }
      report_.not_yet.clear();
      for (const Lease& lease : *leases) {
        const bool over = lease.owner == work_.self() || lease.state == LeaseState::recovered;
        const bool clean = lease.journal.directory.empty() || lease.scrubbed >= number_;
        if (!over && !clean) report_.not_yet.push_back(lease.owner);
      }
      if (report_.not_yet.empty() || work_.now() >= until) return {};
      work_.rest();
    }
  }

  Backend& backend_;
  const UserId user_;
  const ErasureOptions& options_;
  cli::ToolWork& work_;
  std::uint64_t number_ = 0;  ///< of erasures, when ours was done
  ErasureReport report_;
};

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
  return cli::at_work(backend, options.within, options.journals, [&](cli::ToolWork& work) {
    return Erasure(backend, user, options, work).run();
  });
}

}  // namespace keepsake
