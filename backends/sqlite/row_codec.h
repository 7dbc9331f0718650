// An envelope as a row's columns, in the order in which every statement names them.
#pragma once

#include "backends/sqlite/connection.h"
#include "keepsake/backend/record.h"

namespace keepsake {

/// Reads "born, …, marks". Error: corrupt, if a column doesn't hold what it must.
[[nodiscard]] Result<Envelope> read_envelope(Query& row, const std::string& path);

/// The encoded columns of an envelope; they must live until the query has run.
struct EnvelopeColumns {
  explicit EnvelopeColumns(const Envelope& envelope);
  /// Binds ":born, …, :marks".
  void bind(Query& query) const;

  const Envelope& envelope;
  const std::string users, ask, handovers, marks;
};

[[nodiscard]] Error damaged_row(const std::string& path, const char* column);

}  // namespace keepsake
