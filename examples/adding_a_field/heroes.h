// docs/adding-a-field.md as code: one catalog in three states, each what a game has at that moment.
// What is published of it lies in examples/adding_a_field/published.
#pragma once

#include "keepsake/base/result.h"
#include "keepsake/datum/any_catalog.h"

namespace adding_a_field {

/// Version 1, as it is published.
[[nodiscard]] keepsake::Result<keepsake::AnyCatalog> heroes_before();
/// The struct has a new member, and nothing else was done.
[[nodiscard]] keepsake::Result<keepsake::AnyCatalog> heroes_forgotten();
/// The new member, and the two lines that `schema check` named.
[[nodiscard]] keepsake::Result<keepsake::AnyCatalog> heroes_after();

}  // namespace adding_a_field
