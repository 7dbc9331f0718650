#include "src/backend/restore_operations.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "src/backend/erasure_operations.h"

namespace keepsake {

namespace {

using Hashes = std::set<std::string, std::less<>>;

/// Whose the row is beside that user.
Result<bool> is_others(Tables& tables, const ProfileKey& key, UserId user) {
  auto row = tables.envelope(key);
  if (!row) return std::move(row).error();
  if (!*row) return false;
  const std::vector<UserId>& users = (**row).user_ids;
  const bool bears = std::find(users.begin(), users.end(), user) != users.end();
  return !bears || users.size() > 1;
}

}  // namespace

Result<std::size_t> replay_tombstones(Tables& tables, const std::vector<Tombstone>& outside) {
  // Who was erased twice, and was here in between, has two: the last tells.
  std::map<std::pair<TombstoneKind, std::string_view>, const Tombstone*> last;
  for (const Tombstone& tombstone : outside) last[{tombstone.kind, tombstone.hash}] = &tombstone;
  Hashes profiles;
  Hashes users;
  for (const auto& [what, one] : last) {
    const Tombstone& tombstone = *one;
    auto known = tables.tombstone(tombstone.kind, tombstone.hash);
    if (!known) return std::move(known).error();
    if (*known && (**known).token == tombstone.token) continue;  // it was erased before the backup
    if (tombstone.kind == TombstoneKind::profile) profiles.insert(tombstone.hash);
    if (tombstone.kind == TombstoneKind::user) users.insert(tombstone.hash);
    if (auto put = tables.put_tombstone(tombstone); !put) return std::move(put).error();
  }
  if (profiles.empty() && users.empty()) return std::size_t{0};
  auto secret = tables.tombstone_secret();
  if (!secret) return std::move(secret).error();
  std::set<ProfileKey> wholly;
  auto looked = tables.each_key([&](const ProfileKey& key) {
    if (profiles.contains(tombstone_of_profile(*secret, key))) wholly.insert(key);
  });
  if (!looked) return std::move(looked).error();
  std::set<std::pair<ProfileKey, UserId>> links;
  looked = tables.each_subject([&](const ProfileKey& key, UserId user) {
    if (users.contains(tombstone_of_user(*secret, user))) links.emplace(key, user);
  });
  if (!looked) return std::move(looked).error();
  std::size_t touched = 0;
  std::vector<Owner> nobody;  // is there to be woken
  const ErasedBy by{.server = {}, .now_ms = tables.now_ms(), .salt = "restore"};
  for (const auto& [key, user] : links) {
    if (wholly.contains(key)) continue;
    auto shared = is_others(tables, key, user);
    if (!shared) return std::move(shared).error();
    if (!*shared) {
      wholly.insert(key);
      continue;
    }
    if (auto gone = unlink_user(tables, key, user, nobody); !gone) return std::move(gone).error();
    ++touched;
  }
  for (const ProfileKey& key : wholly) {
    auto gone = erase_profile_wholly(tables, key, by, nobody);
    if (!gone) return std::move(gone).error();
    ++touched;
  }
  return touched;
}

}  // namespace keepsake
