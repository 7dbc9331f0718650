#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "src/os/file_lock.h"
#include "src/os/posix_file_system.h"
#include "src/os/posix_shared_memory.h"
#include "src/os/system.h"

namespace keepsake::os {
namespace {

class OsTest : public testing::Test {
 protected:
  OsTest() {
    char text[] = "/tmp/keepsake_os_test_XXXXXX";
    directory_ = ::mkdtemp(text);
  }
  ~OsTest() override {
    const auto names = files_.list(directory_);
    for (const std::string& name : *names) (void)files_.remove(directory_ + "/" + name).has_value();
    (void)files_.remove(directory_).has_value();
  }

  // Runs `body` in a child of ours; gives its pid. The child ends without any of our destructors.
  static pid_t in_child(const std::function<int()>& body) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(body());
    return pid;
  }
  static int status_of(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status;
  }

  PosixFileSystem files_;
  PosixSharedMemorySpace memory_;
  std::string directory_;
};

TEST_F(OsTest, FilesReadWhatWasWrittenAndNothingBehindTheEnd) {
  const std::string path = directory_ + "/a";
  auto file = files_.open(path, OpenMode::create).value();
  ASSERT_TRUE(file->write_at(4, "four"));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(file->size().value(), 8U);
  EXPECT_EQ(file->read_at(0, 100).value(), std::string("\0\0\0\0four", 8));
  EXPECT_EQ(file->read_at(8, 1).value(), "");
  EXPECT_EQ(files_.open(path, OpenMode::create).error().code(), ErrorCode::already_exists);
  ASSERT_TRUE(files_.rename(path, directory_ + "/b"));
  EXPECT_EQ(files_.list(directory_).value(), std::vector<std::string>{"b"});
  EXPECT_EQ(files_.open(path, OpenMode::read).error().text().substr(0, 9), "not_found");
  EXPECT_TRUE(files_.remove(path));
  EXPECT_TRUE(files_.is_local(directory_));
  EXPECT_FALSE(files_.is_local("/proc"));
}

TEST_F(OsTest, AWriteBeyondTheSizeLimitIsStorageFull) {
  const pid_t child = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 4096, .rlim_max = 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto file = files_.open(directory_ + "/big", OpenMode::create);
    const auto written = (*file)->write_at(0, std::string(8192, 'x'));
    return !written && written.error().code() == ErrorCode::storage_full ? 0 : 1;
  });
  EXPECT_EQ(status_of(child), 0);
}

TEST_F(OsTest, ALockIsExclusiveNamesItsHolderAndEndsWithItsOwner) {
  const std::string path = directory_ + "/lock";
  auto lock = files_.lock(path).value();
  EXPECT_EQ(files_.list(directory_).value(), std::vector<std::string>{"lock"});
  const auto again = files_.lock(path);
  EXPECT_EQ(again.error().code(), ErrorCode::held);
  EXPECT_EQ(again.error().found(), "process " + std::to_string(::getpid()));
  EXPECT_TRUE(files_.probe(path)->held);
  const pid_t child = in_child([&] {
    const auto state = files_.probe(path);
    const auto taken = files_.lock(path);
    return state->held && state->pid == ::getppid() && !taken ? 0 : 1;
  });
  EXPECT_EQ(status_of(child), 0);
  EXPECT_TRUE(files_.probe(path)->held) << "a child's look has dropped it";
  lock.reset();
  EXPECT_FALSE(files_.probe(path)->held);
  EXPECT_TRUE(files_.lock(path).has_value());
}

TEST_F(OsTest, ProbingALockOfOursDoesNotDropIt) {
  const std::string path = directory_ + "/lock";
  const auto lock = files_.lock(path).value();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(files_.probe(path)->held);
  EXPECT_EQ(files_.probe(directory_ + "/none").error().code(), ErrorCode::not_found);
  const pid_t child = in_child([&] { return files_.probe(path)->held ? 0 : 1; });
  EXPECT_EQ(status_of(child), 0);
}

