// Erasure of a person's data, inside one transaction. backend.h says what each gives.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/backend/tables.h"

namespace keepsake {

/// The tombstones that an erasure sets, for the file outside the database: written there before the
/// transaction is committed.
[[nodiscard]] Result<std::vector<Tombstone>> tombstones_of(Tables& tables, const Erase& request);

[[nodiscard]] Result<EraseAnswer> apply_erase(Tables& tables, const Erase& request,
                                              std::vector<Owner>& wake);

/// By whom, when, and under what random salt something is erased.
struct ErasedBy {
  ServerId server;
  std::int64_t now_ms = 0;
  std::string salt;
};
/// All of one key goes, its row too, whoever holds it; its epochs never begin again. Value that
/// waits for it goes back to those who sent it.
[[nodiscard]] Result<void> erase_profile_wholly(Tables& tables, const ProfileKey& key,
                                                const ErasedBy& by, std::vector<Owner>& wake);
/// `user` goes out of a profile that others bear, with what its history and quarantine may hold.
[[nodiscard]] Result<void> unlink_user(Tables& tables, const ProfileKey& key, UserId user,
                                       std::vector<Owner>& wake);

/// Whether the key was erased, and has no row since.
[[nodiscard]] Result<bool> was_erased(Tables& tables, const ProfileKey& key);
/// Puts it into quarantine, unless its key was erased since.
[[nodiscard]] Result<void> apply_set_aside(Tables& tables, const QuarantineEntry& entry);

}  // namespace keepsake
