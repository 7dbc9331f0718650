// What the simulated players keep: purses (of two builds' versions) and guilds. A purse's `things`
// are the marks that edits leave, each once, so that the checker can tell which edits are there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

/// What a server runs: the older build; one that writes version 3, which the older one may go on
/// with; one whose version 3 the older one can't read.
enum class Build : unsigned char { old, compatible, newer };

inline constexpr std::string_view kPurses = "Purses";
inline constexpr std::string_view kGuilds = "Guilds";

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
                                  std::string_view payload);

}  // namespace sim

template <>
struct keepsake::Describe<sim::Purse> {
  static constexpr auto rules = std::tuple{rule<&sim::Purse::gold>(at_least(0))};
};
