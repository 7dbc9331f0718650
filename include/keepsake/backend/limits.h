// The limits that hold in every backend: one table, one error each (ErrorCode::limit_exceeded or
// invalid_argument), tested by the contract suite.
#pragma once

#include <cstddef>
#include <string_view>

#include "keepsake/backend/record.h"
#include "keepsake/base/result.h"

namespace keepsake {

inline constexpr std::size_t kMaxStoreNameBytes = 64;       ///< [A-Za-z0-9._-]+
inline constexpr std::size_t kMaxKeyBytes = 256;            ///< valid UTF-8, no control characters
inline constexpr std::size_t kMaxPayloadBytes = 4UL << 20;  ///< a profile's data
inline constexpr std::size_t kMaxMetadataBytes = 64UL << 10;
inline constexpr std::size_t kMaxTagsBytes = 1UL << 10;
inline constexpr std::size_t kMaxUserIds = 64;
inline constexpr std::size_t kMaxReceiptIdBytes = 256;
inline constexpr std::size_t kMaxMessageBytes = 64UL << 10;
inline constexpr std::size_t kMaxInboxMessages = 1000;
inline constexpr std::size_t kMaxGroupMembers = 64;  ///< profiles of one transaction
inline constexpr std::size_t kMaxBatchGroups = 512;

/// Whether a profile may be called so. Error: invalid_argument, naming the rule broken.
[[nodiscard]] Result<void> valid_key(const ProfileKey& key);
/// Whether a payload fits. Error: limit_exceeded with store, key, expected and found sizes.
[[nodiscard]] Result<void> valid_payload(const ProfileKey& key, std::string_view payload);
/// Whether receipt ids, message bodies and the like fit.
[[nodiscard]] Result<void> valid_receipt_id(const ProfileKey& key, std::string_view id);
[[nodiscard]] Result<void> valid_message(const ProfileKey& to, const Message& message);
[[nodiscard]] Result<void> valid_metadata(const ProfileKey& key, std::string_view metadata);
[[nodiscard]] Result<void> valid_tags(const ProfileKey& key, std::string_view tags);

}  // namespace keepsake
