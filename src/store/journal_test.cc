#include "src/store/journal_test_fixture.h"

namespace keepsake {
namespace {

TEST_F(JournalTest, OptionsOutOfRangeAreRefusedByName) {
  process_ = machine_.start_process();
  options_.ring_bytes = 100'000;
  EXPECT_EQ(Journal::create(env(*process_), options_, "/j").error().text(),
            "invalid_options: JournalOptions::ring_bytes: expected a power of two from 65536 to "
            "1073741824, found 100000");
  options_.ring_bytes = 65536;
  options_.max_bytes = 100'000;
  EXPECT_EQ(Journal::create(env(*process_), options_, "/j").error().code(),
            ErrorCode::invalid_options);
  EXPECT_TRUE(machine_.paths().empty());
}

TEST_F(JournalTest, WhatWasAppendedIsReadAfterAKillWhereverItStands) {
  open();
  append_all(5);
  ASSERT_TRUE(journal_->drain(true));
  append_all(5);
  pass(1);
  ASSERT_TRUE(journal_->drain(false));
  append_all(5);
  process_->kill();
  const JournalContents contents = recover();
  expect_records(contents, 1, 15);
  EXPECT_EQ(contents.identity.owner, kOwner);
  EXPECT_EQ(contents.identity.generation, kGeneration);
  EXPECT_EQ(contents.records[14].members[0].bytes, std::string(100, 'a' + 15));
}

TEST_F(JournalTest, SealedByAnotherItRefusesEveryEditAndStopsDraining) {
  open();
  append_all(3);
  expect_records(recover(), 1, 3);
  const auto refused = append();
  EXPECT_EQ(refused.error().text(),
            "session_lost: the journal was sealed by a server that has taken over");
  EXPECT_EQ(journal_->next_sequence(), 4U);
  EXPECT_EQ(journal_->drain(true).error().code(), ErrorCode::session_lost);
  EXPECT_TRUE(journal_->sealed());
  expect_records(recover(), 1, 3);
}

TEST_F(JournalTest, APowerLossTakesOnlyWhatWasNotSynced) {
  for (int round = 0; round < 100; ++round) {
    open();
    append_all(7, 300);
    ASSERT_TRUE(journal_->drain(true));
    append_all(9, 300);
    pass(1);
    ASSERT_TRUE(journal_->drain(false));
    append_all(2);
    EXPECT_EQ(journal_->synced_sequence(), 7U);
    machine_.lose_power();
    const JournalContents contents = recover();
    ASSERT_GE(contents.records.size(), 7U);
    ASSERT_LE(contents.records.size(), 16U);
    expect_records(contents, 1, contents.records.size());
    const auto other = machine_.start_process();
    EXPECT_EQ(reach_journal(env(*other), journal_->place()).kind, JournalReach::Kind::dead);
    ASSERT_TRUE(remove_journal(env(*other), journal_->place()));
    EXPECT_TRUE(machine_.paths().empty());
  }
}

TEST_F(JournalTest, SyncsEveryIntervalWhileThereIsSomethingNew) {
  open();
  append_all(1);
  ASSERT_TRUE(journal_->drain(false));
  EXPECT_EQ(journal_->synced_sequence(), 1U);
  append_all(1);
  pass(99);
  ASSERT_TRUE(journal_->drain(false));
  EXPECT_EQ(journal_->synced_sequence(), 1U);
  pass(1);
  ASSERT_TRUE(journal_->drain(false));
  EXPECT_EQ(journal_->synced_sequence(), 2U);
}

TEST_F(JournalTest, GoesOnInFurtherSegmentsAndDropsThoseThatSavesCover) {
  open();
  for (int i = 0; i < 30; ++i) {
    append_all(10, 1000);
    pass(20);
    ASSERT_TRUE(journal_->drain(false));
  }
  EXPECT_GE(segments(), 5U);
  expect_records(recover(), 1, 300);
  open();
  for (int i = 0; i < 30; ++i) {
    append_all(10, 1000);
    pass(20);
    ASSERT_TRUE(journal_->drain(false));
    journal_->set_floor(journal_->next_sequence() - 5);
  }
  ASSERT_TRUE(journal_->drain(true));
  EXPECT_LE(journal_->bytes_held(), 70'000U);
  const JournalContents contents = recover();
  EXPECT_GE(contents.records.front().sequence, 200U);
  expect_records(contents, contents.records.front().sequence, 300);
}

TEST_F(JournalTest, ARecordLargerThanASegmentGetsOneOfItsOwnSize) {
  options_.ring_bytes = 4UL << 20;
  options_.max_bytes = 64UL << 20;
  open();
  ASSERT_TRUE(append(10));
  ASSERT_TRUE(append(3'000'000));
  ASSERT_TRUE(append(10));
  ASSERT_TRUE(journal_->drain(true));
  const auto refused = append(5'000'000);
  EXPECT_EQ(refused.error().code(), ErrorCode::limit_exceeded);
  EXPECT_EQ(refused.error().remedy(), "raise JournalOptions::ring_bytes");
  expect_records(recover(), 1, 3);
}

TEST_F(JournalTest, AFullDiskStopsTheDrainThenTheEditsAndRecoversByItself) {
  open();
  machine_.set_disk_bytes(70'000);
  std::uint64_t last = 0;
  Result<void> drained;
  for (int i = 0; i < 200; ++i) {
    const auto appended = append(1000);
    if (!appended) {
      EXPECT_EQ(appended.error().code(), ErrorCode::journal_full);
      break;
    }
    last = *appended;
    pass(20);
    drained = journal_->drain(false);
  }
  EXPECT_GT(last, 100U);
  EXPECT_LT(last, 150U);
  EXPECT_EQ(drained.error().code(), ErrorCode::storage_full);
  EXPECT_EQ(journal_->take_reports().size(), 1U) << "once, not at every turn";
  machine_.set_disk_bytes(1 << 30);
  ASSERT_TRUE(journal_->drain(true));
  EXPECT_EQ(journal_->synced_sequence(), last);
  ASSERT_TRUE(append(1000));
  expect_records(recover(), 1, last + 1);
}

TEST_F(JournalTest, MaxBytesBoundsTheSegments) {
  options_.max_bytes = 200'000;
  open();
  Result<void> drained;
  while (append(1000)) drained = journal_->drain(false);
  EXPECT_EQ(drained.error().code(), ErrorCode::journal_full);
  EXPECT_LE(segments(), 3U);
  journal_->set_floor(journal_->next_sequence());
  // The segments that saves cover go first, then there is room again.
  (void)journal_->drain(true).has_value();
  ASSERT_TRUE(journal_->drain(true));
  EXPECT_TRUE(append(1000));
}

TEST_F(JournalTest, AFailedSyncWritesEverythingUnsyncedToAFreshSegment) {
  for (int failures = 1; failures <= 3; ++failures) {
    open();
    append_all(3);
    ASSERT_TRUE(journal_->drain(true));
    append_all(4);
    machine_.fail_syncs(failures);
    for (int turn = 0; turn < 4; ++turn) {
      pass(100);
      (void)journal_->drain(false).has_value();
    }
    EXPECT_EQ(journal_->synced_sequence(), 7U) << failures;
    EXPECT_FALSE(journal_->take_reports().empty());
    EXPECT_FALSE(journal_->needs_images());
    append_all(2);
    ASSERT_TRUE(journal_->drain(true));
    machine_.lose_power();
    expect_records(recover(), 1, 9);
  }
}

TEST_F(JournalTest, AFailedWriteGoesToAFreshSegmentToo) {
  open();
  append_all(3);
  ASSERT_TRUE(journal_->drain(true));
  append_all(4);
  machine_.fail_writes(1);
  EXPECT_EQ(journal_->drain(true).error().code(), ErrorCode::io_error);
  append_all(1);
  pass(200);
  ASSERT_TRUE(journal_->drain(true));
  machine_.lose_power();
  expect_records(recover(), 1, 8);
}

TEST_F(JournalTest, CompactionDropsAllBeforeItOnceItIsSynced) {
  open();
  append_all(20, 1000);
  ASSERT_TRUE(journal_->drain(true));
  const std::uint64_t held = journal_->bytes_held();
  journal_->begin_compaction();
  EXPECT_TRUE(journal_->compacting());
  ASSERT_TRUE(append(1000, RecordKind::compaction));
  append_all(1);
  ASSERT_TRUE(append(1000, RecordKind::compaction));
  journal_->end_compaction();
  pass(1);
  ASSERT_TRUE(journal_->drain(false));
  EXPECT_GT(journal_->bytes_held(), held) << "not synced yet";
  ASSERT_TRUE(journal_->drain(true));
  EXPECT_LT(journal_->bytes_held(), 4000U);
  expect_records(recover(), 21, 23);
}

TEST_F(JournalTest, ForgetsWhatLiesBeforeACompactionInFilesAndMemory) {
  open();
  append_all(40, 1000);  // the fourth is of "d", and so is every 26th
  const auto places_with = [&](const std::string& text) {
    std::string found;
    for (const std::string& path : machine_.paths()) {
      if (machine_.bytes(path).find(text) != std::string::npos) found += path + " ";
    }
    const auto memory = process_->memory().open(journal_->place().ring).value();
    const std::string bytes(reinterpret_cast<const char*>(memory->data()), memory->size());
    return found + (bytes.find(text) != std::string::npos ? "ring" : "");
  };
  ASSERT_TRUE(journal_->drain(true));
  EXPECT_NE(places_with("ddddd"), "");
  EXPECT_EQ(journal_->forgotten_below(), 0U);
  journal_->begin_compaction();
  const std::uint64_t from = journal_->next_sequence();
  ASSERT_TRUE(append(1000, RecordKind::compaction));
  journal_->end_compaction();
  ASSERT_TRUE(journal_->drain(true));
  ASSERT_TRUE(journal_->drain(true));
  EXPECT_EQ(journal_->forgotten_below(), from);
  EXPECT_EQ(places_with("ddddd"), "ring");
  ASSERT_TRUE(append(1000));  // 'p': it isn't drained yet
  journal_->wipe_ring();
  EXPECT_EQ(places_with("ddddd"), "");
  expect_records(recover(), from, from + 1);
}

TEST_F(JournalTest, CompactionOfNothingLeavesNoByteOfWhatWasThere) {
  open();
  append_all(20, 1000);
  ASSERT_TRUE(journal_->drain(true));
  journal_->begin_compaction();
  journal_->end_compaction();
  ASSERT_TRUE(journal_->drain(true));
  for (const std::string& path : machine_.paths()) {
    EXPECT_EQ(machine_.bytes(path).find(std::string(50, 'b')), std::string::npos) << path;
  }
  append_all(1);
  expect_records(recover(), 21, 21);
}

TEST_F(JournalTest, ARingWhoseNameIsGoneIsReplacedAndReported) {
  open();
  append_all(3);
  const JournalPlace before = journal_->place();
  machine_.unlink_shared_memory();
  pass(100);
  ASSERT_TRUE(journal_->drain(false));
  EXPECT_NE(journal_->place().ring, before.ring);
  EXPECT_EQ(told_place_, journal_->place());
  ASSERT_EQ(journal_->take_reports().size(), 1U);
  append_all(3);
  process_->kill();
  expect_records(recover(), 1, 6);
  // Who only knows the old place finds the new ring in the segments.
  const auto other = machine_.start_process();
  expect_records(*seal_and_read(env(*other), before), 1, 6);
}

TEST_F(JournalTest, ALiveJournalWhoseRingCannotBeOpenedIsNotRead) {
  open();
  append_all(3);
  const auto other = machine_.start_process();
  EXPECT_EQ(reach_journal(env(*other), journal_->place()).kind, JournalReach::Kind::live);
  EXPECT_EQ(reach_journal(env(*other), journal_->place()).pid, process_->info().pid);
  machine_.unlink_shared_memory();
  EXPECT_EQ(reach_journal(env(*other), journal_->place()).kind, JournalReach::Kind::not_shared);
  const auto refused = seal_and_read(env(*other), journal_->place());
  EXPECT_EQ(refused.error().code(), ErrorCode::journal_not_shared);
  EXPECT_TRUE(append());
  process_->kill();
  const JournalContents contents = recover();
  ASSERT_EQ(contents.damage.size(), 1U);
  EXPECT_EQ(contents.damage[0].cause(),
            "the journal's shared memory is gone; its last edits may be missing");
}

TEST_F(JournalTest, AnotherMachinesJournalIsUnreachable) {
  open();
  const auto other = machine_.start_process();
  EXPECT_EQ(reach_journal(env(*other), {}).reason, "it has no journal");
  JournalPlace elsewhere = journal_->place();
  elsewhere.directory = "/elsewhere/1";
  EXPECT_EQ(reach_journal(env(*other), elsewhere).kind, JournalReach::Kind::unreachable);
  machine_.set_local(false);
  EXPECT_EQ(reach_journal(env(*other), journal_->place()).kind, JournalReach::Kind::unreachable);
}

TEST_F(JournalTest, ClosedCleanlyNothingIsLeft) {
  open();
  append_all(3);
  ASSERT_TRUE(journal_->drain(true));
  ASSERT_TRUE(journal_->close_clean());
  EXPECT_TRUE(machine_.paths().empty());
  const auto other = machine_.start_process();
  EXPECT_TRUE(list_journals(env(*other), "/j")->empty());
  EXPECT_EQ(env(*other).memory.open(journal_->place().ring).error().code(), ErrorCode::not_found);
}

TEST_F(JournalTest, ListsAllJournalsAndRemovesUnfinishedOnesOfTheDead) {
  open();
  const JournalPlace first = journal_->place();
  const auto kept = std::move(journal_);
  open();
  const auto dying = machine_.start_process();
  machine_.fail_writes(1000);
  EXPECT_FALSE(Journal::create(env(*dying), options_, "/j").has_value());
  machine_.fail_writes(0);
  const std::string unfinished = "/j/" + std::string(32, 'a') + ".new";
  ASSERT_TRUE(dying->files().create_directory(unfinished));
  const auto lock = dying->files().lock(unfinished + "/lock");
  const auto other = machine_.start_process();
  ASSERT_EQ(list_journals(env(*other), "/j")->size(), 2U);
  EXPECT_TRUE(other->files().exists(unfinished));
  dying->kill();
  const auto places = list_journals(env(*other), "/j").value();
  EXPECT_FALSE(other->files().exists(unfinished));
  ASSERT_EQ(places.size(), 2U);
  EXPECT_TRUE(places[0] == first || places[1] == first);
}

TEST_F(JournalTest, RemovesTheRingOfOneWhoDiedBeforeItsFirstSegment) {
  const auto dying = machine_.start_process();
  const std::string unfinished = "/j/" + std::string(32, 'a') + ".new";
  ASSERT_TRUE(dying->files().create_directory(unfinished));
  const auto lock = dying->files().lock(unfinished + "/lock");
  const auto memory = dying->memory().create(1 << 16, {}).value();
  ASSERT_TRUE(dying->files()
                  .open(unfinished + "/ring", OpenMode::create)
                  .value()
                  ->write_at(0, memory->name()));
  dying->kill();
  const auto other = machine_.start_process();
  EXPECT_TRUE(list_journals(env(*other), "/j").value().empty());
  EXPECT_FALSE(other->files().exists(unfinished));
  EXPECT_EQ(other->memory().open(memory->name()).error().code(), ErrorCode::not_found);
}

TEST_F(JournalTest, DamageOnTheDiskOfAMachineThatRunsIsMendedFromTheRing) {
  open();
  append_all(10, 200);
  ASSERT_TRUE(journal_->drain(false));
  append_all(1);
  const std::string path = journal_->place().directory + "/segment-00000001";
  machine_.corrupt(path, machine_.bytes(path).find(std::string(50, 'e')), 0x10);
  machine_.corrupt(path, machine_.bytes(path).find(std::string(50, 'j')), 0x10);
  process_->kill();
  expect_records(recover(), 1, 11);
}

TEST_F(JournalTest, DamageOnTheDiskIsReportedAndTheRestIsRead) {
  open();
  append_all(10, 200);
  ASSERT_TRUE(journal_->drain(true));
  append_all(1);
  ASSERT_TRUE(journal_->drain(true));
  machine_.lose_power();
  const std::string path = journal_->place().directory + "/segment-00000001";
  const std::size_t at = machine_.bytes(path).find(std::string(50, 'e'));
  machine_.corrupt(path, at, 0x10);
  const JournalContents contents = recover();
  EXPECT_EQ(contents.records.size(), 10U);
  ASSERT_EQ(contents.damage.size(), 1U);
  EXPECT_EQ(contents.damage[0].cause(), "the journal lost records 4 to 4");
}

TEST_F(JournalTest, SegmentsThatAreGoneWhileTheMachineRunsAreReported) {
  open();
  append_all(3);
  const std::string path = journal_->place().directory + "/segment-00000001";
  process_->kill();
  const auto other = machine_.start_process();
  ASSERT_TRUE(other->files().remove(path));
  const JournalContents contents = recover();
  EXPECT_EQ(contents.records.size(), 3U) << "the ring is there";
  ASSERT_EQ(contents.damage.size(), 1U);
  EXPECT_EQ(contents.damage[0].cause(),
            "the journal's segments are gone; its last edits may be missing");
}

TEST_F(JournalTest, OneWhoseLockMayNotBeLookedAtIsBarred) {
  open();
  process_->kill();
  const auto other = machine_.start_process();
  machine_.forbid(journal_->place().directory);
  const JournalReach reach = reach_journal(env(*other), journal_->place());
  EXPECT_EQ(reach.kind, JournalReach::Kind::barred);
  EXPECT_NE(reach.reason.find("may not be opened"), std::string::npos) << reach.reason;
  machine_.forbid("");
  EXPECT_EQ(reach_journal(env(*other), journal_->place()).kind, JournalReach::Kind::dead);
}

TEST_F(JournalTest, IsNotRemovedWhileASegmentOfItCannotBeRead) {
  open();
  append_all(3);
  process_->kill();
  const auto other = machine_.start_process();
  machine_.forbid(journal_->place().directory + "/segment");
  const auto refused = remove_journal(env(*other), journal_->place());
  EXPECT_EQ(refused.error().code(), ErrorCode::read_only);
  machine_.forbid("");
  expect_records(recover(), 1, 3);
  EXPECT_TRUE(remove_journal(env(*other), journal_->place()));
  EXPECT_TRUE(machine_.paths().empty());
}

}  // namespace
}  // namespace keepsake
