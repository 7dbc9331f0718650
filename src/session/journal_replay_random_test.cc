// Random play against a simple model: each profile's data is the list of the operations that it has
// seen, so that what replay gives back can be read off.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "src/session/appended_test_payload.h"

namespace keepsake {
namespace {

const Generation kGeneration{.high = 1, .low = 1};
constexpr int kProfiles = 5;

using Ops = std::vector<int>;

std::string text_of(const Ops& ops) {
  std::string out;
  for (const int op : ops) out += std::to_string(op) + ",";
  return out;
}
Ops ops_of(const std::string& text) {
  Ops out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) out.push_back(std::stoi(part));
  return out;
}

struct Profile {
  Ops ops;  // what the game has seen
  std::uint64_t edit = 0;
  std::uint32_t links = 0;
  std::uint64_t hash = 0;  // of the state, as the journal counts it
  bool fresh = true;       // the next record is an image
  std::vector<std::pair<std::uint64_t, std::string>> receipts;  // not saved
  std::set<int> tied;                                           // unsaved transactions with these
};

class Play {
 public:
  explicit Play(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < kProfiles; ++i) {
      Record& row = rows_[key(i)];
      row.key = key(i);
      row.envelope.born = 1;
      row.envelope.epoch = 3;
      row.envelope.session = {.high = 5, .low = static_cast<std::uint64_t>(i + 1)};
      row.envelope.has_data = true;
    }
  }

