// What is done to write and to read a struct, made once from its table.
#pragma once

#include "src/datum/read_program.h"
#include "src/datum/write_program.h"

namespace keepsake::detail {

struct RecordPrograms {
  WriteProgram json;
  WriteProgram cbor;
  ReadProgram cbor_read;
};

}  // namespace keepsake::detail
