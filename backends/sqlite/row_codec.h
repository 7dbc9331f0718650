// An envelope as a row's columns, in the order in which every statement names them.
#pragma once

#include "backends/sqlite/connection.h"
#include "keepsake/backend/history.h"
#include "keepsake/backend/record.h"

namespace keepsake {

/// Reads "store, key"; binds ":store, :key".
[[nodiscard]] ProfileKey read_key(Query& row);
Query& operator<<(Query& query, const ProfileKey& key);

/// Reads "id, …, carries_value" of a message, "store, key, incident, …, server" of an entry in
/// quarantine, "revision, …, payload" of a snapshot.
[[nodiscard]] Message read_message(Query& row);
[[nodiscard]] QuarantineEntry read_entry(Query& row);
[[nodiscard]] Snapshot read_snapshot(Query& row);

/// Reads "born, …, handovers, revision, …, marks". Error: corrupt, if a column doesn't hold what it
/// must.
[[nodiscard]] Result<Envelope> read_envelope(Query& row, const std::string& path);

/// Reads "owner_server, owner_incarnation, session" into an envelope.
[[nodiscard]] Result<void> read_owner(Query& row, Envelope& out, const std::string& path);

/// The encoded columns of a row of `profiles`; they must live until the query has run.
struct ProfileColumns {
  explicit ProfileColumns(const Envelope& envelope);
  /// Binds ":born, …, :handovers".
  void bind(Query& query) const;

  const Envelope& envelope;
  const std::string users, ask, handovers;
};

/// The encoded columns of a row of `saves`.
struct SaveColumns {
  explicit SaveColumns(const Envelope& envelope);
  /// Binds ":revision, …, :marks".
  void bind(Query& query) const;

  const Envelope& envelope;
  std::string marks;
};

[[nodiscard]] Error damaged_row(const std::string& path, const char* column);

}  // namespace keepsake
