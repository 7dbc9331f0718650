#include "src/backend/row_codec.h"

namespace keepsake {

Error damaged_row(const std::string& place, const char* column) {
  return Error(ErrorCode::corrupt,
               "a row of the database " + place + " is damaged: column " + column)
      .remedy("stop the servers, keep a copy of the database, and restore the last backup");
}

ProfileColumns::ProfileColumns(const Envelope& row)
    : envelope(row),
      users(encode_users(row.user_ids)),
      ask(row.ask ? encode_ask(*row.ask) : std::string()),
      handovers(encode_times(row.handover_ms)) {}

SaveColumns::SaveColumns(const Envelope& row) : envelope(row), marks(encode_marks(row.marks)) {}

}  // namespace keepsake
