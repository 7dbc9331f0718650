#include "src/backend/tombstones.h"

#include "src/base/sha256.h"

namespace keepsake {

namespace {

/// Store names and keys hold no control characters, so none of these can be read in two ways.
std::string of_key(const ProfileKey& key) { return key.store + '\n' + key.key; }

}  // namespace

std::string tombstone_of_profile(std::string_view secret, const ProfileKey& key) {
  return hex(hmac_sha256(secret, "profile\n" + of_key(key)));
}

std::string tombstone_of_user(std::string_view secret, UserId user) {
  return hex(hmac_sha256(secret, "user\n" + user.text()));
}

std::string tombstone_of_link(std::string_view secret, const ProfileKey& key, UserId user) {
  return hex(hmac_sha256(secret, "link\n" + of_key(key) + '\n' + user.text()));
}

std::string fingerprint_of_secret(std::string_view secret) {
  return hex(hmac_sha256(secret, "keepsake tombstones")).substr(0, 32);
}

}  // namespace keepsake
