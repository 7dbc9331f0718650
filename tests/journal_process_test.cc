// The journal over real files and shared memory, between real processes.

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <random>
#include <thread>

#include "src/os/posix_file_system.h"
#include "src/os/posix_shared_memory.h"
#include "src/os/system.h"
#include "src/store/journal.h"
#include "src/store/journal_recovery.h"

namespace keepsake {
namespace {

std::string payload_of(std::uint64_t number) {
  std::mt19937_64 random(number);
  std::string bytes(random() % 6000, '\0');
  for (char& c : bytes) c = static_cast<char>('a' + random() % 26);
  return bytes;
}

Result<std::uint64_t> append(Journal& journal) {
  const std::uint64_t number = journal.next_sequence();
  const std::string payload = payload_of(number);
  MemberView member;
  member.store = "s";
  member.key = "k";
  member.edit_number = number;
  member.content = ContentKind::image;
  member.bytes = payload;
  return journal.append({RecordKind::edit, {&member, 1}});
}

class JournalProcesses : public testing::Test {
 protected:
  JournalProcesses() {
    char text[] = "/tmp/keepsake_journal_test_XXXXXX";
    root_ = ::mkdtemp(text);
    options_.ring_bytes = 1UL << 20;
    options_.segment_bytes = 256UL << 10;
  }
  ~JournalProcesses() override {
    const JournalEnv here = env();
    const auto places = list_journals(here, root_);
    if (places) {
      for (const JournalPlace& place : *places) (void)remove_journal(here, place).has_value();
    }
    (void)files_.remove(root_).has_value();
  }
  JournalEnv env() { return {files_, memory_, clock_, random_, *os::process_info()}; }

  // A child that runs `body` with the pipe's writing end and never comes back.
  pid_t child(const std::function<void(int)>& body) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(ends[0]);
      body(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    from_child_ = ends[0];
    return pid;
  }
  static void tell(int fd, std::uint64_t number) {
    if (::write(fd, &number, sizeof number) != sizeof number) ::_exit(1);
  }
  std::uint64_t hear() const {
    std::uint64_t number = 0;
    return ::read(from_child_, &number, sizeof number) == sizeof number ? number : 0;
  }
  // The last number that the child told, once it is dead.
  std::uint64_t hear_last(std::uint64_t last) const {
    for (std::uint64_t number = hear(); number != 0; number = hear()) last = number;
    ::close(from_child_);
    return last;
  }
  // Journals `limit` edits at full speed with a drain thread, telling each number.
  void play(int fd, std::uint64_t limit) {
    auto journal = Journal::create(env(), options_, root_);
    if (!journal || !(*journal)->start({1, 1}, {{"child"}, 3})) ::_exit(2);
    std::thread drain([&] {
      while ((*journal)->wait_for_records(std::chrono::milliseconds(100))) {
        if (!(*journal)->drain(false)) return;
      }
    });
    for (std::uint64_t done = 0; done < limit;) {
      const auto appended = append(**journal);
      if (appended) {
        tell(fd, *appended);
        done = *appended;
      } else if (appended.error().code() == ErrorCode::session_lost) {
        tell(fd, ~0ULL);
        break;
      }
      if ((*journal)->wants_wake()) (*journal)->wake();
    }
    (*journal)->stop_waiting();
    drain.join();
  }
  JournalPlace only_place() {
    const auto places = list_journals(env(), root_);
    EXPECT_EQ(places->size(), 1U);
    return places->at(0);
  }
  // All that was told, at most one more, and every byte.
  static void expect_all(const JournalContents& contents, std::uint64_t told) {
    for (const Error& error : contents.damage) ADD_FAILURE() << error.text();
    ASSERT_GE(contents.records.size(), told);
    ASSERT_LE(contents.records.size(), told + 1);
    for (std::size_t i = 0; i < contents.records.size(); ++i) {
      ASSERT_EQ(contents.records[i].sequence, i + 1);
      ASSERT_EQ(contents.records[i].members[0].bytes, payload_of(i + 1));
    }
  }

