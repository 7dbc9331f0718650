// The lease operations of a backend, inside one transaction (rules 4 to 8). backend.h says what
// each gives.
#pragma once

#include <vector>

#include "src/backend/tables.h"

namespace keepsake {

/// Our lease, if it is open. Error: lease_closed.
[[nodiscard]] Result<StoredLease> need_open_lease(Tables& tables, const Owner& self);
/// A lease that nobody remembers has been recovered.
[[nodiscard]] Result<LeaseState> state_of_lease(Tables& tables, Incarnation incarnation);

[[nodiscard]] Result<Incarnation> apply_open_lease(Tables& tables, const OpenLease& request);
[[nodiscard]] Result<Renewed> apply_renew(Tables& tables, const Renew& request);
[[nodiscard]] Result<bool> apply_close_lease(Tables& tables, const CloseLease& request);
[[nodiscard]] Result<bool> apply_end_lease(Tables& tables, const EndLease& request);
[[nodiscard]] Result<std::vector<Lease>> list_leases(Tables& tables);

}  // namespace keepsake
