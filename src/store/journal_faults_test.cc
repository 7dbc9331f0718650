#include <random>
#include <thread>

#include "src/store/journal_test_fixture.h"

namespace keepsake {
namespace {

using JournalFaults = JournalTest;

// Any faults in any order: what was synced is there after a power loss, what was appended after a
// kill, always as a whole row of numbers, and no byte differs.
TEST_F(JournalFaults, RandomFaultsNeverLoseWhatWasPromised) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    open();
    std::uint64_t last = 0;
    std::uint64_t floor = 1;
    for (int step = 0; step < 120; ++step) {
      switch (random() % 12) {
        case 0: machine_.fail_syncs(static_cast<int>(random() % 3)); break;
        case 1: machine_.fail_writes(static_cast<int>(random() % 2)); break;
        case 2: machine_.set_disk_bytes(random() % 2 == 0 ? 200'000 : 1 << 30); break;
        case 3:
          if (random() % 8 == 0) machine_.unlink_shared_memory();
          break;
        case 4:
          floor = std::max(floor, journal_->synced_sequence() / 2);
          journal_->set_floor(floor);
          break;
        case 5:
        case 6:
        case 7:
          pass(static_cast<std::int64_t>(random() % 60));
          (void)journal_->drain(random() % 10 == 0).has_value();
          break;
        default:
          for (auto count = random() % 8; count > 0; --count) {
            const auto appended = append(random() % 3000);
            if (appended) last = *appended;
          }
      }
    }
    EXPECT_FALSE(journal_->needs_images());
    const std::uint64_t synced = journal_->synced_sequence();
    machine_.fail_syncs(0);
    machine_.fail_writes(0);
    machine_.set_disk_bytes(1 << 30);
    const bool power = random() % 2 == 0;
    // A ring whose name was taken just before its owner's death is out of anybody's reach.
    pass(200);
    if (!power) (void)journal_->drain(false).has_value();
    if (power) {
      machine_.lose_power();
    } else {
      process_->kill();
    }
    const JournalContents contents = recover();
    for (const Error& error : contents.damage) ADD_FAILURE() << error.text();
    if (last == 0) continue;
    const std::uint64_t least = power ? synced : last;
    if (least == 0) continue;
    ASSERT_FALSE(contents.records.empty());
    ASSERT_LE(contents.records.front().sequence, floor);
    ASSERT_GE(contents.records.back().sequence, least)
        << (power ? "power" : "kill") << " torn " << contents.torn_bytes;
    std::uint64_t sequence = contents.records.front().sequence;
    for (const JournalRecord& record : contents.records) {
      ASSERT_EQ(record.sequence, sequence++);
      const std::string& bytes = record.members.at(0).bytes;
      ASSERT_EQ(bytes, std::string(bytes.size(), static_cast<char>('a' + record.sequence % 26)));
    }
    const auto other = machine_.start_process();
    ASSERT_TRUE(remove_journal(env(*other), journal_->place()));
  }
}

// The game's thread, the drain and a sealer at once.
TEST_F(JournalFaults, AppendsThatReturnedAreReadWhileThreadsDrainAndSeal) {
  for (int round = 0; round < 20; ++round) {
    open();
    std::atomic<bool> go{false};
    std::thread drainer([&] {
      while (journal_->wait_for_records(std::chrono::milliseconds(1))) {
        if (!journal_->drain(false)) return;
      }
    });
    std::uint64_t last = 0;
    std::thread game([&] {
      for (;;) {
        const auto appended = append(500);
        if (appended) {
          last = *appended;
          if (last == 20) go.store(true);
        } else if (appended.error().code() == ErrorCode::session_lost) {
          return;
        }
        if (journal_->wants_wake()) journal_->wake();
      }
    });
    while (!go.load()) std::this_thread::yield();
    const JournalContents contents = recover();
    game.join();
    journal_->stop_waiting();
    drainer.join();
    expect_records(contents, 1, last);
  }
}

// So much at once that memory doesn't keep it until the sync: the store is asked for images.
TEST_F(JournalFaults, WhenMoreIsLostThanIsKeptInMemoryTheStoreIsAskedForImages) {
  options_.max_bytes = 64UL << 20;
  open();
  for (int i = 0; i < 150; ++i) {
    append_all(1, 40'000);
    ASSERT_TRUE(journal_->drain(false));
  }
  EXPECT_FALSE(journal_->needs_images());
  machine_.fail_syncs(1);
  pass(100);
  ASSERT_TRUE(journal_->drain(false));
  EXPECT_TRUE(journal_->needs_images());
  journal_->begin_compaction();
  EXPECT_FALSE(journal_->needs_images());
  ASSERT_TRUE(append(1000, RecordKind::compaction));
  journal_->end_compaction();
  ASSERT_TRUE(journal_->drain(true));
  machine_.lose_power();
  expect_records(recover(), 151, 151);
}

}  // namespace
}  // namespace keepsake
