// JSON Merge Patch (RFC 7396) onto a Value: a patch that looks like what it changes.
#pragma once

#include "keepsake/datum/value.h"

namespace keepsake {

/// `document` with `patch` merged into it. An object's members are merged into the object that is
/// there, or into an empty one; a null takes the member out; anything else, arrays too, replaces
/// what is there as a whole. Every value is a patch, so there is no error; but none can make a
/// member null, or change one item of an array: JSON Patch (json_patch.h) can. New members come
/// last, in the patch's order. Moved in, a document that shares nothing with others is changed in
/// place.
[[nodiscard]] Value apply_merge_patch(Value document, const Value& patch);

}  // namespace keepsake
