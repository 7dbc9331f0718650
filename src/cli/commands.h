// The commands, each with its options as the command line gives them. Every one writes what was
// asked for to `out`, and gives the exit status or the error that `run` reports.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "keepsake/base/result.h"
#include "src/cli/environment.h"

namespace keepsake::cli {

/// Where to look: a database, and a store in it ("": the only one that the program knows).
struct Place {
  std::string db;
  std::string store;
};

struct ImportOptions {
  Place place;
  std::string file;  ///< "-": standard input
  std::string from = "profilestore";
  bool json = false;
};
struct GetOptions {
  Place place;
  std::string key;
  bool raw = false;
  bool envelope = false;
  bool json = false;
};
struct ListOptions {
  Place place;
  std::string after;
  std::uint64_t limit = 0;  ///< 0: all
  bool json = false;
};
struct QuarantineOptions {
  Place place;
  std::string incident;  ///< "": list
  std::uint64_t limit = 100;
  bool raw = false;
  bool json = false;
};
struct SessionsOptions {
  Place place;
  bool json = false;
};
struct ServersOptions {
  std::string db;
  bool json = false;
};
struct InboxOptions {
  Place place;
  std::string key;
  bool json = false;
};
struct RecoverOptions {
  std::string db;
  std::string journal;  ///< "": beside the database
  bool json = false;
};
struct DatumCasesOptions {
  std::string file;
};
struct DatumPathsOptions {
  std::string file;
};
struct DatumTrainOptions {
  std::string file;  ///< "-": standard input
  std::string out;
  std::uint64_t size_bytes = 16 * 1024;
  bool cbor = false;
  bool json = false;
};

[[nodiscard]] Result<int> execute(const ImportOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const GetOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const ListOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const QuarantineOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const SessionsOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const ServersOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const InboxOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const RecoverOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const DatumCasesOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const DatumPathsOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const DatumTrainOptions& options, Context& context);

using Command = std::variant<ImportOptions, GetOptions, ListOptions, QuarantineOptions,
                             SessionsOptions, ServersOptions, InboxOptions, RecoverOptions,
                             DatumCasesOptions, DatumPathsOptions, DatumTrainOptions>;

}  // namespace keepsake::cli
