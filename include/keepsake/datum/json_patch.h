// JSON Patch (RFC 6902) onto a Value: what the journal's patch records hold.
#pragma once

#include "keepsake/base/result.h"
#include "keepsake/datum/value.h"

namespace keepsake {

/// Applies `patch`, an array of the operations "add", "remove", "replace" and "test", to `document`
/// and gives the result. Moved in, a document that shares nothing with others is changed in place.
/// Errors: `malformed` (not a patch, or an operation of another name; the path is the operation's
/// place in the patch), `not_found` (a path that leads nowhere, or a test that fails; the path is
/// the document's).
[[nodiscard]] Result<Value> apply_json_patch(Value document, const Value& patch);

}  // namespace keepsake
