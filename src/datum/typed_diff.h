// What became of a struct's data, as a JSON Patch: for changes made in place, of which nobody said
// where they are. Its cost is a comparison of the whole and the writing of what differs.
#pragma once

#include "src/datum/patch_text.h"

namespace keepsake::detail {

/// Appends to `patch` what makes `was`, which is valid, into `now`, and validates what differs: the
/// first fault is returned, with its path; the patch is of no use then. Without extras: what they
/// hold in an array would have to follow its elements.
///
/// Elements of an array are compared in place, or, where their number changed, from both ends,
/// whichever leaves less; where little is left as it was, the array is written as a whole.
[[nodiscard]] Result<void> diff_typed(const TypeInfo& type, const void* was, const void* now,
                                      PatchText& patch);

}  // namespace keepsake::detail
