#include "src/store/recovery.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "keepsake/datum/json.h"
#include "keepsake/datum/json_patch.h"
#include "src/plant/plant.h"
#include "src/session/journal_replay.h"
#include "src/store/payload.h"

namespace keepsake {

namespace {

constexpr std::size_t kRowsPerRead = 64;
constexpr std::size_t kGroupsPerCommit = 64;
/// A row may change under the replay only by a last commit of the dead owner's that lands late.
constexpr int kReplans = 8;

using Rows = std::map<ProfileKey, Record>;

/// A document while patches are applied to it.
class PatchedDocument final : public PatchedPayload {
 public:
  PatchedDocument(Value document, DataForm form) : document_(std::move(document)), form_(form) {}
  Result<void> apply(std::string_view patch) override {
    constexpr JsonLimits kPayload;
    // What an operation holds may be as deep as a payload.
    const JsonLimits limits{.depth = kPayload.depth + 2};
    Result<Value> operations = parse_json(patch, limits);
    if (!operations) return std::move(operations).error();
    Result<Value> patched = apply_json_patch(std::move(document_), *operations);
    if (!patched) return std::move(patched).error();
    document_ = *std::move(patched);
    return {};
  }
  [[nodiscard]] PayloadFormat format() const override { return format_of(form_); }
  [[nodiscard]] std::string bytes() const override { return write_data(document_, form_); }

 private:
  Value document_;
  const DataForm form_;
};

/// One server's recovery, step by step.
class Recoverer {
 public:
  Recoverer(const RecoveryContext& context, const Owner& target) : context_(context) {
    report_.target = target;
  }

  Result<RecoveryReport> run(const std::optional<CloseLease>& close);
  /// A journal whose lease is long forgotten: what it holds can only be set aside.
  Result<RecoveryReport> run_forgotten(const JournalPlace& place);

 private:
  Result<std::optional<Lease>> find_lease();
  Result<bool> close_lease(const Lease& lease, const std::optional<CloseLease>& close,
                           bool reachable);
  Result<bool> recovered_by_another(const Result<JournalContents>& contents);
  Result<std::unique_ptr<PatchedPayload>> open_payload(PayloadFormat format,
                                                       std::string_view payload);
  Result<void> replay(const std::vector<JournalRecord>& records);
  Result<Rows> read_rows(const std::vector<JournalRecord>& records);
  Result<std::size_t> commit(const RecoveryPlan& plan, bool last_round);
  Result<void> set_group_aside(const Group& group, const Error& why);
  Result<void> set_aside(const std::vector<Unrecovered>& lost);

