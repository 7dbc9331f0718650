#include "src/cli/places.h"

#include <cerrno>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "keepsake/backend/postgres.h"
#include "keepsake/backend/sqlite.h"
#include "keepsake/datum/catalog_file.h"
#include "keepsake/datum/json.h"
#include "keepsake/open/open.h"
#include "src/open/address.h"

namespace keepsake::cli {

namespace {

std::string known_stores(const Context& context) {
  std::string text;
  for (const AnyCatalog& catalog : context.catalogs) {
    text += (text.empty() ? "" : ", ") + catalog.store_name();
  }
  return text.empty() ? "none" : text;
}

const AnyCatalog* find_catalog(const Context& context, std::string_view store) {
  for (const AnyCatalog& catalog : context.catalogs) {
    if (catalog.store_name() == store) return &catalog;
  }
  return nullptr;
}

}  // namespace

std::string file_of(std::string_view db) {
  constexpr std::string_view kScheme = "sqlite:";
  if (db.starts_with(kScheme)) {
    const std::string_view file = db.substr(kScheme.size());
    return file.starts_with("//") ? std::string() : std::string(file);
  }
  const std::size_t colon = db.find(':');
  const bool other = colon != std::string_view::npos &&
                     db.substr(0, colon).find_first_of("./") == std::string_view::npos;
  return other ? std::string() : std::string(db);
}

Result<std::unique_ptr<Backend>> open_database(std::string_view db, Use use) {
  if (use == Use::makes && db == "memory:") {
    return Error(ErrorCode::invalid_argument,
                 "a database in memory would be gone with this program")
        .remedy("name a file by --db sqlite:FILE");
  }
  if (is_postgres(db)) {
    return open_postgres(std::string(db), {.create = use == Use::makes});
  }
  const std::string file = file_of(db);
  if (file.empty() || use == Use::makes) return keepsake::open(db);
  std::error_code ignored;
  const bool there = std::filesystem::exists(file, ignored);
  // An empty file is a database without tables to SQLite, and none to us.
  if (!there || (std::filesystem::is_regular_file(file, ignored) &&
                 std::filesystem::file_size(file, ignored) == 0)) {
    return Error(ErrorCode::not_found, "there is no database at \"" + file + "\"")
        .remedy("name it by --db sqlite:FILE; import makes one");
  }
  return use == Use::reads ? open_sqlite(file, {.read_only = true}) : keepsake::open(db);
}

Result<std::unique_ptr<Backend>> open_to_erase(std::string_view db, const std::string& tombstones) {
  if (is_postgres(db)) {
    return open_postgres(std::string(db), {.create = false, .tombstones = tombstones});
  }
  if (tombstones.empty()) return open_database(db, Use::writes);
  return Error(ErrorCode::invalid_argument, "an SQLite database has its tombstones beside it")
      .found("--tombstones " + tombstones)
      .remedy("leave it out: they are in FILE.tombstones");
}

Error unreadable(const std::string& file, int fault) {
  const ErrorCode code = fault == ENOENT ? ErrorCode::not_found : ErrorCode::io_error;
  return Error(code, "can't read the file \"" + file +
                         "\": " + std::generic_category().message(fault != 0 ? fault : EIO));
}

Result<const AnyCatalog*> catalog_of(const Context& context, std::string_view store) {
  if (store.empty() && context.catalogs.size() == 1) return &context.catalogs.front();
  if (store.empty()) {
    return Error(ErrorCode::invalid_argument, "which store?")
        .remedy("name it by --store; this program knows: " + known_stores(context));
  }
  if (const AnyCatalog* catalog = find_catalog(context, store)) return catalog;
  return Error(ErrorCode::not_found,
               "this program does not know the store \"" + std::string(store) + "\"")
      .remedy("it knows: " + known_stores(context));
}

Result<std::string> store_of(const Context& context, std::string_view store) {
  if (!store.empty()) return std::string(store);
  auto catalog = catalog_of(context, store);
  if (!catalog) return std::move(catalog).error();
  return (*catalog)->store_name();
}

Result<void> store_is_there(const Context& context, Backend& backend, const std::string& store) {
  if (store.empty() || find_catalog(context, store) != nullptr) return {};
  auto profiles = backend.list(store, "", 1);
  if (!profiles) return std::move(profiles).error();
  if (!profiles->records.empty()) return {};
  auto set_aside = backend.quarantine(store, 1);
  if (!set_aside) return std::move(set_aside).error();
  if (!set_aside->empty()) return {};
  return Error(ErrorCode::not_found, "the database has nothing of a store \"" + store + "\"")
      .remedy("this program knows: " + known_stores(context));
}

Result<Input> open_input(const Context& context, const std::string& file) {
  Input input;
  input.in = &context.environment.in;
  if (file == "-") return input;
  std::error_code failed;
  if (std::filesystem::is_directory(file, failed)) {
    return Error(ErrorCode::invalid_argument, "\"" + file + "\" is a folder");
  }
  errno = 0;
  input.file = std::make_unique<std::ifstream>(file, std::ios::binary);
  if (!*input.file) return unreadable(file, errno);
  const std::uintmax_t size = std::filesystem::file_size(file, failed);
  if (!failed) input.size_bytes = size;
  input.in = input.file.get();
  return input;
}

Result<std::string> read_file(const Context& context, const std::string& file) {
  std::ostringstream text;
  if (file == "-") {
    text << context.environment.in.rdbuf();
    return std::move(text).str();
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return unreadable(file, EISDIR);
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) return unreadable(file, errno);
  text << in.rdbuf();
  if (in.bad()) return Error(ErrorCode::io_error, "reading \"" + file + "\" failed");
  return std::move(text).str();
}

Result<void> write_file(const std::filesystem::path& file, std::string_view text) {
  const Error failed(ErrorCode::io_error, "can't write the file \"" + file.string() + "\"");
  std::error_code fault;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), fault);
  const std::filesystem::path beside = file.string() + ".new";
  std::ofstream out(beside, std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) return failed;
  std::filesystem::rename(beside, file, fault);
  if (fault) return failed;
  return {};
}

Error in_file(const std::string& file, const Error& error) {
  std::string cause = "\"" + file + "\"";
  if (!error.cause().empty()) cause += ": " + error.cause();
  return Error(error.code(), std::move(cause))
      .path(error.path())
      .expected(error.expected())
      .found(error.found())
      .remedy(error.remedy());
}

Result<Value> read_json(const Context& context, const std::string& file) {
  const Result<std::string> text = read_file(context, file);
  if (!text) return text.error();
  Result<Value> value = parse_json(*text);
  if (!value) return in_file(file, value.error());
  return value;
}

Result<std::vector<AnyCatalog>> catalogs_in(const Context& context,
                                            const std::vector<std::string>& files) {
  std::vector<AnyCatalog> catalogs;
  for (const std::string& file : files) {
    const Result<Value> form = read_json(context, file);
    if (!form) return form.error();
    std::vector<std::string> unheld;
    Result<AnyCatalog> catalog = from_catalog_file(*form, &unheld);
    if (!catalog) return in_file(file, catalog.error());
    for (const AnyCatalog& other : catalogs) {
      if (other.store_name() != catalog->store_name()) continue;
      return Error(ErrorCode::invalid_argument,
                   "two files are of the store \"" + other.store_name() + "\"");
    }
    if (!unheld.empty()) {
      note(context, "predicates are code, and \"" + file +
                        "\" can't hold them: " + std::to_string(unheld.size()) +
                        " not checked, the first at " + unheld.front());
    }
    catalogs.push_back(*std::move(catalog));
  }
  return catalogs;
}

}  // namespace keepsake::cli