TEST_F(OsTest, ALockDiesWithItsProcessAndWhoWaitsKnowsAtOnce) {
  const std::string path = directory_ + "/lock";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = in_child([&] {
    const auto lock = files_.lock(path);
    const bool told = ::write(ready[1], "x", 1) == 1;
    ::pause();
    return lock && told ? 0 : 1;
  });
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(files_.probe(path)->pid, child);
  EXPECT_FALSE(files_.wait_until_free(path, std::chrono::milliseconds(1)));
  std::chrono::steady_clock::time_point killed;
  std::thread killer([&] {
    killed = std::chrono::steady_clock::now();
    ::kill(child, SIGKILL);
  });
  EXPECT_TRUE(files_.wait_until_free(path, std::chrono::seconds(20)));
  const auto known = std::chrono::steady_clock::now();
  killer.join();
  EXPECT_LT(known - killed, std::chrono::seconds(2));
  status_of(child);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(OsTest, ALockFileOrdersThreadsAndProcesses) {
  const std::string path = directory_ + "/turn";
  constexpr int kTurns = 200;
  auto* const counter = static_cast<volatile int*>(
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  const auto take_turns = [&] {
    auto file = LockFile::open(path, true).value();
    for (int i = 0; i < kTurns; ++i) {
      if (!file->lock_for(std::chrono::seconds(60)).value()) return 1;
      const int seen = *counter;
      std::this_thread::yield();
      *counter = seen + 1;
      file->unlock();
    }
    return 0;
  };
  const pid_t child = in_child(take_turns);
  std::thread other(take_turns);
  EXPECT_EQ(take_turns(), 0);
  other.join();
  EXPECT_EQ(status_of(child), 0);
  EXPECT_EQ(*counter, 3 * kTurns);
  ::munmap(const_cast<int*>(counter), 4096);
}

TEST_F(OsTest, TheTableKeepsOneOpenFilePerLock) {
  const std::string path = directory_ + "/lock";
  const auto one = LockFile::open(path, true).value();
  const auto same = LockFile::open(path, false).value();
  EXPECT_EQ(one, same);
  EXPECT_TRUE(one->try_lock().value());
  EXPECT_FALSE(same->try_lock().value());
  EXPECT_EQ(same->holder().value(), ::getpid());
  one->unlock();
  EXPECT_EQ(same->holder().value(), 0);
  EXPECT_TRUE(one->is_at(path));
  ASSERT_TRUE(files_.remove(path));
  EXPECT_FALSE(one->is_at(path));
}

TEST_F(OsTest, SharedMemoryIsSeenByOthersUntilItsNameIsRemoved) {
  auto mine = memory_.create(8192, {}).value();
  EXPECT_TRUE(mine->linked());
  mine->data()[5000] = std::byte{7};
  {
    const auto theirs = memory_.open(mine->name()).value();
    EXPECT_EQ(theirs->size(), 8192U);
    EXPECT_EQ(theirs->data()[5000], std::byte{7});
    EXPECT_EQ(theirs->data()[0], std::byte{0});
  }
  ASSERT_TRUE(memory_.remove(mine->name()));
  EXPECT_FALSE(mine->linked());
  EXPECT_EQ(memory_.open(mine->name()).error().code(), ErrorCode::not_found);
  EXPECT_TRUE(memory_.remove(mine->name()));
  EXPECT_EQ(memory_.open("/etc-something").error().code(), ErrorCode::not_found);
}

TEST_F(OsTest, SharedMemoryIsAnnouncedBeforeThereIsAnyOfIt) {
  std::string told;
  const auto mine = memory_.create(8192, [&](const std::string& name) -> Result<void> {
    told = name;
    EXPECT_EQ(memory_.open(name).error().code(), ErrorCode::not_found);
    return {};
  });
  EXPECT_EQ((*mine)->name(), told);
  ASSERT_TRUE(memory_.remove(told));
  const auto refused = memory_.create(8192, [&](const std::string& name) -> Result<void> {
    told = name;
    return Error(ErrorCode::storage_full, "no room for its name");
  });
  EXPECT_EQ(refused.error().code(), ErrorCode::storage_full);
  EXPECT_EQ(memory_.open(told).error().code(), ErrorCode::not_found);
}

TEST_F(OsTest, AForkedChildDoesNotHaveTheMapping) {
  auto mine = memory_.create(8192, {}).value();
  const pid_t child = in_child([&] {
    ::signal(SIGSEGV, SIG_DFL);  // a sanitizer would catch it and print
    ::signal(SIGBUS, SIG_DFL);
    return mine->data()[0] == std::byte{0} ? 0 : 1;
  });
  const int status = status_of(child);
  EXPECT_TRUE(WIFSIGNALED(status)) << status;
  ASSERT_TRUE(memory_.remove(mine->name()));
}

TEST_F(OsTest, MoreSharedMemoryThanThereIsIsRefusedAndLeavesNothing) {
  const auto refused = memory_.create(1UL << 46, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::storage_full);
  EXPECT_EQ(refused.error().remedy(), "make room in /dev/shm, or ask for a smaller ring");
  const auto after = files_.list("/dev/shm").value();
  for (const std::string& name : after) {
    if (!name.starts_with("keepsake-")) continue;
    const auto open = memory_.open("/" + name);
    EXPECT_TRUE(!open || (*open)->size() < 1UL << 46) << name;
  }
}

TEST(System, RandomDiffersInAForkedChild) {
  SystemRandom random;
  (void)random.next();
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::uint64_t drawn = random.next();
    ::_exit(::write(pipe_ends[1], &drawn, sizeof drawn) == sizeof drawn ? 0 : 1);
  }
  std::uint64_t theirs = 0;
  ASSERT_EQ(::read(pipe_ends[0], &theirs, sizeof theirs), static_cast<ssize_t>(sizeof theirs));
  EXPECT_NE(theirs, random.next());
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(System, ClocksAndProcessSayWhereWeAre) {
  const SystemClock clock;
  const MonotonicTime before = clock.now();
  EXPECT_LE(before, clock.now());
  EXPECT_GT(unix_ms(clock.wall()), 1'600'000'000'000);
  const ProcessInfo info = process_info().value();
  EXPECT_EQ(info.boot_id.size(), 36U);
  EXPECT_EQ(info.pid, ::getpid());
}

}  // namespace
}  // namespace keepsake::os
