// Tombstones: what stays of an erasure. Keyed hashes of whom and what was erased, from which nobody
// can tell who it was without the database's secret, and by which a restored backup is scrubbed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "keepsake/backend/record.h"

namespace keepsake {

/// What a tombstone's hash is of. Numbers are part of the stored format.
enum class TombstoneKind : std::uint8_t {
  profile = 1,  ///< store and key
  user = 2,     ///< a user id
  link = 3,     ///< store, key and user id, of a profile that others bear, too
};

struct Tombstone {
  TombstoneKind kind = TombstoneKind::profile;
  std::string hash;  ///< HMAC-SHA256 under the database's secret, 64 hexadecimal digits
  std::int64_t at_ms = 0;
  CommitToken token;  ///< of the erasure
  friend bool operator==(const Tombstone&, const Tombstone&) = default;
};

[[nodiscard]] std::string tombstone_of_profile(std::string_view secret, const ProfileKey& key);
[[nodiscard]] std::string tombstone_of_user(std::string_view secret, UserId user);
[[nodiscard]] std::string tombstone_of_link(std::string_view secret, const ProfileKey& key,
                                            UserId user);
/// By which a secret is known again, without telling it.
[[nodiscard]] std::string fingerprint_of_secret(std::string_view secret);

}  // namespace keepsake
