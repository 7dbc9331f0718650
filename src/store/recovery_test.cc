// Recovery of journals that can't be opened or read; takeover_test.cc has the rest.
#include "src/store/recovery.h"

#include "keepsake/backend/memory.h"
#include "src/store/journal_test_fixture.h"

namespace keepsake {
namespace {

class RecoveryTest : public JournalTest {
 protected:
  RecoveryTest() {
    process_ = machine_.start_process();
    journal_ = Journal::create(env(*process_), options_, "/j").value();
    dead_ = open_lease("dead", journal_->place());
    EXPECT_TRUE(journal_->start(generation(), dead_));
    append_all(3);
    EXPECT_TRUE(journal_->drain(true));
    process_->kill();
  }
  Generation generation() { return backend_->info().value().generation; }
  Owner open_lease(const std::string& id, const JournalPlace& journal) {
    const auto incarnation =
        backend_->open_lease({.server = {id}, .journal = journal, .now_ms = 1, .generation = {}});
    return {.server = {id}, .incarnation = incarnation.value()};
  }
  std::vector<RecoveryReport> recover_all() {
    const auto other = machine_.start_process();
    const JournalEnv here = env(*other);
    return recover_directory({.backend = *backend_,
                              .machine = here,
                              .self = self_,
                              .generation = generation(),
                              .random = random_},
                             "/j")
        .value();
  }
  LeaseState state_of_the_dead() {
    const std::vector<Lease> leases = backend_->leases().value();
    for (const Lease& lease : leases) {
      if (lease.owner.incarnation == dead_.incarnation) return lease.state;
    }
    return LeaseState::recovered;
  }

  std::unique_ptr<Backend> backend_ = make_memory_backend(clock_, random_);
  Owner self_ = open_lease("heir", {});
  Owner dead_;
};

TEST_F(RecoveryTest, AJournalThatMayNotBeOpenedIsReportedAndLeftAsItIs) {
  machine_.forbid(journal_->place().directory);
  const auto reports = recover_all();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_FALSE(reports[0].done);
  EXPECT_EQ(reports[0].target, dead_);
  ASSERT_EQ(reports[0].damage.size(), 1U);
  EXPECT_EQ(reports[0].damage[0].code(), ErrorCode::journal_not_shared);
  EXPECT_EQ(state_of_the_dead(), LeaseState::open);
  machine_.forbid("");
  const auto again = recover_all();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_TRUE(again[0].done);
  EXPECT_TRUE(again[0].damage.empty());
  EXPECT_TRUE(machine_.paths().empty());
}

TEST_F(RecoveryTest, AJournalOfWhichASegmentCannotBeReadIsKeptForWhoCan) {
  machine_.lose_power();  // no ring
  machine_.forbid(journal_->place().directory + "/segment");
  const auto reports = recover_all();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_TRUE(reports[0].done) << "players don't wait for it";
  EXPECT_FALSE(reports[0].damage.empty());
  EXPECT_EQ(state_of_the_dead(), LeaseState::recovered);
  EXPECT_FALSE(recover_all()[0].damage.empty()) << "and is reported each time";
  machine_.forbid("");
  const auto found = recover_all();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].damage.empty());
  EXPECT_TRUE(machine_.paths().empty());
}

}  // namespace
}  // namespace keepsake
