// Acquire, withdraw and create, inside one transaction. backend.h says what each gives. `wake` gets
// whoever should look again once the transaction is committed.
#pragma once

#include <optional>
#include <vector>

#include "src/backend/tables.h"

namespace keepsake {

/// The answer, if it can be given without writing: polls are reads (rule 19). Nothing if the
/// request has to be written; then apply_acquire is called in a writing transaction.
[[nodiscard]] Result<std::optional<AcquireAnswer>> look_at_acquire(Tables& tables,
                                                                   const Acquire& request);
/// Whether an error of acquires that were made together may be the fault of one of them, its key or
/// its row: then each is worth making alone.
[[nodiscard]] bool may_be_of_one(const Error& error);
[[nodiscard]] Result<AcquireAnswer> apply_acquire(Tables& tables, const Acquire& request,
                                                  std::vector<Owner>& wake);
[[nodiscard]] Result<void> apply_withdraw(Tables& tables, const Withdraw& request,
                                          std::vector<Owner>& wake);
[[nodiscard]] Result<CreateAnswer> apply_create(Tables& tables, const Create& request);

/// Error: backend_went_back, if `claimed` isn't the database's.
[[nodiscard]] Result<void> need_generation(Tables& tables, const Generation& claimed);

}  // namespace keepsake
