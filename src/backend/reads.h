// What all backends say alike about reads.
#pragma once

#include <algorithm>
#include <cstddef>

#include "keepsake/base/error.h"
#include "keepsake/base/ids.h"

namespace keepsake {

inline constexpr std::size_t kMaxPageRows = 1000;

/// How many rows a page holds when `asked` are asked for.
[[nodiscard]] inline std::size_t page_size(std::size_t asked) {
  return std::clamp<std::size_t>(asked, 1, kMaxPageRows);
}

[[nodiscard]] inline Error no_such_incident(const IncidentId& incident) {
  return Error(ErrorCode::not_found, "nothing lies in quarantine under that incident")
      .incident(incident.text());
}

}  // namespace keepsake
