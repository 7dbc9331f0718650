// History, inside one transaction: what a commit keeps, and what goes for it. history.h says how.
#pragma once

#include <cstdint>
#include <vector>

#include "src/backend/tables.h"

namespace keepsake {

/// Before the row's own data is written: `before` is what stands there.
[[nodiscard]] Result<void> keep_history(Tables& tables, const MemberCommit& member,
                                        const Envelope& before, const Envelope& after,
                                        std::int64_t now_ms);

/// Which of them go, by revision. `kept`: newest first.
[[nodiscard]] std::vector<std::uint64_t> thinned_out(std::vector<Snapshot> kept,
                                                     std::size_t at_most, std::int64_t since_ms,
                                                     std::int64_t now_ms);

[[nodiscard]] Error no_such_snapshot(const ProfileKey& key, std::uint64_t revision);

}  // namespace keepsake
