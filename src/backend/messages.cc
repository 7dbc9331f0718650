#include "src/backend/messages.h"

#include <utility>

#include "src/base/sha256.h"

namespace keepsake {

namespace {
constexpr std::size_t kIdDigits = 32;
}  // namespace

bool is_returned_id(std::string_view id) noexcept { return id.starts_with(kReturnedId); }

bool is_expired(const Message& message, std::int64_t now_ms) noexcept {
  if (message.expires_ms == 0 || message.expires_ms > now_ms) return false;
  return !message.carries_value || !message.sender.empty();
}

std::string without_name(std::string message, std::string_view name) {
  const std::string tied = "; tied to " + std::string(name);
  for (std::size_t at = 0; (at = message.find(tied, at)) != std::string::npos;) {
    const std::size_t end = at + tied.size();
    const bool whole = end == message.size() || message.compare(end, 2, "; ") == 0;
    if (!whole) {
      at = end;
      continue;
    }
    message.erase(at, tied.size());
  }
  return message;
}

std::string sender_text(const ProfileKey& key) { return key.store + "/" + key.key; }

std::optional<ProfileKey> sender_of(const Message& message) {
  const std::size_t slash = message.sender.find('/');  // no store's name has one
  if (slash == std::string::npos) return std::nullopt;
  return ProfileKey{.store = message.sender.substr(0, slash),
                    .key = message.sender.substr(slash + 1)};
}

Message returned(const ProfileKey& to, const Message& message, std::string_view salt,
                 std::int64_t now_ms) {
  std::string origin;
  for (const std::string_view part :
       {std::string_view(to.store), std::string_view(to.key), std::string_view(message.id), salt}) {
    origin += std::to_string(part.size()) + ":";
    origin += part;
  }
  return {.id = std::string(kReturnedId) + hex(sha256(origin)).substr(0, kIdDigits),
          .body = message.body,
          .sent_ms = now_ms,
          .expires_ms = 0,
          .sender = {},
          .carries_value = true};
}

IncidentId incident_of_returned(const Message& returned) {
  const Sha256Digest digest = sha256(returned.id);
  IncidentId incident;
  for (std::size_t i = 0; i < 8; ++i) {
    incident.high = incident.high << 8 | digest[i];
    incident.low = incident.low << 8 | digest[i + 8];
  }
  return incident;
}

}  // namespace keepsake
