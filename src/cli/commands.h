// The commands, each with its options as the command line gives them. Every one writes what was
// asked for to `out`, and gives the exit status or the error that `run` reports.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "keepsake/backend/record.h"
#include "keepsake/base/result.h"
#include "keepsake/store/options.h"
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
  PayloadFormat payload = StoreOptions().payload;
  bool json = false;
};
struct GetOptions {
  Place place;
  std::string key;
  bool raw = false;
  bool envelope = false;
  std::uint64_t revision = 0;  ///< out of history; 0: as it is now
  bool json = false;
};
struct HistoryOptions {
  Place place;
  std::string key;
  bool json = false;
};
struct SubjectExportOptions {
  std::string db;
  std::int64_t user = 0;
  std::string out;  ///< "": stdout
};
struct SubjectEraseOptions {
  std::string db;
  std::int64_t user = 0;
  std::string reason;
  std::string tombstones;  ///< "": beside the database, where there is such a place
  std::string journal;     ///< "": beside the database
  std::uint64_t within_s = 60;
  bool unlink_shared = false;
  bool yes = false;
  bool json = false;
};
/// What an operator does to one profile, whoever has it.
struct ProfileOverride {
  std::string db;
  ProfileKey key;
  std::string reason;
  std::string journal;  ///< "": beside the database
  std::uint64_t within_s = 10;
  bool yes = false;
  bool json = false;
};
struct StealCommandOptions : ProfileOverride {};
struct RollbackCommandOptions : ProfileOverride {
  std::uint64_t revision = 0;
};
struct AuditOptions {
  std::string db;
  std::uint64_t limit = 100;
  bool json = false;
};
struct BackupOptions {
  std::string db;
  std::string file;
};
struct RestoreOptions {
  std::string db;
  std::string file;
};
struct RestoredOptions {
  std::string db;
  std::vector<std::string> tombstones;
  bool nobody_erased = false;
  std::uint64_t watch_s = 10;
  bool yes = false;
  bool json = false;
};
struct CopyOptions {
  std::string from;
  std::string to;
  bool json = false;
};
struct BenchOptions {
  std::string db;
  std::uint64_t profiles = 0;  ///< 0: as many as players
  std::uint64_t players = 1000;
  std::uint64_t servers = 2;
  std::uint64_t items = 20;
  PayloadFormat payload = StoreOptions().payload;
  double seconds = 10;
  bool baseline = false;
  std::string journal;  ///< "": a temporary folder
  std::string chart;    ///< "": none
  bool json = false;
};
struct ListOptions {
  Place place;
  std::string after;
  std::uint64_t limit = 0;  ///< 0: all
  bool tags = false;
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
  bool bodies = false;
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
/// Which records the commands on files of data work on.
struct RecordsOptions {
  std::string file;  ///< "-": standard input
  std::string from;  ///< their form; "": guessed
  std::string at;    ///< the member that is the data; "": all of it
  bool lenient = false;
};
/// Whose schemas judge data, and what data without a version is of.
struct JudgeOptions {
  std::string store;
  std::string version;
  bool trial = false;
};
struct DatumValidateOptions {
  RecordsOptions records;
  JudgeOptions judge;
  bool all = false;
  bool json = false;
};
struct DatumMigrateOptions {
  RecordsOptions records;
  JudgeOptions judge;
  std::string to;  ///< a version; "": the current one
  std::string as;  ///< the output's form; "": the input's
  bool report = false;
};
struct DatumConvertOptions {
  RecordsOptions records;
  std::string store;  ///< "": no schema
  std::string to;     ///< a form
};
struct DatumInferOptions {
  RecordsOptions records;
  std::string as = "schema";  ///< or "struct"
  std::string name = "Data";  ///< the struct's
};
struct SchemaExportOptions {
  std::string store;
  std::string out;  ///< "": stdout
};
struct SchemaLockOptions {
  std::string store;  ///< "": all that the program knows
  std::string dir = ".";
  std::vector<std::string> replace;  ///< versions that are published anew
};
struct SchemaRecordOptions {
  std::string store;
  std::string dir = ".";
  std::string file;  ///< "-": standard input
};
struct SchemaCheckOptions {
  std::string store;  ///< "": all that the program knows
  std::string dir = ".";
  bool strict = false;
};
struct SchemaDiffOptions {
  std::string store;
  std::string before;  ///< a version or a file; "": all pairs
  std::string after;
  bool json = false;
};

[[nodiscard]] Result<int> execute(const ImportOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const GetOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const HistoryOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const SubjectExportOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const SubjectEraseOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const StealCommandOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const RollbackCommandOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const AuditOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const BackupOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const RestoreOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const RestoredOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const CopyOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const BenchOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const ListOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const QuarantineOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const SessionsOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const ServersOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const InboxOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const RecoverOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const DatumCasesOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const DatumPathsOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const DatumTrainOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const DatumValidateOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const DatumMigrateOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const DatumConvertOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const DatumInferOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const SchemaExportOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const SchemaLockOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const SchemaRecordOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const SchemaCheckOptions& options, Context& context);
[[nodiscard]] Result<int> execute(const SchemaDiffOptions& options, Context& context);

using Command =
    std::variant<ImportOptions, GetOptions, HistoryOptions, SubjectExportOptions,
                 SubjectEraseOptions, StealCommandOptions, RollbackCommandOptions, AuditOptions,
                 BackupOptions, RestoreOptions, RestoredOptions, CopyOptions, BenchOptions,
                 ListOptions, QuarantineOptions, SessionsOptions, ServersOptions, InboxOptions,
                 RecoverOptions, DatumCasesOptions, DatumPathsOptions, DatumTrainOptions,
                 DatumValidateOptions, DatumMigrateOptions, DatumConvertOptions, DatumInferOptions,
                 SchemaExportOptions, SchemaLockOptions, SchemaRecordOptions, SchemaCheckOptions,
                 SchemaDiffOptions>;

}  // namespace keepsake::cli
