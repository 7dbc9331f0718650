// What the backend keeps, as JSON for programs: the forms of docs/cli.md.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "keepsake/backend/operations.h"
#include "keepsake/datum/value.h"

namespace keepsake::cli {

/// A number of 64 bits: an integer, or, beyond 2^63, its decimal digits as a string.
[[nodiscard]] Value json_of(std::uint64_t number);
/// Unix milliseconds as RFC 3339; null for 0.
[[nodiscard]] Value json_time(std::int64_t unix_ms);

/// Key and envelope, without the data.
[[nodiscard]] Value json_of(const Record& record);
[[nodiscard]] Value json_of(const std::vector<Message>& inbox, bool with_bodies);
/// Receipts, or handled ids and when they were.
[[nodiscard]] Value json_of(const std::vector<Receipt>& receipts);
[[nodiscard]] Value json_of(const Lease& lease);
/// `with_payload`: the bytes, as text; as base64 in "payload_base64" where they are no UTF-8.
[[nodiscard]] Value json_of(const QuarantineEntry& entry, bool with_payload);

[[nodiscard]] Value json_of(const Snapshot& snapshot, bool with_data);
/// Sets "data" to a profile's payload; where that is no JSON, "payload" or "payload_base64" as
/// above.
void set_payload(Value& object, std::string_view payload);

/// "eu-1 (incarnation 7)"; "" for none.
[[nodiscard]] std::string text_of(const std::optional<Owner>& owner);
[[nodiscard]] std::string_view name(LeaseState state) noexcept;
[[nodiscard]] std::string_view name(SnapshotKind kind) noexcept;

}  // namespace keepsake::cli
