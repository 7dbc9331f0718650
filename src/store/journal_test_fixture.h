// A journal in a machine in memory, for tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "src/base/memory_machine.h"
#include "src/store/journal.h"
#include "src/store/journal_recovery.h"

namespace keepsake {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

class HandClock final : public Clock {
 public:
  MonotonicTime now() const override { return time; }
  WallTime wall() const override { return WallTime(time.time_since_epoch()); }
  MonotonicTime time{std::chrono::seconds(100)};
};

inline const Generation kGeneration{.high = 1, .low = 1};
inline const Owner kOwner{.server = {"eu-1"}, .incarnation = 7};

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    options_.ring_bytes = 64UL << 10;
    options_.segment_bytes = 64UL << 10;
    options_.max_bytes = 1UL << 20;
    options_.on_place_changed = [this](const JournalPlace& place) { told_place_ = place; };
  }
  JournalEnv env(MemoryProcess& process) {
    return {process.files(), process.memory(), clock_, random_, process.info()};
  }
  void open() {
    process_ = machine_.start_process();
    journal_ = Journal::create(env(*process_), options_, "/j").value();
    ASSERT_TRUE(journal_->start(kGeneration, kOwner));
  }
  // Edit number and sequence are the same here.
  Result<std::uint64_t> append(std::size_t bytes = 100, RecordKind kind = RecordKind::edit) {
    const std::uint64_t number = journal_->next_sequence();
    const std::string payload(bytes, static_cast<char>('a' + number % 26));
    MemberView member;
    member.store = "s";
    member.key = "k";
    member.generation = kGeneration;
    member.incarnation = kOwner.incarnation;
    member.edit_number = number;
    member.content = ContentKind::image;
    member.bytes = payload;
    member.state_hash = state_hash_of_image(payload);
    return journal_->append({kind, {&member, 1}});
  }
  void append_all(int count, std::size_t bytes = 100) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(append(bytes));
  }
  JournalContents recover() {
    const auto other = machine_.start_process();
    auto contents = seal_and_read(env(*other), journal_->place());
    EXPECT_TRUE(contents.has_value()) << contents.error().text();
    return std::move(contents).value();
  }
  // Records first to last, each once, nothing damaged.
  static void expect_records(const JournalContents& contents, std::uint64_t first,
                             std::uint64_t last) {
    ASSERT_EQ(contents.records.size(), last + 1 - first);
    for (const JournalRecord& record : contents.records) ASSERT_EQ(record.sequence, first++);
    for (const Error& error : contents.damage) ADD_FAILURE() << error.text();
  }
  void pass(std::int64_t ms) { clock_.time += std::chrono::milliseconds(ms); }
  std::size_t segments() const {
    std::size_t count = 0;
    for (const std::string& path : machine_.paths()) count += path.find("segment-") != path.npos;
    return count;
  }

  SeededRandom random_{20260101};
  HandClock clock_;
  MemoryMachine machine_{random_};
  JournalOptions options_;
  std::unique_ptr<MemoryProcess> process_;
  std::unique_ptr<Journal> journal_;
  JournalPlace told_place_;
};

}  // namespace keepsake
