// The writer of trees, into a buffer that is being written.
#pragma once

#include "keepsake/datum/value.h"
#include "src/datum/json_text.h"

namespace keepsake {

void write_value(TextOut& out, const Value& value);

}  // namespace keepsake
