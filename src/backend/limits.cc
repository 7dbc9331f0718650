#include "keepsake/backend/limits.h"

#include <algorithm>
#include <string>

#include "keepsake/backend/subject.h"
#include "src/backend/group_limits.h"

namespace keepsake {

namespace {

Error too_large(const ProfileKey& key, const char* what, std::size_t limit, std::size_t found) {
  return Error(ErrorCode::limit_exceeded, std::string(what) + " too large")
      .store(key.store)
      .key(key.key)
      .expected("at most " + std::to_string(limit) + " bytes")
      .found(std::to_string(found) + " bytes");
}

Error too_many(const ProfileKey& key, const char* what, std::size_t limit, std::size_t found) {
  return Error(ErrorCode::limit_exceeded, std::string("too many ") + what)
      .store(key.store)
      .key(key.key)
      .expected("at most " + std::to_string(limit))
      .found(std::to_string(found));
}

Error bad_id(const ProfileKey& key, const char* what, std::size_t found) {
  return Error(ErrorCode::invalid_argument, std::string(what) + " can't be used")
      .store(key.store)
      .key(key.key)
      .expected("1 to " + std::to_string(kMaxReceiptIdBytes) + " bytes")
      .found(std::to_string(found) + " bytes");
}

bool is_store_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

/// Reads one UTF-8 character (RFC 3629: shortest form, no surrogates) and moves past it. Gives
/// nothing if the bytes are none.
bool read_character(std::string_view text, std::size_t& at, char32_t& character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at);
  std::size_t more = 0;
  char32_t least = 0;
  if (first < 0x80) {
    character = first;
  } else if (first >= 0xC2 && first < 0xE0) {
    character = first & 0x1F, more = 1, least = 0x80;
  } else if (first >= 0xE0 && first < 0xF0) {
    character = first & 0x0F, more = 2, least = 0x800;
  } else if (first >= 0xF0 && first < 0xF5) {
    character = first & 0x07, more = 3, least = 0x10000;
  } else {
    return false;
  }
  if (text.size() - at <= more) return false;
  for (std::size_t i = 1; i <= more; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return false;
    character = character << 6 | (byte(at + i) & 0x3F);
  }
  at += more + 1;
  return character >= least && character <= 0x10FFFF &&
         !(character >= 0xD800 && character <= 0xDFFF);
}

/// Names what is wrong with a key's text; nullptr if nothing is.
const char* fault_of_key_text(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    char32_t character = 0;
    if (!read_character(text, at, character)) return "bytes that are not UTF-8";
    if (character < 0x20 || (character >= 0x7F && character < 0xA0)) return "a control character";
  }
  return nullptr;
}

}  // namespace

Result<void> valid_store_name(std::string_view store) {
  const bool fits = !store.empty() && store.size() <= kMaxStoreNameBytes;
  const bool good = std::all_of(store.begin(), store.end(), is_store_character);
  if (fits && good) return {};
  Error error = Error(ErrorCode::invalid_argument, "the store's name can't be used")
                    .expected("1 to 64 characters out of [A-Za-z0-9._-]");
  if (!good) return error.found("another character");
  error.store(store.substr(0, kMaxStoreNameBytes));
  return error.found(store.empty() ? "an empty name" : std::to_string(store.size()) + " bytes");
}

Result<void> valid_key(const ProfileKey& key) {
  if (auto store = valid_store_name(key.store); !store) return store;
  const char* fault = fault_of_key_text(key.key);
  if (!key.key.empty() && key.key.size() <= kMaxKeyBytes && fault == nullptr) return {};
  Error error = Error(ErrorCode::invalid_argument, "the key can't be used")
                    .store(key.store)
                    .expected("1 to 256 bytes of UTF-8 without control characters");
  if (key.key.empty()) return error.found("an empty key");
  if (fault != nullptr) return error.found(fault);
  return error.found(std::to_string(key.key.size()) + " bytes");
}

Result<void> valid_payload(const ProfileKey& key, std::string_view payload) {
  if (payload.size() <= kMaxPayloadBytes) return {};
  return too_large(key, "the profile's data is", kMaxPayloadBytes, payload.size());
}

