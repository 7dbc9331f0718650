// Errors of storage: databases, their files, journals and the disks under them.
#include <filesystem>
#include <fstream>
#include <string>

#include "backends/contract/test_game.h"
#include "backends/sqlite/sqlite_test_folder.h"
#include "keepsake/backend/faulty.h"
#include "keepsake/backend/sqlite.h"
#include "src/store/purse_test_game.h"
#include "tests/error_scenarios.h"

namespace keepsake::test {

namespace {

const ProfileKey kKey{"S", "p"};

/// A database file, and a server's part in it that has taken a profile.
struct File {
  explicit File(SqliteOptions options = {})
      : backend(open_sqlite(path, options).value()), game(*backend, "a", 1) {
    game.take(kKey);
  }
  Result<std::vector<GroupAnswer>> save(std::size_t bytes) {
    return backend->commit({game.saving(kKey, game.row(kKey), std::string(bytes, 'x'))});
  }

  TestFolder folder;
  std::string path = folder.file("players.db");
  std::unique_ptr<Backend> backend;
  TestGame game;
};

std::optional<Error> failing(Fault fault) {
  World world;
  const auto faulty =
      make_faulty_backend(world.database(), [fault](const CallInfo&) { return fault; });
  return error_of(faulty->open_lease(
      {.server = {"a"}, .journal = {}, .now_ms = unix_ms(world.clock().wall())}));
}

std::optional<Error> damaged_pages() {
  File file;
  (void)file.save(100);
  file.backend.reset();  // what the log holds is in the file now
  std::fstream bytes(file.path, std::ios::in | std::ios::out | std::ios::binary);
  const auto size = std::filesystem::file_size(file.path);
  for (std::uintmax_t page = 4096; page < size; page += 4096) {
    bytes.seekp(static_cast<std::streamoff>(page));
    bytes.put('\x77');
  }
  bytes.close();
  const auto again = open_sqlite(file.path);
  return again ? error_of((*again)->read({kKey})) : error_of(again);
}

/// What a store's game is told of, outside of its calls, while `happens` goes on.
std::optional<Error> told_of(ErrorCode code, void (*happens)(World& world, Game& game)) {
  World world;
  std::optional<Error> told;
  StoreOptions options = small_store();
  options.journal.ring_bytes = 64UL << 10;
  options.journal.segment_bytes = 64UL << 10;
  options.journal.max_bytes = 512UL << 10;
  options.on_error = [&](const Error& error) {
    if (error.code() == code) told = error;
  };
  Game& game = world.start("a", options).make<Game>();
  happens(world, game);
  return told;
}

void edit_through_an_outage(World& world, Game& game) {
  std::vector<Profile<Purse>> purses;
  for (int i = 0; i < 30; ++i) purses.push_back(load(world, game.purses, std::to_string(i)));
  world.outage(60s);
  for (Profile<Purse>& purse : purses) {
    (void)purse.edit([&](Purse& data) { data.things = {std::string(20'000, 'x')}; });
    world.advance(500ms);
  }
}

void edit_while_syncs_fail(World& world, Game& game) {
  Profile<Purse> purse = load(world, game.purses, "p");
  world.fail_syncs(3);
  (void)give(purse, 1);
  world.advance(2s);
}

}  // namespace

std::vector<ErrorScenario> storage_errors() {
  using enum ErrorCode;
  return {
      {unavailable, [] { return failing(Fault::unavailable); }},
      {in_doubt, [] { return failing(Fault::request_lost); }},
      {read_only,
       [] {
         const File file;
         const auto reader = open_sqlite(file.path, {.read_only = true}).value();
         return error_of(reader->open_lease({.server = {"b"}, .journal = {}, .now_ms = 1}));
       }},
      {storage_full,
       [] {
         File file({.max_bytes = 1 << 20});
         return error_of(file.save(2'000'000));
       }},
      {corrupt, damaged_pages},
      {io_error, [] { return told_of(ErrorCode::io_error, edit_while_syncs_fail); }},
      {wrong_format,
       [] {
         const TestFolder folder;
         std::ofstream(folder.file("players.db")) << "no database";
         return error_of(open_sqlite(folder.file("players.db")));
       }},
      {backend_went_back,
       [] {
         File file;
         Group group = file.game.saving(kKey, file.game.row(kKey), "x");
         group.members.front().fence.generation = file.game.new_id();
         return error_of(file.backend->commit({group}));
       }},
      {database_replaced,
       [] {
         File file;
         std::filesystem::rename(file.path, file.folder.file("aside"));
         return error_of(file.backend->read({kKey}));
       }},
      {journal_full, [] { return told_of(ErrorCode::journal_full, edit_through_an_outage); }},
      {journal_not_shared,
       [] {
         std::optional<Error> told;
         World world;
         StoreOptions options = small_store();
         options.on_error = [&](const Error& error) {
           if (error.code() == ErrorCode::journal_not_shared) told = error;
         };
         Game& game = play_on(world, "a", "one");
         (void)load(world, game.purses, "p");
         world.start("b", options, "another").make<Game>();
         world.server("a").crash();
         world.advance(30s);
         return told;
       }},
  };
}

}  // namespace keepsake::test
