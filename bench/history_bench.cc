// What history costs the saves that write it: whole sessions of many profiles on SQLite, with
// snapshots and without, in turns. A session's first save keeps what it found, its last what it
// leaves; those between don't know of history. From the 21st session on each snapshot thins out
// another.
//
//   build/release/bench/history_bench [--json] [--dir DIR] [--rounds N]
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/report.h"
#include "bench/setting.h"
#include "keepsake/backend/sqlite.h"
#include "src/base/this_machine.h"

namespace {

using bench::Figure;
using keepsake::Duration;
using keepsake::Envelope;
using keepsake::Group;
using keepsake::Id128;
using keepsake::MemberCommit;
using keepsake::MonotonicTime;
using keepsake::ProfileKey;

constexpr std::size_t kSessions = 64;  ///< of a round, their saves in one batch
constexpr std::uint32_t kSnapshots = 20;
constexpr std::size_t kBytes = 1200;

MonotonicTime now() { return keepsake::this_machine().clock.now(); }
Id128 new_id() { return Id128::random(keepsake::this_machine().random); }

template <class T>
T good(keepsake::Result<T> result) {
  if (!result) bench::fail(result.error().text());
  return *std::move(result);
}

/// A database, in which sessions keep history or don't.
class Side {
 public:
  Side(const std::string& path, bool keeps)
      : path_(path),
        keeps_(keeps),
        backend_(good(keepsake::open_sqlite(path))),
        generation_(good(backend_->info()).generation) {
    self_.server.text = "bench";
    self_.incarnation =
        good(backend_->open_lease({.server = self_.server, .journal = {}, .now_ms = 1}));
  }

  /// How long the saves of that many sessions take: the first ones, or the last.
  struct Round {
    Duration first;
    Duration last;
  };
  Round round() {
    ++rounds_;
    std::vector<Envelope> rows;
    for (std::size_t i = 0; i < kSessions; ++i) rows.push_back(acquire(i));
    const Duration first = commit(rows, keepsake::After::keep);
    for (Envelope& row : rows) ++row.revision;
    const Duration last = commit(rows, keepsake::After::hand_over);
    return {.first = first, .last = last};
  }
  [[nodiscard]] std::uintmax_t bytes() const { return std::filesystem::file_size(path_); }

 private:
  static ProfileKey key(std::size_t i) { return {"Players", "Player_" + std::to_string(i)}; }

  Envelope acquire(std::size_t i) {
    auto answer = good(backend_->acquire({.key = key(i),
                                          .self = self_,
                                          .generation = generation_,
                                          .session = new_id(),
                                          .readable_ordinal = 1,
                                          .now_ms = 1}));
    auto* acquired = std::get_if<keepsake::Acquired>(&answer);
    if (acquired == nullptr) bench::fail("a profile is held");
    return std::move(acquired->record.envelope);
  }
  Duration commit(const std::vector<Envelope>& rows, keepsake::After after) {
    const bool last = after == keepsake::After::hand_over;
    std::vector<Group> groups;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      MemberCommit member;
      member.key = key(i);
      member.fence = fence_of(rows[i], generation_);
      member.data = keepsake::NewData{
          .schema = {.version = "1", .ordinal = 1, .last_compatible = 1},
          .payload = std::string(kBytes, static_cast<char>('a' + (rounds_ + i) % 26))};
      member.edit_number = 2 * rounds_ + (last ? 1 : 0);
      member.after = after;
      if (keeps_ && (last || rows[i].has_data)) {
        member.history = keepsake::KeepHistory{.at_most = kSnapshots};
        if (last) member.history->after = keepsake::SnapshotKind::session_end;
        if (!last) member.history->before = keepsake::SnapshotKind::session_start;
      }
      groups.push_back({.token = new_id(),
                        .self = self_,
                        .now_ms = static_cast<std::int64_t>(rounds_ * 60'000 + (last ? 30'000 : 0)),
                        .members = {std::move(member)},
                        .quarantine = {}});
    }
    const MonotonicTime began = now();
    const auto answers = good(backend_->commit(groups));
    const Duration took = now() - began;
    for (const auto& answer : answers) {
      if (!std::holds_alternative<keepsake::Applied>(answer)) bench::fail("a save was refused");
    }
    return took;
  }

  const std::string path_;
  const bool keeps_;
  const std::unique_ptr<keepsake::Backend> backend_;
  const keepsake::Generation generation_;
  keepsake::Owner self_;
  std::uint64_t rounds_ = 0;
};

struct Times {
  std::vector<Duration> first;
  std::vector<Duration> last;
  void add(const Side::Round& round) {
    first.push_back(round.first);
    last.push_back(round.last);
  }
};

}  // namespace

int main(int argc, char** argv) {
  const bench::Setting setting(argc, argv, "history_bench", "rounds", 100);
  Side with(setting.folder() + "/with.db", true);
  Side without(setting.folder() + "/without.db", false);
  Times kept;
  Times bare;
  for (std::size_t i = 0; i < setting.count(); ++i) {  // each goes first in every second round
    if (i % 2 == 0) kept.add(with.round());
    bare.add(without.round());
    if (i % 2 == 1) kept.add(with.round());
  }
  bench::Report report("the saves of " + std::to_string(kSessions) +
                       " sessions, in one batch each");
  const auto add = [&](const std::string& name, std::vector<Duration> ours,
                       std::vector<Duration> theirs) {
    Figure of_ours = Figure::of(name + ", with history", std::move(ours));
    Figure of_theirs = Figure::of(name + ", without", std::move(theirs));
    const double ratio = static_cast<double>(of_ours.at(0.5).count()) /
                         static_cast<double>(of_theirs.at(0.5).count());
    report.add(std::move(of_ours));
    report.add(std::move(of_theirs));
    report.add({.name = name + ", with / without", .value = ratio, .at_least = {}});
  };
  add("first save", std::move(kept.first), std::move(bare.first));
  add("last save", std::move(kept.last), std::move(bare.last));
  const auto more = static_cast<double>(with.bytes()) - static_cast<double>(without.bytes());
  report.add({.name = "bytes of history a profile", .value = more / kSessions, .at_least = {}});
  return report.print(setting.json());
}