  static ProfileKey key(int i) { return {"s", std::string(1, static_cast<char>('a' + i))}; }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      const int profile = draw(kProfiles);
      switch (draw(10)) {
        case 0:
        case 1: save(profile); break;
        case 2:
        case 3: tie(profile, draw(kProfiles)); break;
        case 4: compact(); break;
        default: edit(profile);
      }
    }
  }
  int draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  RecoveryPlan plan(const std::vector<JournalRecord>& records) {
    return plan_recovery(
        records, kGeneration,
        [&](const ProfileKey& wanted) -> const Record* { return &rows_.at(wanted); },
        test::open_appended);
  }
  // What each row holds after the plan's commits.
  std::map<ProfileKey, Ops> recovered(const RecoveryPlan& plan) const {
    std::map<ProfileKey, Ops> out;
    for (const auto& [k, row] : rows_) out[k] = ops_of(row.payload);
    for (const auto& group : plan.groups) {
      for (const MemberCommit& member : group) {
        const Record& row = rows_.at(member.key);
        EXPECT_EQ(member.fence.epoch, row.envelope.epoch);
        EXPECT_EQ(member.fence.session, row.envelope.session);
        if (member.data) out[member.key] = ops_of(member.data->payload);
      }
    }
    return out;
  }

  std::map<ProfileKey, Record> rows_;
  std::vector<Profile> profiles_{kProfiles};
  std::vector<JournalRecord> records_;
  std::size_t synced_ = 0;                                   // records that a torn tail can't reach
  std::map<int, std::pair<int, int>> ties_;                  // by operation
  std::vector<std::vector<Ops>> after_{{kProfiles, Ops()}};  // all data after each record

 private:
  JournalMember member(int i) {
    const Profile& p = profiles_[static_cast<std::size_t>(i)];
    const Envelope& row = rows_.at(key(i)).envelope;
    JournalMember out;
    out.key = key(i);
    out.generation = kGeneration;
    out.incarnation = 9;
    out.session = row.session;
    out.epoch = 3;
    out.revision = row.revision;
    out.edit_number = p.edit;
    out.links = p.links;
    out.schema = {.version = "1", .ordinal = 1, .last_compatible = 1};
    out.state_hash = p.hash;
    return out;
  }
  JournalMember image(int i) {
    Profile& p = profiles_[static_cast<std::size_t>(i)];
    p.hash = state_hash_of_image(text_of(p.ops));
    p.fresh = false;
    JournalMember out = member(i);
    out.content = ContentKind::image;
    out.bytes = text_of(p.ops);
    return out;
  }
  JournalMember change(int i, int op, bool is_tie) {
    Profile& p = profiles_[static_cast<std::size_t>(i)];
    p.ops.push_back(op);
    ++p.edit;
    const bool has_receipt = draw(3) == 0;
    if (is_tie || has_receipt) ++p.links;
    JournalMember out;
    if (p.fresh || draw(3) == 0) {
      out = image(i);
    } else {
      const std::string patch = std::to_string(op) + ",";
      const std::uint64_t base = p.hash;
      p.hash = state_hash_of_patch(patch, base);
      out = member(i);
      out.content = ContentKind::patch;
      out.base_hash = base;
      out.bytes = patch;
    }
    if (has_receipt) {
      p.receipts.emplace_back(p.edit, "r" + std::to_string(op));
      out.receipts.push_back({p.edit, {p.receipts.back().second, 1}});
    }
    return out;
  }
  void record(RecordKind kind, std::vector<JournalMember> members) {
    records_.push_back({.sequence = records_.size() + 1,
                        .kind = kind,
                        .members = std::move(members),
                        .opened = {}});
    after_.emplace_back();
    for (const Profile& p : profiles_) after_.back().push_back(p.ops);
  }
  void edit(int i) { record(RecordKind::edit, {change(i, ++last_op_, false)}); }
  void tie(int i, int k) {
    if (i == k) return;
    const int op = ++last_op_;
    std::vector<JournalMember> members{change(i, op, true), change(k, op, true)};
    profiles_[static_cast<std::size_t>(i)].tied.insert(k);
    profiles_[static_cast<std::size_t>(k)].tied.insert(i);
    ties_[op] = {i, k};
    record(RecordKind::edit, std::move(members));
  }
  std::set<int> tied_with(int i) const {
    std::set<int> all{i};
    for (std::vector<int> next{i}; !next.empty();) {
      const int at = next.back();
      next.pop_back();
      for (const int other : profiles_[static_cast<std::size_t>(at)].tied) {
        if (all.insert(other).second) next.push_back(other);
      }
    }
    return all;
  }
  // As the store does: all of a tie in one group; the commit lands, and may or may not be
  // confirmed.
  void save(int i) {
    const std::set<int> group = tied_with(i);
    const CommitToken token{.high = 77, .low = ++last_token_};
    std::vector<JournalMember> members;
    for (const int k : group) {
      members.push_back(member(k));
      members.back().token = token;
    }
    record(RecordKind::saving, members);
    if (draw(8) == 0) return;  // never sent
    for (const int k : group) {
      Profile& p = profiles_[static_cast<std::size_t>(k)];
      Record& row = rows_.at(key(k));
      row.payload = text_of(p.ops);
      row.envelope.edit_number = p.edit;
      ++row.envelope.revision;
      row.envelope.marks = {
          {.epoch = 3, .revision = row.envelope.revision, .token = token, .recoverer = {}}};
      p.receipts.clear();
      p.tied.clear();
    }
    if (draw(2) == 0) return;
    members.clear();
    for (const int k : group) members.push_back(member(k));
    record(RecordKind::confirmed, std::move(members));
  }
  void compact() {
    if (draw(4) != 0) return;
    std::set<int> done;
    const std::size_t begin = records_.size();
    for (int i = 0; i < kProfiles; ++i) {
      if (done.contains(i)) continue;
      std::vector<JournalMember> members;
      for (const int k : tied_with(i)) {
        done.insert(k);
        members.push_back(image(k));
        for (const auto& [edit, id] : profiles_[static_cast<std::size_t>(k)].receipts) {
          members.back().receipts.push_back({edit, {id, 1}});
        }
      }
      record(RecordKind::compaction, std::move(members));
    }
    if (draw(2) == 0) {  // all before it is dropped
      for (std::size_t k = 0; k < begin; ++k) records_[k].members.clear();
      synced_ = records_.size();
    }
  }

  std::mt19937_64 random_;
  int last_op_ = 0;
  std::uint64_t last_token_ = 0;
};

constexpr std::uint64_t kSeeds = 2000;

void expect_whole_ties(const Play& play, const std::map<ProfileKey, Ops>& data) {
  for (const auto& [op, pair] : play.ties_) {
    const Ops& one = data.at(Play::key(pair.first));
    const Ops& other = data.at(Play::key(pair.second));
    const bool in_one = std::find(one.begin(), one.end(), op) != one.end();
    const bool in_other = std::find(other.begin(), other.end(), op) != other.end();
    ASSERT_EQ(in_one, in_other) << "transaction " << op;
  }
}
// What an operation was bought with is committed with it: a receipt that got lost would let it be
// bought again.
void expect_receipts_of_all(const Play& play, const RecoveryPlan& plan,
                            const std::map<ProfileKey, Ops>& data) {
  std::set<std::string> receipts;
  for (const auto& group : plan.groups) {
    for (const MemberCommit& member : group) {
      for (const Receipt& receipt : member.receipts) receipts.insert(receipt.id);
    }
  }
  for (int i = 0; i < kProfiles; ++i) {
    const Ops& has = data.at(Play::key(i));
    for (const auto& [edit, id] : play.profiles_[static_cast<std::size_t>(i)].receipts) {
      const bool applied = std::find(has.begin(), has.end(), std::stoi(id.substr(1))) != has.end();
      ASSERT_TRUE(!applied || receipts.contains(id)) << id;
    }
  }
}
// Nothing invented: what a profile has is a beginning of what the game saw.
void expect_beginnings(const Play& play, const std::map<ProfileKey, Ops>& data) {
  for (int i = 0; i < kProfiles; ++i) {
    const Ops& seen = play.profiles_[static_cast<std::size_t>(i)].ops;
    const Ops& has = data.at(Play::key(i));
    ASSERT_LE(has.size(), seen.size());
    ASSERT_TRUE(std::equal(has.begin(), has.end(), seen.begin())) << text_of(has);
  }
}

