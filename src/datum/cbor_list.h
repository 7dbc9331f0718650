// Lists of small structs in CBOR: where each struct has up to three members, and of the commonest
// kinds, the whole list is one loop, made for these kinds, with nothing looked up for each member.
#pragma once

#include "src/datum/write_program.h"

namespace keepsake::detail {

/// Makes the program's list, where there is such a loop for its steps.
void make_cbor_list(WriteProgram& program);

}  // namespace keepsake::detail