  const RecoveryContext& context_;
  PayloadCodec codec_;
  RecoveryReport report_;
};

Result<std::optional<Lease>> Recoverer::find_lease() {
  Result<std::vector<Lease>> leases = context_.backend.leases();
  if (!leases) return std::move(leases).error();
  for (Lease& lease : *leases) {
    if (lease.owner.incarnation == report_.target.incarnation)
      return std::optional(std::move(lease));
  }
  return std::optional<Lease>();
}

Result<bool> Recoverer::close_lease(const Lease& lease, const std::optional<CloseLease>& close,
                                    bool reachable) {
  if (lease.state == LeaseState::closed && lease.recoverer == context_.self.incarnation) {
    return true;  // begun before
  }
  CloseLease request = close.value_or(CloseLease{.self = context_.self,
                                                 .target = lease.owner,
                                                 .renewal = lease.renewal,
                                                 .dead_recoverer = lease.recoverer,
                                                 .recovered = false});
  request.recovered = !reachable;
  return context_.backend.close_lease(request);
}

/// What is missing of a journal may have been removed under our hands by who finished first.
Result<bool> Recoverer::recovered_by_another(const Result<JournalContents>& contents) {
  if (contents ? contents->damage.empty() : contents.error().code() != ErrorCode::not_found) {
    return false;
  }
  const Result<std::optional<Lease>> now = find_lease();
  if (!now) return now.error();
  return !*now || (*now)->state == LeaseState::recovered;
}

Result<RecoveryReport> Recoverer::run(const std::optional<CloseLease>& close) {
  Result<std::optional<Lease>> found = find_lease();
  if (!found) return std::move(found).error();
  if (!*found) return report_;  // nobody's row names it any more
  const Lease& lease = **found;
  report_.target = lease.owner;
  const bool has_journal = !lease.journal.directory.empty();
  const JournalReach reach = reach_journal(context_.machine, lease.journal);
  const bool reachable = has_journal && (reach.kind == JournalReach::Kind::live ||
                                         reach.kind == JournalReach::Kind::dead);
  // Without the condition of a watch only a free lock proves that an open lease's server is dead.
  const bool proven = reach.kind == JournalReach::Kind::dead;
  if (!close && !proven && lease.state == LeaseState::open) return report_;

  if (lease.state != LeaseState::recovered) {
    Result<bool> closed = close_lease(lease, close, reachable);
    if (!closed) return std::move(closed).error();
    if (!*closed) return report_;  // it was renewed, or somebody else recovers it
  }
  report_.journal_found = reachable;
  // Of a lease that was recovered before, the journal is gone because it was replayed.
  if (has_journal && !reachable && lease.state != LeaseState::recovered) {
    report_.damage.push_back(
        Error(ErrorCode::journal_not_shared, "the journal of server " + lease.owner.server.text +
                                                 " can't be reached: " + reach.reason)
            .remedy("what it held beyond the last saves is lost, unless its disk comes back"));
  }
  if (reachable) {
    Result<JournalContents> contents = seal_and_read(context_.machine, lease.journal);
    Result<bool> finished = recovered_by_another(contents);
    if (!finished) return std::move(finished).error();
    if (*finished) {
      (void)remove_journal(context_.machine, lease.journal).has_value();  // what is left of it
      return report_;
    }
    if (!contents) return std::move(contents).error();
    for (Error& damage : contents->damage) report_.damage.push_back(std::move(damage));
    const bool forgotten = planted<Plant::recovered_without_replay>();
    if (Result<void> replayed = forgotten ? Result<void>() : replay(contents->records); !replayed) {
      return std::move(replayed).error();
    }
  }
  Result<bool> ended = context_.backend.end_lease({.self = context_.self, .target = lease.owner});
  if (!ended) return std::move(ended).error();
  report_.done = *ended;
  if (reachable && report_.done) {
    if (Result<void> removed = remove_journal(context_.machine, lease.journal); !removed) {
      report_.damage.push_back(std::move(removed).error());
    }
  }
  return report_;
}

/// Of a journal of another generation than the database's.
Error of_another_life(const Owner& owner, const JournalPlace& place) {
  return Error(ErrorCode::backend_went_back,
               "the journal of server " + owner.server.text + " in " + place.directory +
                   " is of a time before this database was restored, or of another database")
      .remedy(
          "it is left alone; what it holds beyond the saves of then is in no profile: remove "
          "that folder when nobody wants it any more");
}

Result<RecoveryReport> Recoverer::run_forgotten(const JournalPlace& place) {
  Result<JournalContents> contents = seal_and_read(context_.machine, place);
  // A neighbour has found it, too, and was quicker.
  if (!contents && contents.error().code() == ErrorCode::not_found) return report_;
  if (!contents) return std::move(contents).error();
  const JournalIdentity& identity = contents->identity;
  const bool started = identity.owner.incarnation != 0;
  if (started && identity.generation != context_.generation) {  // not ours to touch
    report_.target = identity.owner;
    report_.damage.push_back(of_another_life(identity.owner, place));
    return report_;
  }
  report_.target = identity.owner;
  report_.journal_found = true;
  // One that was never started holds nothing that could be missing.
  if (started) report_.damage = std::move(contents->damage);
  if (Result<void> replayed = replay(contents->records); !replayed) {
    return std::move(replayed).error();
  }
  if (Result<void> removed = remove_journal(context_.machine, place); !removed) {
    report_.damage.push_back(std::move(removed).error());
  }
  report_.done = true;
  return report_;
}

Result<Rows> Recoverer::read_rows(const std::vector<JournalRecord>& records) {
  std::set<ProfileKey> keys;
  for (const JournalRecord& record : records) {
    for (const JournalMember& member : record.members) keys.insert(member.key);
  }
  const std::vector<ProfileKey> wanted(keys.begin(), keys.end());
  Rows rows;
  for (std::size_t i = 0; i < wanted.size(); i += kRowsPerRead) {
    const std::size_t end = std::min(wanted.size(), i + kRowsPerRead);
    const std::vector<ProfileKey> page(wanted.begin() + static_cast<std::ptrdiff_t>(i),
                                       wanted.begin() + static_cast<std::ptrdiff_t>(end));
    Result<std::vector<std::optional<Record>>> found = context_.backend.read(page);
    if (!found) return std::move(found).error();
    for (std::optional<Record>& record : *found) {
      if (record) rows.emplace(record->key, std::move(*record));
    }
  }
  return rows;
}

Result<std::unique_ptr<PatchedPayload>> Recoverer::open_payload(PayloadFormat format,
                                                                std::string_view payload) {
  std::string room;
  const Result<EncodedData> data = codec_.open(format, payload, room);
  if (!data) return data.error();
  Result<Value> document = read_data(*data);
  if (!document) return std::move(document).error();
  return std::unique_ptr<PatchedPayload>(new PatchedDocument(*std::move(document), data->form));
}

Result<void> Recoverer::replay(const std::vector<JournalRecord>& records) {
  for (int round = 0;; ++round) {
    const Result<Rows> rows = read_rows(records);
    if (!rows) return rows.error();
    const RecoveryPlan plan = plan_recovery(
        records, context_.generation,
        [&](const ProfileKey& key) -> const Record* {
          const auto row = rows->find(key);
          return row == rows->end() ? nullptr : &row->second;
        },
        [this](PayloadFormat format, std::string_view payload) {
          return open_payload(format, payload);
        });
    if (round == 0) {
      for (const Error& error : plan.went_back) report_.damage.push_back(error);
      report_.edits = static_cast<std::size_t>(plan.edits);
      for (const std::vector<MemberCommit>& group : plan.groups) report_.profiles += group.size();
    }
    Result<std::size_t> refused = commit(plan, round == kReplans);
    if (!refused) return std::move(refused).error();
    if (*refused == 0 || round == kReplans) return set_aside(plan.unrecovered);
  }
}

Result<std::size_t> Recoverer::commit(const RecoveryPlan& plan, bool last_round) {
  std::size_t refused = 0;
  for (std::size_t i = 0; i < plan.groups.size(); i += kGroupsPerCommit) {
    std::vector<Group> batch;
    for (std::size_t j = i; j < std::min(plan.groups.size(), i + kGroupsPerCommit); ++j) {
      batch.push_back({.token = Id128::random(context_.random),
                       .self = context_.self,
                       .now_ms = unix_ms(context_.machine.clock.wall()),
                       .members = plan.groups[j],
                       .quarantine = {}});
    }
    Result<std::vector<GroupAnswer>> answers = context_.backend.commit(batch);
    if (!answers) return std::move(answers).error();
    for (std::size_t j = 0; j < answers->size(); ++j) {
      Result<void> aside;
      if (auto* held_up = std::get_if<GroupHeldUp>(&(*answers)[j])) {
        return std::move(held_up->error);
      }
      if (const auto* error = std::get_if<GroupRefused>(&(*answers)[j])) {
        report_.damage.push_back(error->error);
        aside = set_group_aside(batch[j], error->error);
      } else if (std::holds_alternative<FenceRefused>((*answers)[j])) {
        ++refused;
        if (last_round) {
          aside = set_group_aside(batch[j], Error(ErrorCode::fence_refused, "the row moved on"));
        }
      }
      if (!aside) return std::move(aside).error();
    }
  }
  return refused;
}

Result<void> Recoverer::set_group_aside(const Group& group, const Error& why) {
  std::vector<Unrecovered> lost;
  for (const MemberCommit& member : group.members) {
    if (!member.data) continue;
    lost.push_back({.key = member.key,
                    .session = member.fence.session,
                    .epoch = member.fence.epoch,
                    .first_edit = 0,
                    .last_edit = member.edit_number,
                    .why = why,
                    .schema = member.data->schema,
                    .format = member.data->format,
                    .payload = member.data->payload,
                    .tied = {}});
  }
  return set_aside(lost);
}

Result<void> Recoverer::set_aside(const std::vector<Unrecovered>& lost) {
  for (const Unrecovered& one : lost) {
    // The same id each time, so that a recovery begun again doesn't set it aside twice.
    const IncidentId incident{.high = one.session.high ^ one.epoch,
                              .low = one.session.low ^ one.last_edit};
    std::string message = "edits " + std::to_string(one.first_edit) + " to " +
                          std::to_string(one.last_edit) +
                          " of a dead server's journal were not applied: " + one.why.message();
    for (const ProfileKey& tied : one.tied) message += "; tied to " + tied.store + "/" + tied.key;
    Result<void> done = context_.backend.set_aside({.incident = incident,
                                                    .key = one.key,
                                                    .code = std::string(name(one.why.code())),
                                                    .path = {},
                                                    .message = std::move(message),
                                                    .schema_version = one.schema.version,
                                                    .payload = one.payload,
                                                    .at_ms = unix_ms(context_.machine.clock.wall()),
                                                    .server = context_.self.server});
    if (!done) return done;
    ++report_.quarantined;
  }
  return {};
}

Error barred(const JournalPlace& place, const std::string& reason) {
  return Error(ErrorCode::journal_not_shared,
               "the journal in '" + place.directory + "' may not be opened: " + reason)
      .remedy("recover it as the user whose server wrote it; until then it is left as it is");
}

}  // namespace

Result<RecoveryReport> recover_server(const RecoveryContext& context, const Owner& target,
                                      const std::optional<CloseLease>& close) {
  return Recoverer(context, target).run(close);
}

DirectoryReport recover_directory(const RecoveryContext& context, const std::string& root) {
  const Result<std::vector<JournalPlace>> places = list_journals(context.machine, root);
  if (!places) return {.journals = {}, .failed = places.error()};
  const Result<std::vector<Lease>> leases = context.backend.leases();
  if (!leases) return {.journals = {}, .failed = leases.error()};
  DirectoryReport report;
  for (const JournalPlace& place : *places) {
    const JournalReach reach = reach_journal(context.machine, place);
    const auto lease = std::find_if(leases->begin(), leases->end(), [&](const Lease& one) {
      return one.journal.directory == place.directory;
    });
    if (reach.kind == JournalReach::Kind::barred) {
      RecoveryReport& left = report.journals.emplace_back();
      if (lease != leases->end()) left.target = lease->owner;
      left.damage.push_back(barred(place, reach.reason));
    }
    if (reach.kind != JournalReach::Kind::dead) continue;
    Result<RecoveryReport> done = lease != leases->end()
                                      ? recover_server(context, lease->owner, std::nullopt)
                                      : Recoverer(context, {}).run_forgotten(place);
    if (!done) {
      report.failed = std::move(done).error();
      break;
    }
    report.journals.push_back(std::move(*done));
  }
  return report;
}

}  // namespace keepsake
