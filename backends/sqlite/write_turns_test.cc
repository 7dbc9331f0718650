#include "backends/sqlite/write_turns.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "backends/sqlite/child_test_process.h"
#include "backends/sqlite/sqlite_test_folder.h"

namespace keepsake {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLong{30'000};

class WriteTurnsTest : public testing::Test {
 protected:
  std::shared_ptr<WriteTurns> open() { return WriteTurns::open(folder_.file("db")).value(); }

  const TestFolder folder_;
};

TEST_F(WriteTurnsTest, AreOnePerDatabaseAndProcess) {
  EXPECT_EQ(open(), open());
  EXPECT_NE(open(), WriteTurns::open(folder_.file("other")).value());
}

TEST_F(WriteTurnsTest, GiveUpAfterTheTimeAllowed) {
  auto turns = open();
  const auto held = turns->take(Urgency::ordinary, kLong);
  ASSERT_TRUE(held);
  EXPECT_EQ(turns->take(Urgency::urgent, milliseconds(5)).error().text(),
            "unavailable: the database is locked by another thread of this process, and the wait "
            "for a turn is over; wait; if it comes again, the disk is too slow for what is saved");
}

TEST_F(WriteTurnsTest, GoOnAfterSomebodyGaveUp) {
  auto turns = open();
  {
    const auto held = turns->take(Urgency::ordinary, kLong);
    EXPECT_FALSE(turns->take(Urgency::ordinary, milliseconds(1)));
  }
  EXPECT_TRUE(turns->take(Urgency::ordinary, milliseconds(1)));
}

/// Lets waiters queue up behind a held turn, and notes in which order they come.
class Queue {
 public:
  explicit Queue(std::shared_ptr<WriteTurns> turns) : turns_(std::move(turns)) {
    held_.emplace(turns_->take(Urgency::ordinary, kLong).value());
  }
  void add(char name, Urgency urgency) {
    const std::size_t before = turns_->waiting();
    threads_.emplace_back([this, name, urgency] {
      auto turn = turns_->take(urgency, kLong);
      EXPECT_TRUE(turn);
      order_ += name;  // only in our turn
    });
    while (turns_->waiting() == before) std::this_thread::yield();
  }
  std::string order() {
    held_.reset();
    for (std::thread& thread : threads_) thread.join();
    return order_;
  }

 private:
  std::shared_ptr<WriteTurns> turns_;
  std::optional<WriteTurns::Turn> held_;
  std::vector<std::thread> threads_;
  std::string order_;
};

TEST_F(WriteTurnsTest, ComeInTheOrderOfComing) {
  Queue queue(open());
  for (const char name : {'a', 'b', 'c', 'd'}) queue.add(name, Urgency::ordinary);
  EXPECT_EQ(queue.order(), "abcd");
}

TEST_F(WriteTurnsTest, UrgentWritersComeFirst) {
  Queue queue(open());
  queue.add('a', Urgency::ordinary);
  queue.add('b', Urgency::ordinary);
  queue.add('1', Urgency::urgent);
  queue.add('2', Urgency::urgent);
  EXPECT_EQ(queue.order(), "12ab");
}

TEST_F(WriteTurnsTest, AStreamOfUrgentWritersKeepsNobodyOut) {
  Queue queue(open());
  queue.add('a', Urgency::ordinary);
  for (char name = '1'; name <= '9'; ++name) queue.add(name, Urgency::urgent);
  const std::string order = queue.order();
  EXPECT_LT(order.find('a'), 6U) << order;
}

TEST_F(WriteTurnsTest, OnlyOneHasTheTurn) {
  auto turns = open();
  std::atomic<int> inside = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 200; ++i) {
        const Urgency urgency = (i + thread) % 3 == 0 ? Urgency::urgent : Urgency::ordinary;
        auto turn = turns->take(urgency, kLong);
        EXPECT_TRUE(turn);
        EXPECT_EQ(++inside, 1);
        --inside;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(WriteTurnsTest, AnUrgentWriterPassesOneWhoWaitsForOtherProcesses) {
  ChildProcess other([&](const ChildSide& side) {
    auto files = TurnFiles::open(folder_.file("db")).value();
    if (!files->take(std::chrono::steady_clock::now() + kLong)) return;
    side.say("held");
    side.wait();
  });
  ASSERT_EQ(other.hear(), "held");
  auto turns = open();
  std::string order;
  std::thread ordinary([&] {
    auto turn = turns->take(Urgency::ordinary, kLong);
    EXPECT_TRUE(turn);
    order += 'o';
  });
  while (!turns->busy()) std::this_thread::yield();
  std::thread urgent([&] {
    auto turn = turns->take(Urgency::urgent, kLong);
    EXPECT_TRUE(turn);
    order += 'u';
  });
  while (turns->waiting() == 0) std::this_thread::yield();
  other.let_go();
  EXPECT_EQ(other.end(), 0);
  ordinary.join();
  urgent.join();
  EXPECT_EQ(order, "uo");
}

}  // namespace
}  // namespace keepsake
