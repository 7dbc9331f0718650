// From what the command line names to what it means: databases, stores, files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/backend/backend.h"
#include "keepsake/base/result.h"
#include "src/cli/commands.h"
#include "src/cli/environment.h"

namespace keepsake::cli {

/// What a command does with a database. Reading makes no file beside it and changes none.
enum class Use : std::uint8_t { reads, writes, makes };
/// Opens `db`. Errors: `not_found` for a file that isn't there or is empty, unless it may be made;
/// `invalid_argument` for a database in memory that was to be filled; those of keepsake::open.
[[nodiscard]] Result<std::unique_ptr<Backend>> open_database(std::string_view db, Use use);
/// The same for an erasure, which leaves its tombstones in that file. "": an SQLite database has
/// one beside it, others none. Error: `invalid_argument`, for a file of an SQLite database's.
[[nodiscard]] Result<std::unique_ptr<Backend>> open_to_erase(std::string_view db,
                                                             const std::string& tombstones);
/// The file of a SQLite address; "" of another kind of database.
[[nodiscard]] std::string file_of(std::string_view db);

/// The catalog of that store; with "" the only one. Errors name the stores that there are.
[[nodiscard]] Result<const AnyCatalog*> catalog_of(const Context& context, std::string_view store);
/// The store's name, whether or not this program has its catalog; with "" the only one's.
[[nodiscard]] Result<std::string> store_of(const Context& context, std::string_view store);
/// Whether there is such a store: this program knows it, or the database has something of it; ""
/// stands for all. Errors: not_found, naming the stores that the program knows; the backend's.
[[nodiscard]] Result<void> store_is_there(const Context& context, Backend& backend,
                                          const std::string& store);

/// The catalogs in these files, each of another store. What a file can't hold is noted on stderr.
/// Errors, beside those of reading: invalid_argument for two files of one store.
[[nodiscard]] Result<std::vector<AnyCatalog>> catalogs_in(const Context& context,
                                                          const std::vector<std::string>& files);

/// Why a file can't be read, `fault` being an errno; 0 if that isn't known.
[[nodiscard]] Error unreadable(const std::string& file, int fault);
/// A file that is read from its beginning on, or standard input.
struct Input {
  std::unique_ptr<std::ifstream> file;  ///< none for standard input
  std::istream* in = nullptr;
  std::optional<std::uint64_t> size_bytes;  ///< where it is known
};
/// Opens it, "-" being standard input. Errors: not_found, io_error; invalid_argument for a folder.
[[nodiscard]] Result<Input> open_input(const Context& context, const std::string& file);
/// A whole file, "-" being standard input. Errors: not_found, io_error, limit_exceeded.
[[nodiscard]] Result<std::string> read_file(const Context& context, const std::string& file);
/// Puts the text into the file in one step, in place of what was there. io_error.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& file, std::string_view text);
/// The JSON in a file; the errors name it.
[[nodiscard]] Result<Value> read_json(const Context& context, const std::string& file);
/// The error under the file's name.
[[nodiscard]] Error in_file(const std::string& file, const Error& error);

}  // namespace keepsake::cli