TEST(RandomReplay, AWholeJournalGivesBackEveryEditAndEveryReceiptOnce) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Play play(seed);
    play.run(60);
    const RecoveryPlan plan = play.plan(play.records_);
    const auto data = play.recovered(plan);
    for (int i = 0; i < kProfiles; ++i) {
      const Profile& profile = play.profiles_[static_cast<std::size_t>(i)];
      ASSERT_EQ(data.at(Play::key(i)), profile.ops);
      std::vector<std::string> receipts;
      for (const auto& group : plan.groups) {
        for (const MemberCommit& member : group) {
          if (member.key != Play::key(i)) continue;
          ASSERT_EQ(member.edit_number, profile.edit);
          for (const Receipt& receipt : member.receipts) receipts.push_back(receipt.id);
        }
      }
      std::vector<std::string> expected;
      for (const auto& [edit, id] : profile.receipts) expected.push_back(id);
      ASSERT_EQ(receipts, expected);
    }
    ASSERT_TRUE(plan.unrecovered.empty());
    ASSERT_TRUE(plan.went_back.empty());
  }
}

TEST(RandomReplay, ATornTailGivesTheStateAtTheCut) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Play play(seed);
    play.run(40);
    const auto saved = play.rows_;
    const std::size_t tail = play.records_.size() - play.synced_;
    const std::size_t cut =
        play.synced_ + static_cast<std::size_t>(play.draw(static_cast<int>(tail) + 1));
    const std::vector<JournalRecord> torn(play.records_.begin(),
                                          play.records_.begin() + static_cast<std::ptrdiff_t>(cut));
    const auto data = play.recovered(play.plan(torn));
    for (int i = 0; i < kProfiles; ++i) {
      // What was saved later than the cut is in the row.
      const Ops at_cut = play.after_[cut][static_cast<std::size_t>(i)];
      const Ops in_row = ops_of(saved.at(Play::key(i)).payload);
      ASSERT_EQ(data.at(Play::key(i)), at_cut.size() > in_row.size() ? at_cut : in_row);
    }
    expect_whole_ties(play, data);
  }
}

TEST(RandomReplay, LostRowsAndLostRecordsNeverSplitATransaction) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Play play(seed);
    play.run(60);
    for (auto& [key, row] : play.rows_) {
      if (play.draw(5) != 0) continue;
      ++row.envelope.epoch;
      row.envelope.session = {.high = 6, .low = 6};
    }
    std::vector<JournalRecord> records = play.records_;
    for (int lost = play.draw(4); lost > 0 && !records.empty(); --lost) {
      records.erase(records.begin() + play.draw(static_cast<int>(records.size())));
    }
    const RecoveryPlan plan = play.plan(records);
    const auto data = play.recovered(plan);
    expect_beginnings(play, data);
    expect_whole_ties(play, data);
    expect_receipts_of_all(play, plan, data);
    if (records.size() < play.records_.size()) continue;
    // Nothing is silently missing: a profile that lacks edits is named, with what it lacks.
    for (int i = 0; i < kProfiles; ++i) {
      const Ops& seen = play.profiles_[static_cast<std::size_t>(i)].ops;
      if (data.at(Play::key(i)) == seen) continue;
      const auto named =
          std::find_if(plan.unrecovered.begin(), plan.unrecovered.end(),
                       [&](const Unrecovered& loss) { return loss.key == Play::key(i); });
      ASSERT_NE(named, plan.unrecovered.end()) << i;
      ASSERT_EQ(named->last_edit, play.profiles_[static_cast<std::size_t>(i)].edit);
      ASSERT_EQ(named->payload, text_of(seen));
    }
  }
}

}  // namespace
}  // namespace keepsake
