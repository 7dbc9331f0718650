// A group's commit, inside one transaction: all its members or none (rules 1, 18, 20, 23, 24).
#pragma once

#include <vector>

#include "src/backend/tables.h"

namespace keepsake {

/// What is wrong with a batch before any of its groups is looked at: too many groups
/// (limit_exceeded), or the database is of another generation (backend_went_back).
[[nodiscard]] Result<void> valid_commit(Tables& tables, const std::vector<Group>& groups);

/// Whether a profile is passed on or removed by one of them: somebody waits for such a batch.
[[nodiscard]] bool ends_sessions(const std::vector<Group>& groups);
/// What a batch answers of which some groups are stored, then `why` came: only sending all again
/// tells which.
[[nodiscard]] Error part_in_doubt(const Error& why);

/// One profile's data from its owner and nothing else, within the limits: what a backend may store
/// in a shorter way than apply_group, if the row is as its fence says.
[[nodiscard]] bool is_plain_save(const Group& group);

/// An answer other than Applied has written nothing. An error says that the storage failed.
[[nodiscard]] Result<GroupAnswer> apply_group(Tables& tables, const Group& group,
                                              std::vector<Owner>& wake);

}  // namespace keepsake
