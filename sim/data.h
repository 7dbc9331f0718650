// What the simulated players keep: purses (of two builds' versions) and guilds. A purse's `things`
// are the marks that edits leave, each once, so that the checker can tell which edits are there.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/backend/backend.h"
#include "keepsake/datum/catalog.h"

namespace sim {

struct Purse {
  std::int64_t gold = 0;
  std::vector<std::string> things;
};

/// What a newer build makes of a purse.
struct Wallet {
  std::int64_t gold = 0;
  std::vector<std::string> things;
  std::string title;
};

struct Guild {
  std::int64_t vault = 0;
};

/// What a message between purses holds. Its mark is the sender's: "s7".
struct Gift {
  std::int64_t gold = 0;
  std::string mark;
};
/// The mark that its handling leaves: "ms7" with whom it was for, "bs7" with whom it came back to.
[[nodiscard]] std::string arrival_mark(const keepsake::Message& message, const Gift& gift);
/// A gift in somebody's inbox.
struct WaitingGift {
  std::string key;
  std::string mark;  ///< that it would leave
  std::int64_t gold = 0;
  friend bool operator==(const WaitingGift&, const WaitingGift&) = default;
};
/// Those in all inboxes of purses.
[[nodiscard]] std::vector<WaitingGift> waiting_gifts(keepsake::Backend& database);

/// What a server runs: the older build; one that writes version 3, which the older one may go on
/// with; one whose version 3 the older one can't read.
enum class Build : unsigned char { old, compatible, newer };

inline constexpr std::string_view kPurses = "Purses";
inline constexpr std::string_view kGuilds = "Guilds";
inline constexpr std::array<std::string_view, 4> kPurseKeys{"p0", "p1", "p2", "p3"};
inline constexpr std::array<std::string_view, 2> kGuildKeys{"g0", "g1"};
/// Purses that are removed now and then; they never hold gold.
inline constexpr std::array<std::string_view, 1> kScrapKeys{"s0"};
[[nodiscard]] constexpr bool is_scrap(std::string_view key) { return key.starts_with('s'); }

[[nodiscard]] keepsake::Catalog<Purse> purse_catalog();
[[nodiscard]] keepsake::Catalog<Wallet> wallet_catalog(bool compatible);
[[nodiscard]] keepsake::Catalog<Guild> guild_catalog();

/// What is stored of one profile, as any reader sees it.
struct Stored {
  bool valid = true;
  std::string why;  ///< not valid: what its own version's schema says
  std::int64_t gold = 0;
  std::vector<std::string> things;
  std::string title;
};
/// Reads a payload under the version that its record names, migrating nothing.
[[nodiscard]] Stored read_payload(std::string_view store, std::string_view version,
                                  keepsake::PayloadFormat format, std::string_view payload);

}  // namespace sim

template <>
struct keepsake::Describe<sim::Purse> {
  static constexpr auto rules = std::tuple{rule<&sim::Purse::gold>(at_least(0))};
};
