// What a message is by itself: expired, returned, whose it was. Pure functions (rules 30, 31).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "keepsake/backend/record.h"

namespace keepsake {

/// Ids that begin so are those of messages that came back; no sender may use one.
inline constexpr std::string_view kReturnedId = "returned:";
[[nodiscard]] bool is_returned_id(std::string_view id) noexcept;

/// Whether its time has passed. Never of one that carries value and names no sender: there is
/// nobody whom it could go back to.
[[nodiscard]] bool is_expired(const Message& message, std::int64_t now_ms) noexcept;

/// A quarantine entry's message that may name what it was tied to, with that name gone.
[[nodiscard]] std::string without_name(std::string message, std::string_view name);

[[nodiscard]] std::string sender_text(const ProfileKey& key);
/// Nothing if the message names none.
[[nodiscard]] std::optional<ProfileKey> sender_of(const Message& message);

/// `message`, which was sent to `to`, as it goes back: its value only, under an id that is derived
/// from those two (and `salt`, which tells apart what was sent twice), and names neither.
[[nodiscard]] Message returned(const ProfileKey& to, const Message& message, std::string_view salt,
                               std::int64_t now_ms);
/// The incident under which a returned message lies in quarantine.
[[nodiscard]] IncidentId incident_of_returned(const Message& returned);

}  // namespace keepsake
