// Recovery of journals that can't be opened or read; takeover_test.cc has the rest.
#include "src/store/recovery.h"

#include <functional>
#include <utility>

#include "keepsake/backend/memory.h"
#include "src/backend/forwarding.h"
#include "src/store/journal_test_fixture.h"

namespace keepsake {
namespace {

/// Shared memory of a process that something happens to, once, at its next open or remove.
class InterruptedMemory final : public SharedMemorySpace {
 public:
  explicit InterruptedMemory(SharedMemorySpace& inner) : inner_(inner) {}
  std::function<void()> before_open;
  std::function<void()> after_remove;

  Result<std::unique_ptr<SharedMemory>> create(std::size_t bytes,
                                               const Announce& announce) override {
    return inner_.create(bytes, announce);
  }
  Result<std::unique_ptr<SharedMemory>> open(std::string_view name) override {
    if (const auto happens = std::exchange(before_open, {})) happens();
    return inner_.open(name);
  }
  Result<void> remove(std::string_view name) override {
    Result<void> removed = inner_.remove(name);
    if (const auto happens = std::exchange(after_remove, {})) happens();
    return removed;
  }

 private:
  SharedMemorySpace& inner_;
};

/// A database that is away whenever one server's lease is to be closed.
class AwayFor final : public ForwardingBackend {
 public:
  AwayFor(Backend& inner, Owner whom) : ForwardingBackend(inner), whom_(std::move(whom)) {}

  Result<bool> close_lease(const CloseLease& request) override {
    if (request.target == whom_) return Error(ErrorCode::unavailable, "the database is away");
    return ForwardingBackend::close_lease(request);
  }

 private:
  const Owner whom_;
};

class RecoveryTest : public JournalTest {
 protected:
  RecoveryTest() {
    start("dead");
    append_all(3);
    EXPECT_TRUE(journal_->drain(true));
    process_->kill();
  }
  void start(const std::string& id) {
    process_ = machine_.start_process();
    memory_ = std::make_unique<InterruptedMemory>(process_->memory());
    journal_ = Journal::create(env_with(*memory_, *process_), options_, "/j").value();
    dead_ = open_lease(id, journal_->place());
    EXPECT_TRUE(journal_->start(generation(), dead_));
  }
  JournalEnv env_with(SharedMemorySpace& memory, MemoryProcess& process) {
    return {process.files(), memory, clock_, random_, process.info()};
  }
  Generation generation() { return backend_->info().value().generation; }
  Owner open_lease(const std::string& id, const JournalPlace& journal) {
    const auto incarnation =
        backend_->open_lease({.server = {id}, .journal = journal, .now_ms = 1, .generation = {}});
    return {.server = {id}, .incarnation = incarnation.value()};
  }
  std::vector<RecoveryReport> recover_all() {
    const auto other = machine_.start_process();
    return recover_all(env(*other));
  }
  std::vector<RecoveryReport> recover_all(const JournalEnv& here) {
    const DirectoryReport report = recover_through(*backend_, here);
    EXPECT_FALSE(report.failed) << report.failed->text();
    return report.journals;
  }
  DirectoryReport recover_through(Backend& backend, const JournalEnv& here) {
    return recover_directory({.backend = backend,
                              .machine = here,
                              .self = self_,
                              .generation = generation(),
                              .random = random_},
                             "/j");
  }
  void end_lease_of_the_dead() {
    ASSERT_TRUE(
        *backend_->close_lease({.self = self_, .target = dead_, .renewal = 0, .recovered = false}));
    ASSERT_TRUE(*backend_->end_lease({.self = self_, .target = dead_}));
  }
  static void expect_no_damage(const std::vector<RecoveryReport>& reports) {
    for (const RecoveryReport& report : reports) {
      for (const Error& damage : report.damage) ADD_FAILURE() << damage.text();
    }
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
  std::unique_ptr<InterruptedMemory> memory_;  ///< of the dead
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

TEST_F(RecoveryTest, WhatWasRecoveredIsReportedThoughTheDatabaseGoesAwayAfterwards) {
  const Owner first = dead_;
  start("another");
  process_->kill();
  const auto other = machine_.start_process();
  // The folder's order is by chance: whichever comes last fails.
  AwayFor away_for_another(*backend_, dead_);
  AwayFor away_for_first(*backend_, first);
  DirectoryReport report = recover_through(away_for_another, env(*other));
  if (report.journals.empty()) report = recover_through(away_for_first, env(*other));
  ASSERT_TRUE(report.failed);
  EXPECT_EQ(report.failed->code(), ErrorCode::unavailable);
  ASSERT_EQ(report.journals.size(), 1U);
  EXPECT_TRUE(report.journals[0].done);
  const auto again = recover_all();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_TRUE(again[0].done);
  EXPECT_TRUE(machine_.paths().empty());
}

TEST_F(RecoveryTest, ANeighbourRecoversItWhileItIsRead) {
  for (const bool forgotten : {false, true}) {
    if (forgotten) {
      start("another");
      process_->kill();
      end_lease_of_the_dead();
    }
    const auto slow = machine_.start_process();
    InterruptedMemory memory(slow->memory());
    memory.before_open = [&] { EXPECT_TRUE(recover_all().at(0).done); };
    expect_no_damage(recover_all(env_with(memory, *slow)));
    EXPECT_FALSE(memory.before_open);
    EXPECT_EQ(state_of_the_dead(), LeaseState::recovered);
    EXPECT_TRUE(machine_.paths().empty());
  }
}

TEST_F(RecoveryTest, ANeighbourFindsItWhileItIsRemoved) {
  const auto slow = machine_.start_process();
  InterruptedMemory memory(slow->memory());
  memory.after_remove = [&] { expect_no_damage(recover_all()); };
  expect_no_damage(recover_all(env_with(memory, *slow)));
  EXPECT_FALSE(memory.after_remove);
  EXPECT_TRUE(machine_.paths().empty());
}

TEST_F(RecoveryTest, WhoRemovesItDiesOverIt) {
  const auto dying = machine_.start_process();
  InterruptedMemory memory(dying->memory());
  memory.after_remove = [&] { dying->kill(); };
  (void)recover_all(env_with(memory, *dying));
  EXPECT_EQ(state_of_the_dead(), LeaseState::recovered);
  EXPECT_FALSE(machine_.paths().empty());
  EXPECT_TRUE(recover_all().empty()) << "what is left is no journal";
  EXPECT_TRUE(machine_.paths().empty());
}

TEST_F(RecoveryTest, AServerIsKilledWhileItRemovesItsOwn) {
  (void)recover_all();
  start("stops");
  memory_->after_remove = [&] { process_->kill(); };
  ASSERT_TRUE(*backend_->end_lease({.self = dead_, .target = dead_}));
  EXPECT_FALSE(journal_->close_clean());
  EXPECT_FALSE(machine_.paths().empty());
  EXPECT_TRUE(recover_all().empty()) << "what is left is no journal";
  EXPECT_TRUE(machine_.paths().empty());
}

TEST_F(RecoveryTest, ARingThatIsGoneIsToldWhileTheLeaseIsNotRecovered) {
  machine_.unlink_shared_memory();
  const auto reports = recover_all();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_TRUE(reports[0].done);
  ASSERT_EQ(reports[0].damage.size(), 1U);
  EXPECT_EQ(reports[0].damage[0].cause(),
            "the journal's shared memory is gone; its last edits may be missing");
}

}  // namespace
}  // namespace keepsake
