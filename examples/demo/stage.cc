#include "examples/demo/stage.h"

#include <stdlib.h>
#include <unistd.h>

#include <climits>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "examples/demo/reader.h"
#include "examples/player/player_catalog.h"
#include "keepsake/datum/json.h"
#include "src/base/this_machine.h"
#include "src/cli/environment.h"
#include "src/store/journal_recovery.h"

namespace demo {

using keepsake::Error;
using keepsake::ErrorCode;
using keepsake::Result;

namespace {

namespace fs = std::filesystem;

Result<std::string> make_temporary(const std::string& where) {
  const fs::path parent = where.empty() ? fs::temp_directory_path() : fs::path(where);
  std::string path = (parent / "keepsake-demo-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) {
    return Error(ErrorCode::io_error, "can't make a temporary folder");
  }
  return path;
}

Result<std::string> make_folder(const Stage::Options& options) {
  if (options.keep.empty()) return make_temporary(options.where);
  std::error_code failed;
  fs::create_directories(options.keep, failed);
  if (failed || !fs::is_empty(options.keep, failed)) {
    return Error(ErrorCode::invalid_argument, "'" + options.keep + "' is no empty folder");
  }
  return fs::absolute(options.keep).string();
}

}  // namespace

std::string own_path() {
  char path[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  return {path, length > 0 ? static_cast<std::size_t>(length) : 0};
}

std::string find_source(const std::string& program, const std::string& name) {
  std::error_code ignored;
  for (fs::path folder = fs::path(program).parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (fs::exists(folder / name, ignored)) return (folder / name).string();
  }
  return fs::exists(name, ignored) ? name : std::string();
}

std::string find_players(const std::string& program) {
  return find_source(program, "examples/player/players.jsonl");
}

Result<Stage> Stage::set(const Options& options) {
  Result<std::string> folder = make_folder(options);
  if (!folder) return std::move(folder).error();
  Stage stage;
  stage.folder_ = *std::move(folder);
  stage.database_ = options.database;
  stage.keep_ = !options.keep.empty();
  if (!options.journals.empty()) {
    Result<std::string> journals = make_temporary(options.journals);
    if (!journals) return std::move(journals).error();
    stage.journals_ = *std::move(journals);
  }
  if (Result<void> imported = stage.import(options); !imported) return std::move(imported).error();
  return stage;
}

Result<void> Stage::import(const Options& options) {
  std::ifstream exported(options.exported);
  if (!exported) {
    return Error(ErrorCode::not_found, "can't open '" + options.exported + "'");
  }
  const std::string part = folder_ + "/import.jsonl";
  std::ofstream wanted(part);
  std::ofstream list(players_file());
  std::string line;
  for (std::size_t i = 0; i < options.players && std::getline(exported, line); ++i) {
    wanted << line << '\n';
    const Result<keepsake::Value> document = keepsake::parse_json(line);
    if (!document) return document.error();
    const std::string key(document->find("key")->as_string());
    players_[document->find("document")->find("UserIds")->items()[0].as_integer()] = key;
  }
  players_[kTestUser] = "Player_" + std::to_string(kTestUser);
  for (const auto& [user, key] : players_) list << user << ' ' << key << '\n';
  wanted.close();
  list.close();

  std::istringstream nothing;
  std::ostringstream out;
  std::ostringstream errors;
  keepsake::cli::Environment environment{
      .in = nothing, .out = out, .err = errors, .clock = keepsake::this_machine().clock};
  const int status = keepsake::cli::run_in(
      {"import", part, "--from", "profilestore", "--db", database(), "--json"},
      {example::player_catalog()}, environment);
  if (status != 0) return Error(ErrorCode::invalid_data, "the import failed: " + errors.str());
  const auto stored = read_database(database());
  if (!stored) return stored.error();
  for (const auto& [key, player] : *stored) start_[key] = player.coins;
  return {};
}

Stage::Stage(Stage&& other) noexcept
    : folder_(std::exchange(other.folder_, {})),
      database_(std::move(other.database_)),
      journals_(std::move(other.journals_)),
      keep_(other.keep_),
      players_(std::move(other.players_)),
      start_(std::move(other.start_)) {}

Stage::~Stage() {
  if (folder_.empty() || keep_) return;
  // Journals that nobody recovered have shared memory beside their files.
  const keepsake::Machine& machine = keepsake::this_machine();
  if (const auto left = keepsake::list_journals(machine, journals())) {
    for (const keepsake::JournalPlace& place : *left) {
      (void)keepsake::remove_journal(machine, place).has_value();
    }
  }
  std::error_code ignored;
  fs::remove_all(journals(), ignored);
  fs::remove_all(folder_, ignored);
}

}  // namespace demo
