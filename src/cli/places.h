// From what the command line names to what it means: databases, stores, files.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "keepsake/backend/backend.h"
#include "keepsake/base/result.h"
#include "src/cli/commands.h"
#include "src/cli/environment.h"

namespace keepsake::cli {

enum class Missing : std::uint8_t { fails, is_made };
/// Opens `db`. Error `not_found` for a file that isn't there, unless it may be made; else those of
/// keepsake::open.
[[nodiscard]] Result<std::unique_ptr<Backend>> open_database(std::string_view db, Missing missing);
/// The file of a SQLite address; "" of another kind of database.
[[nodiscard]] std::string file_of(std::string_view db);

/// The catalog of that store; with "" the only one. Errors name the stores that there are.
[[nodiscard]] Result<const AnyCatalog*> catalog_of(const Context& context, std::string_view store);
/// The store's name, whether or not this program has its catalog; with "" the only one's.
[[nodiscard]] Result<std::string> store_of(const Context& context, std::string_view store);

/// A whole file, "-" being standard input. Errors: not_found, io_error, limit_exceeded.
[[nodiscard]] Result<std::string> read_file(const Context& context, const std::string& file);

}  // namespace keepsake::cli
