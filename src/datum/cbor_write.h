// The writer of trees as CBOR, into a buffer that is being written.
#pragma once

#include "keepsake/datum/value.h"
#include "src/datum/cbor_form.h"
#include "src/datum/json_text.h"

namespace keepsake {

void write_cbor_value(TextOut& out, const Value& value);

}  // namespace keepsake
