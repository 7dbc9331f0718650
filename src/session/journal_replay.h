// What becomes of a dead server's journal: a pure function from records and rows to commits and
// losses (rules 2, 17, 18, 26).
//
// Per profile and session, records whose edit numbers lie above the row's are applied in order, up
// to the first gap that no image bridges. Profiles tied by a transaction are committed in one
// group; where one of them can't have it, none gets it: the others are cut before it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/backend/operations.h"
#include "keepsake/base/error.h"
#include "keepsake/base/function_ref.h"
#include "keepsake/base/result.h"
#include "src/session/journal_record.h"

namespace keepsake {

/// A payload that patches (RFC 6902, as JSON) are applied to, one after the other, in whatever form
/// that is cheap in. Opaque to the session layer.
class PatchedPayload {
 public:
  virtual ~PatchedPayload() = default;
  /// After an error it may hold anything.
  [[nodiscard]] virtual Result<void> apply(std::string_view patch) = 0;
  /// Of what bytes() gives: the payload's own, but that it is not compressed.
  [[nodiscard]] virtual PayloadFormat format() const = 0;
  [[nodiscard]] virtual std::string bytes() const = 0;
};
using PayloadOpener = FunctionRef<Result<std::unique_ptr<PatchedPayload>>(
    PayloadFormat format, std::string_view payload)>;
/// The row as it is stored now; nullptr if there is none.
using RowLookup = FunctionRef<const Record*(const ProfileKey& key)>;

/// Edits that had returned and can't be given to their profile: for the quarantine.
struct Unrecovered {
  ProfileKey key;
  SessionId session;
  std::uint64_t epoch = 0;
  std::uint64_t first_edit = 0;
  std::uint64_t last_edit = 0;
  Error why;  ///< session_lost: the row has another owner since; tie_lost: the other side of a
              ///< transaction is lost; corrupt: the journal has a gap there
  SchemaStamp schema;
  PayloadFormat format = PayloadFormat::json;
  std::string payload;               ///< the newest state that can be made of them; "" if none can
  std::vector<std::string> patches;  ///< then their contents one by one
  std::vector<ProfileKey> tied;      ///< the others of the transactions among them
};

struct RecoveryPlan {
  /// To be committed each as one group: fence, data, receipts and all are filled in, `recovering`
  /// is the dead owner's incarnation, and the row stays its owner's (After::keep).
  std::vector<std::vector<MemberCommit>> groups;
  std::vector<Unrecovered> unrecovered;
  std::uint64_t edits = 0;            ///< applied
  std::uint64_t scrubbed = 0;         ///< records of removed or erased profiles, left out (rule 2)
  std::uint64_t other_databases = 0;  ///< records of another generation, left alone
  /// backend_went_back: rows are older than what the journal saw confirmed. The groups are still
  /// right for the rows as they are; somebody has to look.
  std::vector<Error> went_back;
};

/// `records`: of one journal, in the order of their sequence numbers. `generation`: the database's.
[[nodiscard]] RecoveryPlan plan_recovery(std::span<const JournalRecord> records,
                                         const Generation& generation, RowLookup row_of,
                                         PayloadOpener open_payload);

}  // namespace keepsake