Result<void> valid_receipt_id(const ProfileKey& key, std::string_view id) {
  if (!id.empty() && id.size() <= kMaxReceiptIdBytes) return {};
  return bad_id(key, "the receipt's id", id.size());
}

Result<void> valid_message(const ProfileKey& to, const Message& message) {
  if (auto key = valid_key(to); !key) return key;
  if (message.id.empty() || message.id.size() > kMaxReceiptIdBytes) {
    return bad_id(to, "the message's id", message.id.size());
  }
  if (message.body.size() > kMaxMessageBytes) {
    return too_large(to, "the message is", kMaxMessageBytes, message.body.size());
  }
  constexpr std::size_t kMaxSenderBytes = kMaxStoreNameBytes + 1 + kMaxKeyBytes;
  if (message.sender.size() > kMaxSenderBytes) {
    return too_large(to, "the message's sender is", kMaxSenderBytes, message.sender.size());
  }
  return {};
}

Result<void> valid_metadata(const ProfileKey& key, std::string_view metadata) {
  if (metadata.size() <= kMaxMetadataBytes) return {};
  return too_large(key, "the profile's metadata is", kMaxMetadataBytes, metadata.size());
}

Result<void> valid_tags(const ProfileKey& key, std::string_view tags) {
  if (tags.size() <= kMaxTagsBytes) return {};
  return too_large(key, "the profile's tags are", kMaxTagsBytes, tags.size());
}

Result<void> valid_user_ids(const ProfileKey& key, const std::vector<UserId>& users) {
  if (users.size() <= kMaxUserIds) return {};
  return too_many(key, "user ids for one profile", kMaxUserIds, users.size());
}

Result<void> valid_inbox_count(const ProfileKey& key, std::size_t count) {
  if (count <= kMaxInboxMessages) return {};
  return too_many(key, "messages in one inbox", kMaxInboxMessages, count);
}

Result<void> valid_batch(std::size_t groups) {
  if (groups <= kMaxBatchGroups) return {};
  return too_many({}, "groups in one batch", kMaxBatchGroups, groups);
}

Result<void> valid_member_count(std::size_t members) {
  if (members <= kMaxGroupMembers) return {};
  return too_many({}, "profiles in one group", kMaxGroupMembers, members);
}

Result<void> valid_member(const MemberCommit& member) {
  const ProfileKey& key = member.key;
  if (auto valid = valid_key(key); !valid) return valid;
  if (member.data) {
    if (auto valid = valid_payload(key, member.data->payload); !valid) return valid;
  }
  if (member.user_ids) {
    if (auto valid = valid_user_ids(key, *member.user_ids); !valid) return valid;
  }
  if (member.tags) {
    if (auto valid = valid_tags(key, *member.tags); !valid) return valid;
  }
  for (const Receipt& receipt : member.receipts) {
    if (auto valid = valid_receipt_id(key, receipt.id); !valid) return valid;
  }
  for (const std::string& id : member.acknowledged) {
    if (id.empty() || id.size() > kMaxReceiptIdBytes) {
      return bad_id(key, "the message's id", id.size());
    }
  }
  for (const auto& [to, message] : member.sent) {
    if (auto valid = valid_message(to, message); !valid) return valid;
  }
  if (member.history && (member.history->at_most < 1 || member.history->at_most > kMaxSnapshots)) {
    return Error(ErrorCode::invalid_argument, "history keeps a number of snapshots")
        .store(key.store)
        .key(key.key)
        .expected("1 to " + std::to_string(kMaxSnapshots))
        .found(std::to_string(member.history->at_most));
  }
  return {};
}

Result<void> valid_override(const char* what, const CommitToken& token, const std::string& reason) {
  const char* missing = nullptr;
  if (token.none()) missing = " bears a token";
  if (reason.empty()) missing = " has a reason";
  if (missing != nullptr) return Error(ErrorCode::invalid_argument, std::string(what) + missing);
  if (reason.size() <= kMaxReasonBytes) return {};
  return Error(ErrorCode::limit_exceeded, "the reason is too long")
      .expected("at most " + std::to_string(kMaxReasonBytes) + " bytes")
      .found(std::to_string(reason.size()) + " bytes");
}

}  // namespace keepsake