  os::PosixFileSystem files_;
  os::PosixSharedMemorySpace memory_;
  os::SystemClock clock_;
  os::SystemRandom random_;
  JournalOptions options_;
  std::string root_;
  int from_child_ = -1;
};

TEST_F(JournalProcesses, KilledAtAnyMomentNothingThatReturnedIsLost) {
  const std::uint64_t seed = 20260611;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20; ++round) {
    const pid_t pid = child([&](int fd) { play(fd, ~0ULL); });
    std::uint64_t told = 0;
    const std::uint64_t until = 1 + random() % 1500;
    while (told < until) told = hear();
    ::kill(pid, SIGKILL);
    told = hear_last(told);
    ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
    const JournalPlace place = only_place();
    EXPECT_EQ(reach_journal(env(), place).kind, JournalReach::Kind::dead);
    expect_all(*seal_and_read(env(), place), told);
    ASSERT_TRUE(remove_journal(env(), place));
    EXPECT_FALSE(files_.exists("/dev/shm" + place.ring));
  }
}

TEST_F(JournalProcesses, AFrozenOwnerWhoseJournalIsSealedLosesItsSessionWhenItThaws) {
  const pid_t pid = child([&](int fd) { play(fd, ~0ULL); });
  std::uint64_t told = 0;
  while (told < 500) told = hear();
  ::kill(pid, SIGSTOP);
  ASSERT_EQ(::waitpid(pid, nullptr, WUNTRACED), pid);
  const JournalPlace place = only_place();
  const JournalReach reach = reach_journal(env(), place);
  EXPECT_EQ(reach.kind, JournalReach::Kind::live);
  EXPECT_EQ(reach.pid, pid);
  const JournalContents contents = *seal_and_read(env(), place);
  ::kill(pid, SIGCONT);
  // It goes on telling what it had done, then that its session is lost.
  std::uint64_t number = hear();
  for (; number != 0 && number != ~0ULL; number = hear()) told = number;
  EXPECT_EQ(number, ~0ULL);
  expect_all(contents, told);
  EXPECT_EQ(contents.records.size(), told);
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  ::close(from_child_);
}

TEST_F(JournalProcesses, ANeighboursDeathIsKnownAtOnce) {
  const pid_t pid = child([&](int fd) { play(fd, ~0ULL); });
  while (hear() < 10) {
  }
  const JournalPlace place = only_place();
  EXPECT_FALSE(wait_for_death(env(), place, std::chrono::milliseconds(1)));
  const auto before = std::chrono::steady_clock::now();
  ::kill(pid, SIGKILL);
  EXPECT_TRUE(wait_for_death(env(), place, std::chrono::seconds(20)));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
  hear_last(0);
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
}

TEST_F(JournalProcesses, ADeletedRingIsReplacedAndNothingIsLost) {
  const pid_t pid = child([&](int fd) { play(fd, ~0ULL); });
  std::uint64_t told = 0;
  while (told < 100) told = hear();
  const JournalPlace before = only_place();
  ASSERT_TRUE(memory_.remove(before.ring));
  while (only_place().ring == before.ring) told = hear();
  // More than both rings hold: then the new one is being drained, and the old one was before it.
  for (const std::uint64_t until = told + 2000; told < until;) told = hear();
  ::kill(pid, SIGKILL);
  told = hear_last(told);
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  expect_all(*seal_and_read(env(), before), told);
}

TEST_F(JournalProcesses, AForkedChildChangesNothingOfItsParentsJournal) {
  auto journal = Journal::create(env(), options_, root_).value();
  ASSERT_TRUE(journal->start({1, 1}, {{"parent"}, 3}));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(*journal));
  const pid_t pid = child([&](int) { journal.reset(); });
  ASSERT_EQ(::waitpid(pid, nullptr, 0), pid);
  hear_last(0);
  EXPECT_EQ(reach_journal(env(), journal->place()).kind, JournalReach::Kind::live);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(*journal));
  ASSERT_TRUE(journal->drain(true));
  expect_all(*seal_and_read(env(), journal->place()), 20);
}

TEST_F(JournalProcesses, TwoServersInOneDirectoryDoNotDisturbEachOther) {
  auto one = Journal::create(env(), options_, root_).value();
  auto two = Journal::create(env(), options_, root_).value();
  ASSERT_TRUE(one->start({1, 1}, {{"one"}, 3}));
  ASSERT_TRUE(two->start({1, 1}, {{"two"}, 4}));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(append(*one) && append(*two));
  EXPECT_EQ(list_journals(env(), root_)->size(), 2U);
  const JournalPlace place = one->place();
  one.reset();
  EXPECT_EQ(reach_journal(env(), place).kind, JournalReach::Kind::dead);
  expect_all(*seal_and_read(env(), place), 10);
  ASSERT_TRUE(append(*two));
  ASSERT_TRUE(two->drain(true));
  ASSERT_TRUE(two->close_clean());
  EXPECT_EQ(list_journals(env(), root_)->size(), 1U);
}

}  // namespace
}  // namespace keepsake
