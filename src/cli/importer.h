// Importer: takes exported lines into a backend, whoever else uses it. Each line is one atomic
// creation, so that an import may stop anywhere and be run again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/backend/backend.h"
#include "keepsake/base/clock.h"
#include "keepsake/datum/catalog.h"
#include "keepsake/store/options.h"
#include "src/cli/line_reader.h"
#include "src/cli/profilestore.h"

namespace keepsake::cli {

struct Refusal {
  std::string key;  ///< "" where the line doesn't say
  std::string path;
  std::string message;  ///< "already_exists: …": the code's name, then what was wrong
};

struct ImportSummary {
  std::uint64_t imported = 0;
  std::uint64_t unchanged = 0;
  std::vector<Refusal> refused;
  std::uint64_t in_session = 0;  ///< imported free although their sessions had not ended
  std::uint64_t displaced = 0;   ///< fields that a migration's step displaced
};

class Importer {
 public:
  /// `report` gets one line for each refusal and each thing worth knowing. All outlive the
  /// importer. `payload`: how data is written, as StoreOptions has it.
  Importer(Backend& backend, const AnyCatalog& catalog, const Clock& clock,
           std::function<void(std::string_view)> report,
           PayloadFormat payload = StoreOptions().payload);

  /// Takes a line into the batch at hand, and the batch into the backend when it is full. Errors
  /// are the backend's own: what was in the batch is then imported in part; go no further.
  [[nodiscard]] Result<void> add(LineReader::Line line);
  /// What is left in the batch.
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] const ImportSummary& summary() const noexcept { return summary_; }
  [[nodiscard]] std::uint64_t lines_done() const noexcept { return lines_done_; }

 private:
  struct Waiting {
    LineReader::Line line;
    Result<ExportedLine> parsed;
  };
  [[nodiscard]] Result<void> find_existing();
  [[nodiscard]] Result<void> take(const Waiting& waiting);
  [[nodiscard]] Result<void> create(const Waiting& waiting, const ImportedProfile& profile);
  [[nodiscard]] Result<CreateAnswer> create_for_sure(const Create& request);
  [[nodiscard]] Result<void> refuse(const Waiting& waiting, const Error& error);
  [[nodiscard]] Result<void> note_displaced(const ImportedProfile& profile);
  [[nodiscard]] Result<void> settle_existing(const Waiting& waiting, std::string_view stored_hash,
                                             std::string_view hash);

  Backend& backend_;
  const AnyCatalog& catalog_;
  const Clock& clock_;
  const std::function<void(std::string_view)> report_;
  const PayloadFormat payload_;
  std::vector<Waiting> batch_;
  std::size_t batch_bytes_ = 0;
  std::map<std::string, std::string> existing_;  // key → source hash, of the batch's keys
  ImportSummary summary_;
  std::uint64_t lines_done_ = 0;
};

}  // namespace keepsake::cli
