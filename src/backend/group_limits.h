// The limits of limits.h that only backends ask for: of requests, not of single values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/backend/limits.h"
#include "keepsake/backend/operations.h"

namespace keepsake {

[[nodiscard]] Result<void> valid_store_name(std::string_view store);
[[nodiscard]] Result<void> valid_user_ids(const ProfileKey& key, const std::vector<UserId>& users);
/// `count`: how many messages the inbox would hold.
[[nodiscard]] Result<void> valid_inbox_count(const ProfileKey& key, std::size_t count);
[[nodiscard]] Result<void> valid_batch(std::size_t groups);
[[nodiscard]] Result<void> valid_member_count(std::size_t members);
/// Everything of one member that can be told without the database.
[[nodiscard]] Result<void> valid_member(const MemberCommit& member);
/// What an operator's override bears; `what`: "an erasure".
[[nodiscard]] Result<void> valid_override(const char* what, const CommitToken& token,
                                          const std::string& reason);

}  // namespace keepsake
