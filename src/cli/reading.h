// Reading: the command line while the library that reads it does so, and the options that several
// commands have. Only parse*.cc include it.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/cli/commands.h"

namespace keepsake::cli {

inline constexpr const char* kDbHelp = "The database: sqlite:FILE, just FILE, or postgres://…";
inline constexpr const char* kStoreHelp =
    "The store; may be left out where the program knows only one";

/// Collects the command while the library reads the arguments.
struct Reading {
  CLI::App app{"Looks after players' data in a Keepsake database.", "keepsake"};
  std::optional<Command> command;
  std::vector<std::string> catalog_files;

  /// A command whose options live as long as the parser.
  template <class Options>
  std::pair<CLI::App*, std::shared_ptr<Options>> add(CLI::App& parent, const std::string& name,
                                                     const std::string& help) {
    auto options = std::make_shared<Options>();
    CLI::App* sub = parent.add_subcommand(name, help);
    sub->callback([this, options] { command = *options; });
    return {sub, options};
  }
};

inline void add_db(CLI::App* sub, std::string& db) {
  sub->add_option("--db", db, kDbHelp)->required()->type_name("DB");
}

inline void add_store(CLI::App* sub, std::string& store, const char* help = kStoreHelp) {
  sub->add_option("--store", store, help)->type_name("NAME");
}

inline void add_catalog(Reading& reading, CLI::App* sub) {
  sub->add_option("--catalog", reading.catalog_files,
                  "Know the store of this file, written by schema export, in place of the "
                  "program's own; may be given again for another store")
      ->allow_extra_args(false)
      ->type_name("FILE");
}

/// Of one store, whose catalog the command looks for.
inline void add_place(Reading& reading, CLI::App* sub, Place& place) {
  add_db(sub, place.db);
  add_store(sub, place.store);
  add_catalog(reading, sub);
}

/// Of all stores or one.
inline void add_wide_place(CLI::App* sub, Place& place) {
  add_db(sub, place.db);
  add_store(sub, place.store, "Of this store only");
}

inline void add_payload(CLI::App* sub, PayloadFormat& payload) {
  const auto words = [] {
    std::map<std::string, PayloadFormat> all;
    for (const PayloadFormat one :
         {PayloadFormat::json, PayloadFormat::cbor, PayloadFormat::compressed}) {
      all.emplace(name(one), one);
    }
    return all;
  };
  sub->add_option("--payload", payload, "How data is written: json, cbor or compressed")
      ->transform(CLI::CheckedTransformer(words()))
      ->default_str(std::string(name(payload)))
      ->type_name("FORMAT");
}

inline void add_json(CLI::App* sub, bool& json, const char* help = "Print JSON, for programs") {
  sub->add_flag("--json", json, help);
}

/// `datum …` and `schema …`: what works without a database.
void add_datum(Reading& reading);
void add_schema(Reading& reading);

}  // namespace keepsake::cli
