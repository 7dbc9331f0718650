// Whole commands, as a person types them, on a database in a folder of the test's own.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "examples/player/player_catalog.h"
#include "examples/second_game/second_game.h"
#include "keepsake/datum/json.h"
#include "keepsake/open/open.h"
#include "src/cli/environment.h"

namespace keepsake::cli {

class TestClock final : public Clock {
 public:
  [[nodiscard]] MonotonicTime now() const override { return {}; }
  [[nodiscard]] WallTime wall() const override { return wall_from_unix_ms(1'700'000'000'000); }
};

class CommandTest : public testing::Test {
 protected:
  struct Outcome {
    int status = 0;
    std::string out;
    std::string err;
  };

  CommandTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "keepsake-cli-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    db_ = folder_ / "game.db";
  }
  ~CommandTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  Outcome run(const std::vector<std::string>& arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Environment environment{
        .in = in, .out = out, .err = err, .out_is_terminal = terminal_, .clock = clock_};
    const int status = run_in(arguments, catalogs_, environment);
    return {status, out.str(), err.str()};
  }
  /// The command on our database.
  Outcome on_db(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.end(), {"--db", "sqlite:" + db_.string()});
    return run(arguments, input);
  }
  std::string written(const std::string& name, const std::string& text) {
    const std::filesystem::path path = folder_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  [[nodiscard]] static std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TestClock clock_;
  bool terminal_ = false;
  std::vector<AnyCatalog> catalogs_ = {second_game::ship_catalog(),
                                       second_game::guild_bank_catalog()};
  std::filesystem::path folder_;
  std::filesystem::path db_;
};

}  // namespace keepsake::cli
