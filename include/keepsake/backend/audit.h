// What operators did to the data, and why. Holds nothing of a person.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "keepsake/base/ids.h"

namespace keepsake {

struct AuditEntry {
  std::int64_t at_ms = 0;
  /// "erase", "unlink", "restore", "rollback", "steal, given", "steal, taken"
  std::string what;
  std::string reason;  ///< names nobody
  ServerId by;
  friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};
inline constexpr std::size_t kMaxReasonBytes = 1024;  ///< of an audit entry

}  // namespace keepsake
