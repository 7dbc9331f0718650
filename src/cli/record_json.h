// What the backend keeps, as JSON for programs: the forms of docs/cli.md.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "keepsake/backend/operations.h"
#include "keepsake/base/result.h"
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
/// `with_payload`: the bytes, as text; where they are no UTF-8, as base64 in "payload_base64", and
/// in "data" what they hold, if that can be read.
[[nodiscard]] Value json_of(const QuarantineEntry& entry, bool with_payload);

[[nodiscard]] Value json_of(const Snapshot& snapshot, bool with_data);
/// A payload as a tree, whatever its format. Errors as PayloadCodec::open and read_data give them.
[[nodiscard]] Result<Value> data_of(PayloadFormat format, std::string_view payload);
/// What an entry in quarantine holds, if it is whole: its first byte tells the format.
[[nodiscard]] Result<Value> data_of(const QuarantineEntry& entry);
/// Sets "data" to a profile's payload; where that can't be read, "payload" or "payload_base64" as
/// above.
void set_payload(Value& object, PayloadFormat format, std::string_view payload);

/// "eu-1 (incarnation 7)"; "" for none.
[[nodiscard]] std::string text_of(const std::optional<Owner>& owner);
[[nodiscard]] std::string_view name(LeaseState state) noexcept;
[[nodiscard]] std::string_view name(SnapshotKind kind) noexcept;

}  // namespace keepsake::cli
