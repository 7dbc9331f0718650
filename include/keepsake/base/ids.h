// Names and numbers that identify: random 128-bit ids, server ids, incarnations.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace keepsake {

/// Where random bits come from. The product's comes from the operating system (os::SystemRandom),
/// a test's from a seed. Not thread-safe unless the implementation says so.
class Random {
 public:
  virtual ~Random() = default;
  /// 64 uniformly random bits.
  virtual std::uint64_t next() = 0;
};

/// A random 128-bit id: sessions, commit tokens, asks, database generations, incidents. All zero
/// means "none".
struct Id128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  [[nodiscard]] static Id128 random(Random& random);
  /// Reads the 32 hex digits that text() writes; nothing else.
  [[nodiscard]] static std::optional<Id128> parse(std::string_view hex);
  /// Sixteen bytes, big-endian, and back: the form in databases and journals.
  [[nodiscard]] std::array<std::uint8_t, 16> bytes() const noexcept;
  [[nodiscard]] static Id128 from_bytes(const std::uint8_t* sixteen_bytes) noexcept;

  [[nodiscard]] std::string text() const;  ///< 32 lower-case hex digits
  [[nodiscard]] bool none() const noexcept { return high == 0 && low == 0; }
  friend auto operator<=>(const Id128&, const Id128&) = default;
};

using SessionId = Id128;    ///< one acquire of one profile
using CommitToken = Id128;  ///< one commit, resent unchanged under the same token
using AskId = Id128;        ///< one request for a held profile
using Generation = Id128;   ///< one life of a database; new at each restore
using IncidentId = Id128;   ///< one entry of the quarantine

/// One start of a server process; given by the backend, never 0 for a started server, and unique
/// for the life of the database.
using Incarnation = std::uint64_t;

/// A server's own name, chosen by operations: 1 to 64 characters out of [A-Za-z0-9._-].
struct ServerId {
  std::string text;
  [[nodiscard]] bool valid() const noexcept;
  friend auto operator<=>(const ServerId&, const ServerId&) = default;
};

/// A person, as a game's platform numbers them. The index of subjects uses it.
struct UserId {
  std::int64_t number = 0;
  [[nodiscard]] std::string text() const { return std::to_string(number); }
  friend auto operator<=>(const UserId&, const UserId&) = default;
};

}  // namespace keepsake

template <>
struct std::hash<keepsake::Id128> {
  std::size_t operator()(const keepsake::Id128& id) const noexcept {
    return static_cast<std::size_t>(id.low ^ (id.high * 0x9E3779B97F4A7C15ULL));
  }
};
template <>
struct std::hash<keepsake::ServerId> {
  std::size_t operator()(const keepsake::ServerId& id) const noexcept {
    return std::hash<std::string>{}(id.text);
  }
};
template <>
struct std::hash<keepsake::UserId> {
  std::size_t operator()(const keepsake::UserId& id) const noexcept {
    return std::hash<std::int64_t>{}(id.number);
  }
};
