// JSON Patch (RFC 6902) onto a Value: what the journal's patch records hold, what make_json_patch
// (diff.h) makes, and what others send. Pure functions; any thread.
#pragma once

#include "keepsake/base/result.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/value.h"

namespace keepsake {

/// Applies `patch`, an array of the operations "add", "remove", "replace", "move", "copy" and
/// "test", one after another, and gives the result: of all of them, or of none. Moved in, a
/// document that shares nothing with others is changed in place. Numbers are compared by value,
/// objects whatever the order of their members. Members of an operation that the RFC doesn't know
/// are ignored.
///
/// Errors, each with what was expected and what was found: `malformed` where this is no patch, at
/// the place in the patch (an operation without a path, of another name, a value moved into
/// itself); `not_found`, at the pointer that the operation names, where that leads nowhere in the
/// document as the operations before have left it, or a test fails; `limit_exceeded` for what would
/// lie deeper than `limits.depth`, and for copies of more than 1,000,000 values in all, since each
/// could double the document.
[[nodiscard]] Result<Value> apply_json_patch(Value document, const Value& patch,
                                             const JsonLimits& limits = {});

}  // namespace keepsake
