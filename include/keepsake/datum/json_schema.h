// Schemas as JSON Schema (draft 2020-12), out and in, so that tools may work without the program
// that the schemas are from. docs/schemas.md shows each kind's form.
//
// What is taken: type (one or a list), const, enum, anyOf; properties, required,
// additionalProperties, propertyNames, minProperties, maxProperties; items, minItems, maxItems;
// minLength, maxLength, pattern, contentEncoding "base64"; minimum, maximum, exclusiveMinimum,
// exclusiveMaximum; oneOf of objects told apart by a member with const; $ref to "#" and
// "#/$defs/…", $defs; default, deprecated, description. Every other keyword is refused, and so is
// one that says nothing of the type it stands beside; only annotations (title, $comment, examples,
// format, readOnly, writeOnly, contentMediaType, discriminator, "x-…") are passed over.
//
// Where Keepsake's meaning is its own: an integer has 64 bits; null and absent are the same in an
// object, so a required member may not be null; a default is put in; unknown members are kept
// unless additionalProperties is false. Extensions: x-keepsake-unknown "strip",
// x-keepsake-minBytes and -maxBytes (sizes of strings and bytes), x-keepsake-kind "union",
// x-keepsake-refine (the words of a predicate, which is code and can't be written down).
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "keepsake/base/result.h"
#include "keepsake/datum/schema.h"
#include "keepsake/datum/value.h"

namespace keepsake {

/// The schema as a JSON Schema document, the same each time. What is used twice or holds itself
/// stands under $defs by the name of its type.
[[nodiscard]] Value to_json_schema(const Schema& schema);

/// A schema of the same meaning as the document: invalid_schema, with the pointer of the keyword in
/// the document, where it has none; limit_exceeded beyond 1000 definitions or 200 schemas within
/// each other. Predicates are known by their words alone and always hold: if `unheld` is given,
/// their pointers are added to it. Parts of a schema with $ref must not outlive the whole.
[[nodiscard]] Result<Schema> from_json_schema(const Value& document,
                                              std::vector<std::string>* unheld = nullptr);

}  // namespace keepsake
