// Fingerprints: short texts by which a published schema or step is known again. Equal for what
// means the same, on every machine: SHA-256 (FIPS 180-4) as 64 lower-case hexadecimal digits.
//
// A schema's covers everything that decides which data pass and what they are normalised to: kinds,
// members and their order, limits, patterns, defaults, reserved names, the words of predicates (the
// code behind them can't be seen). It leaves out descriptions, "deprecated", the names of types,
// and whether a part is written once or twice. It is taken of a part's JSON Schema, in which each
// part within has its own fingerprint in its place; in rounds, the first with nothing in their
// place, until nothing changes or, where a schema holds itself, for twice as many rounds as there
// are different parts.
//
// A declared step's is taken of its form (change_form.h). Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "keepsake/datum/change.h"
#include "keepsake/datum/schema.h"

namespace keepsake {

[[nodiscard]] std::string fingerprint(const Schema& schema);
[[nodiscard]] std::string fingerprint(const std::vector<Change>& changes);

}  // namespace keepsake
