// Which version of a store's data a record is, and whether it is good data of that version.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keepsake/datum/catalog.h"
#include "src/cli/commands.h"

namespace keepsake::cli {

struct Judged {
  const VersionInfo* version = nullptr;  ///< of the judge's catalog
  Value data;                            ///< valid, and normalised by its version's schema
};

class Judge {
 public:
  /// `version`: what data without one is of, and nothing else may say; nullptr: data says it.
  /// `trial`: data without one is tried under every version, the newest first.
  Judge(AnyCatalog catalog, const VersionInfo* version, bool trial)
      : catalog_(std::move(catalog)), version_(version), trial_(trial) {}

  [[nodiscard]] const AnyCatalog& catalog() const noexcept { return catalog_; }
  /// Data has a member "version", and is judged by that version alone. Errors: version_unknown and
  /// version_mismatch, at "/version"; invalid_data and others of Schema::validate. What no version
  /// takes in a trial has the newest one's error.
  [[nodiscard]] Result<Judged> judge(Value data) const;
  /// Every fault of it; none if there is none.
  [[nodiscard]] std::vector<Error> faults(Value data) const;

 private:
  [[nodiscard]] Result<const VersionInfo*> version_of(Value& data) const;
  [[nodiscard]] const VersionInfo* tried(Value& data) const;
  AnyCatalog catalog_;
  const VersionInfo* version_;
  bool trial_;
};

/// The judge that the command line asks for. Errors: those of catalog_of; version_unknown.
[[nodiscard]] Result<Judge> judge_of(const Context& context, const JudgeOptions& options);
/// The version of that name; nullptr for "". Errors: version_unknown, naming those that there are.
[[nodiscard]] Result<const VersionInfo*> version_of(const AnyCatalog& catalog,
                                                    const std::string& name);

}  // namespace keepsake::cli
