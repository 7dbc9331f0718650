// The examples, run as a reader would run them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/child.h"
#include "tests/programs.h"

namespace {

using keepsake::tests::Ended;
using keepsake::tests::run_program;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kWithin{30};

std::string example(const std::string& name) {
  return keepsake::tests::build_folder() + "/examples/" + name;
}

/// In an empty folder of its own, which is gone afterwards.
class Examples : public ::testing::Test {
 protected:
  Examples() {
    std::string name = (std::filesystem::temp_directory_path() / "keepsake-example-XXXXXX");
    folder_ = ::mkdtemp(name.data());
    std::filesystem::current_path(folder_);
  }
  ~Examples() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
  std::filesystem::path folder_;
};

/// A program that is spoken with over its stdin and stdout. It dies with the test.
class Conversation {
 public:
  explicit Conversation(std::vector<std::string> command) {
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      std::vector<char*> arguments;
      for (std::string& word : command) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    in_ = in[1];
    out_ = out[0];
  }
  ~Conversation() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(in_);
    ::close(out_);
  }

  void say(const std::string& line) {
    const std::string sent = line + "\n";
    ASSERT_EQ(::write(in_, sent.data(), sent.size()), static_cast<ssize_t>(sent.size()));
  }
  /// Reads on until that has been said; all that was said since the last time.
  std::string hear(const std::string& wanted) {
    std::string heard;
    const auto end = std::chrono::steady_clock::now() + kWithin;
    while (heard.find(wanted) == std::string::npos && std::chrono::steady_clock::now() < end) {
      pollfd wait{.fd = out_, .events = POLLIN, .revents = 0};
      if (::poll(&wait, 1, 100) <= 0) continue;
      char chunk[512];
      const ssize_t got = ::read(out_, chunk, sizeof chunk);
      if (got <= 0) break;
      heard.append(chunk, static_cast<std::size_t>(got));
    }
    return heard;
  }
  void signal(int number) const { ::kill(pid_, number); }
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int in_ = -1;
  int out_ = -1;
};

TEST_F(Examples, TheReadmesAddsUpFromRunToRun) {
  for (const char* expected : {"You have 10 coins.", "You have 20 coins."}) {
    const Ended ended = run_program({example("readme_example")}, kWithin);
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr(expected));
  }
}

TEST_F(Examples, TheUnitTestPassesWithoutADatabase) {
  const Ended ended = run_program({example("unit_test_without_database")}, kWithin);
  EXPECT_EQ(ended.status, 0) << ended.out << ended.err;
  EXPECT_TRUE(std::filesystem::is_empty("."));
}

TEST_F(Examples, GiftsAreCreditedOnceOrComeBack) {
  const Ended ended = run_program({example("gifts")}, kWithin);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out,
            "bought\nthe chat hears of it\nsent\nAda has: 60\n"
            "Bob joins another server and has: 130\n"
            "sent\nAda has: 60\n"
            "sent\nAda has: 10\n"
            "an hour later Ada has: 60\n");
}

TEST_F(Examples, TheGuildBankKeepsWhatWasPaidIn) {
  const Ended first = run_program({example("guild_bank"), "bank.db"}, kWithin);
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("ada has 30, the guild 70"));
  const Ended second = run_program({example("guild_bank"), "bank.db"}, kWithin);
  EXPECT_THAT(second.out, HasSubstr("ada has 0, the guild 100"));
}

TEST_F(Examples, TwoGameServersPassAPlayerOnAndSaveEverybodyWhenToldToStop) {
  Conversation first({example("game_server"), "game.db", "one"});
  first.say("join 7");
  EXPECT_THAT(first.hear("7: ready\n"), HasSubstr("7: ready\n"));
  first.say("earn 7 10");
  EXPECT_THAT(first.hear("110\n"), HasSubstr("110\n"));
  first.say("earn 7 -1000");
  EXPECT_THAT(first.hear("\n"), HasSubstr("not_enough_coins"));
  first.say("kill 7");
  EXPECT_THAT(first.hear("1\n"), HasSubstr("1\n"));

  Conversation second({example("game_server"), "game.db", "two"});
  second.say("join 7");
  EXPECT_THAT(second.hear("7: ready\n"), HasSubstr("7: ready\n"));
  EXPECT_THAT(first.hear("handed_over\n"), HasSubstr("7: handed_over\n"));
  second.say("earn 7 1");
  EXPECT_THAT(second.hear("111\n"), HasSubstr("111\n"));
  second.say("kill 7");
  EXPECT_THAT(second.hear("2\n"), HasSubstr("2\n"));

  second.signal(SIGTERM);
  EXPECT_THAT(second.hear("saved"), HasSubstr("7: shutdown\n"));
  EXPECT_EQ(second.wait(), 0);
  first.signal(SIGINT);
  EXPECT_EQ(first.wait(), 0);
}

}  // namespace
