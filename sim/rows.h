// Rows of the database, as something beside the servers puts or takes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "keepsake/backend/backend.h"

namespace sim {

/// A profile as an import leaves it; versions are "1", "2", …, each readable by its own number.
[[nodiscard]] keepsake::Create new_row(std::string_view store, std::string_view key,
                                       std::string_view version, std::string_view payload);

/// The commit that takes a row from its live owner, as no server of the protocol's would: the
/// owner's next save is refused. None: there is no such row, or nobody owns it.
[[nodiscard]] std::optional<keepsake::Group> robbery(keepsake::Backend& database,
                                                     const keepsake::ProfileKey& key,
                                                     keepsake::Random& random);

/// Steals a profile as an operator's tool does whose ask the owner doesn't answer: under a lease of
/// its own, conditional on the session that it saw. Whether it did.
[[nodiscard]] bool steal_row(keepsake::Backend& database, const keepsake::ProfileKey& key,
                             keepsake::Random& random);

/// Erases a profile as an operator's tool does, under a lease of its own, if nobody holds it.
/// Whether it did.
[[nodiscard]] bool erase_free(keepsake::Backend& database, const keepsake::ProfileKey& key,
                              keepsake::Random& random);

}  // namespace sim
