// The stock command line as a process: what a shell, a killer and a live server see of it.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "examples/player/player_catalog.h"
#include "keepsake/datum/json.h"
#include "keepsake/open/open.h"
#include "keepsake/store/profiles.h"
#include "tests/programs.h"

namespace keepsake {
namespace {

using Arguments = std::vector<std::string>;

std::string contents_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

/// A running `keepsake`, its output in files, its input a pipe of ours.
class Child {
 public:
  Child(const std::filesystem::path& folder, const Arguments& arguments)
      : out_(folder / "stdout"), err_(folder / "stderr") {
    int in[2];
    if (::pipe2(in, O_CLOEXEC) != 0) ADD_FAILURE() << "no pipe";
    std::vector<std::string> words = {tests::program("keepsake")};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(::open(out_.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDOUT_FILENO);
      ::dup2(::open(err_.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600), STDERR_FILENO);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(in[0]);
    to_child_ = in[1];
  }
  ~Child() {
    if (pid_ > 0) kill_now();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(to_child_, text.data(), text.size());
      ASSERT_GT(written, 0);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  /// Exit status, or minus the signal that ended it.
  int wait() {
    if (to_child_ >= 0) ::close(std::exchange(to_child_, -1));
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  int kill_now() {
    ::kill(pid_, SIGKILL);
    return wait();
  }
  [[nodiscard]] std::string out() const { return contents_of(out_); }
  [[nodiscard]] std::string err() const { return contents_of(err_); }

 private:
  std::filesystem::path out_;
  std::filesystem::path err_;
  pid_t pid_ = 0;
  int to_child_ = -1;
};

class KeepsakeProgram : public testing::Test {
 protected:
  KeepsakeProgram() {
    std::string pattern = (std::filesystem::temp_directory_path() / "keepsake-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    db_ = "sqlite:" + (folder_ / "players.db").string();
  }
  ~KeepsakeProgram() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  struct Outcome {
    int status;
    std::string out;
    std::string err;
  };
  Outcome run(const Arguments& arguments) {
    Child child(folder_, arguments);
    const int status = child.wait();
    return {status, child.out(), child.err()};
  }
  Outcome on_db(Arguments arguments) {
    arguments.insert(arguments.end(), {"--db", db_});
    return run(arguments);
  }

  std::filesystem::path folder_;
  std::string db_;
};

std::vector<std::string> exported_lines(std::size_t count) {
  std::vector<std::string> lines;
  std::ifstream in("examples/player/players.jsonl");
  for (std::string line; lines.size() < count && std::getline(in, line);) {
    lines.push_back(line + "\n");
  }
  EXPECT_EQ(lines.size(), count);
  return lines;
}

/// Pumps until `done` or until ten seconds have passed.
bool pump_until(Store& store, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    store.pump();
    std::this_thread::yield();
  }
  return true;
}

TEST_F(KeepsakeProgram, AnswersAndFailsAsAShellExpects) {
  const Outcome version = run({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_EQ(version.out, "keepsake 0.1.0\n");
  EXPECT_EQ(run({"--help"}).status, 0);
  const Outcome misuse = run({});
  EXPECT_EQ(misuse.status, 2);
  EXPECT_EQ(misuse.err, "keepsake: a command is required (--help explains)\n");
  const Outcome missing = on_db({"get", "Player_1"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.out, "");
  EXPECT_EQ(missing.err, "keepsake: not_found: there is no database at \"" +
                             (folder_ / "players.db").string() +
                             "\"; name it by --db sqlite:FILE; import makes one\n");
}

TEST_F(KeepsakeProgram, SaysSoWhenItsOutputIsLost) {
  ASSERT_EQ(on_db({"import", "examples/player/players.jsonl"}).status, 0);
  const std::string command = tests::program("keepsake") + " list --db " + db_ +
                              " > /dev/full 2> " + (folder_ / "err").string();
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_EQ(contents_of(folder_ / "err"), "keepsake: io_error: stdout took no more\n");
}

TEST_F(KeepsakeProgram, AnImportKilledHalfWayGoesOnWhenItIsRunAgain) {
  const std::vector<std::string> lines = exported_lines(200);
  auto backend = open(db_);
  ASSERT_TRUE(backend) << backend.error().text();
  const auto profiles = [&] { return (*backend)->list("PlayerData", "", 1000)->records.size(); };
  {
    Child child(folder_, {"import", "-", "--db", db_});
    for (std::size_t i = 0; i < 150; ++i) child.write(lines[i]);
    // Lines are taken in batches of 64: two of them, and the rest waits for more.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (profiles() < 128 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    EXPECT_EQ(child.kill_now(), -SIGKILL);
  }
  const std::size_t before = profiles();
  EXPECT_EQ(before, 128U);
  Child child(folder_, {"import", "-", "--db", db_, "--json"});
  for (const std::string& line : lines) child.write(line);
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(child.out(), "{\"imported\":72,\"unchanged\":128,\"refused\":[]}\n");
}

TEST_F(KeepsakeProgram, ImportsIntoADatabaseThatAServerUses) {
  auto backend = open(db_);
  ASSERT_TRUE(backend) << backend.error().text();
  Store store(**backend,
              {.server = "live", .timing = {}, .journal = {}, .log = {}, .on_error = {}});
  Profiles<example::Player> players(store, example::player_catalog());
  Profile<example::Player> player;
  const std::string known = "Player_11001";  // is in the export, too
  players.load(known, [&](Result<Profile<example::Player>> loaded) {
    ASSERT_TRUE(loaded) << loaded.error().text();
    player = *loaded;
  });
  ASSERT_TRUE(pump_until(store, [&] { return bool(player); }));

  Child import(folder_, {"import", "examples/player/players.jsonl", "--db", db_, "--json"});
  int edits = 0;
  bool durable = false;
  ASSERT_TRUE(pump_until(store, [&] {
    if (edits < 100) {
      ++edits;
      EXPECT_TRUE(player.edit([](example::Player& p) { ++p.stats.kills; }));
    } else if (edits++ == 100) {
      player.commit([&](const Result<std::uint64_t>& saved) { durable = saved.has_value(); });
    }
    return durable;
  }));
  EXPECT_EQ(import.wait(), 1);
  const Value summary = parse_json(import.out()).value();
  EXPECT_EQ(summary.find("imported")->as_integer(), 399);
  ASSERT_EQ(summary.find("refused")->size(), 1U);
  const Value& refused = summary.find("refused")->items()[0];
  EXPECT_EQ(refused.find("key")->as_string(), known);
  EXPECT_EQ(refused.find("path")->as_string(), "");
  EXPECT_TRUE(refused.find("message")->as_string().starts_with("already_exists: "));

  const Value sessions = parse_json(on_db({"sessions", "--json"}).out).value();
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions.items()[0].find("key")->as_string(), known);
  EXPECT_EQ(sessions.items()[0].find("server")->as_string(), "live");
  EXPECT_TRUE(store.shutdown().finished);
  const Value data = parse_json(on_db({"get", known}).out).value();
  EXPECT_EQ(data.find("stats")->find("kills")->as_integer(), 100);
}

TEST_F(KeepsakeProgram, AGameGetsAnImportedInboxOnceAndKeepsImportedFieldsThatItDoesNotKnow) {
  on_db({"import", "examples/player/testdata/forms.jsonl"});
  std::vector<std::string> taken;
  const auto take = [&](Profile<example::Player>, example::Player& player, const Message& message) {
    const Value gift = parse_json(message.body).value();
    player.inventory.push_back({.id = std::string(gift.find("item")->as_string())});
    taken.push_back(message.id);
    return Handling::handled;
  };
  for (const char* server : {"first", "second"}) {
    auto backend = open(db_).value();
    Store store(*backend, {.server = server, .log = [](LogLevel, std::string_view) {}});
    Profiles<example::Player> players(store, example::player_catalog(), {.on_message = {take}});
    int ready = 0;
    for (const char* key : {"Form_only_messages", "Form_unknown_field"}) {
      players.load(key, [&](Result<Profile<example::Player>> player) {
        ASSERT_TRUE(player) << player.error().text();
        EXPECT_TRUE(player->edit([](example::Player& p) { ++p.stats.kills; }));
        ++ready;
      });
    }
    EXPECT_TRUE(pump_until(store, [&] { return ready == 2 && taken.size() >= 2; }));
    EXPECT_TRUE(store.shutdown().finished);
  }
  EXPECT_EQ(taken, (std::vector<std::string>{"profilestore:1", "profilestore:2"}));
  const Value player = parse_json(on_db({"get", "Form_only_messages"}).out).value();
  EXPECT_EQ(write_json(*player.find("inventory")),
            R"([{"id":"bow","quantity":1},{"id":"arrow","quantity":1}])");
  EXPECT_EQ(player.find("currency")->find("coins")->as_integer(), 100) << "a new player";
  const Value envelope = parse_json(on_db({"get", "Form_only_messages", "--envelope"}).out).value();
  EXPECT_EQ(envelope.find("inbox")->size(), 0U);
  EXPECT_EQ(write_json(*envelope.find("user_ids")), "[32]");
  EXPECT_EQ(envelope.find("load_count")->as_integer(), 2);
  const Value other = parse_json(on_db({"get", "Form_unknown_field"}).out).value();
  EXPECT_EQ(other.find("stats")->find("kills")->as_integer(), 3);
  EXPECT_EQ(write_json(*other.find("guildId")) + write_json(*other.find("pets")),
            R"("G-77"[{"id":"cat"}])");
}

/// In a process of its own: edits a profile, and dies as soon as the last edit has returned.
[[noreturn]] void edit_and_die(const std::string& db) {
  auto backend = open(db);
  if (!backend) ::_exit(3);
  Store store(**backend,
              {.server = "doomed", .timing = {}, .journal = {}, .log = {}, .on_error = {}});
  Profiles<example::Player> players(store, example::player_catalog());
  Profile<example::Player> player;
  players.load("Player_1", [&](auto loaded) {
    if (loaded) player = *loaded;
  });
  if (!pump_until(store, [&] { return bool(player); })) ::_exit(4);
  for (int i = 0; i < 25; ++i) {
    if (!player.edit([](example::Player& p) { ++p.stats.kills; })) ::_exit(5);
  }
  ::kill(::getpid(), SIGKILL);
  ::_exit(6);
}

TEST_F(KeepsakeProgram, JournalRecoverReplaysWhatADeadServerLeft) {
  const pid_t pid = ::fork();
  if (pid == 0) edit_and_die(db_);
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;

  const Outcome held = on_db({"sessions", "--json"});
  EXPECT_EQ(parse_json(held.out)->size(), 1U) << held.out << held.err;
  const Outcome recovered = on_db({"journal", "recover"});
  EXPECT_EQ(recovered.status, 0) << recovered.err;
  EXPECT_TRUE(recovered.err.starts_with("recovered doomed (incarnation 1): ")) << recovered.err;
  EXPECT_TRUE(recovered.err.ends_with(" edits of 1 profile, 0 quarantined\n")) << recovered.err;
  const Outcome got = on_db({"get", "Player_1"});
  ASSERT_EQ(got.status, 0) << got.err;
  EXPECT_EQ(parse_json(got.out)->find("stats")->find("kills")->as_integer(), 25);
  EXPECT_EQ(on_db({"sessions", "--json"}).out, "[]\n");
  const Value servers = parse_json(on_db({"servers", "--json"}).out).value();
  for (const Value& server : servers.items()) {
    EXPECT_EQ(server.find("state")->as_string(), "recovered");
  }
  const Outcome again = on_db({"journal", "recover", "--json"});
  EXPECT_EQ(again.status, 0);
  EXPECT_EQ(again.out, "[]\n");
}

}  // namespace
}  // namespace keepsake
