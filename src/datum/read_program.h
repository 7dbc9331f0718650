// How a struct is read from CBOR as the writer writes it: a straight line of steps, one for each
// member in the order that the deterministic form gives them. src/datum/cbor_read_steps.h has the
// steps.
#pragma once

#include <cstdint>
#include <vector>

#include "keepsake/datum/detail/type_info.h"

namespace keepsake::detail {

struct ReadRun;
struct ReadStep;
/// Reads the member whose key may lie at `p`, and those behind it; gives the place behind the
/// struct, or nullptr where the bytes are not as the writer writes them.
using ReadStepFunction = const char* (*)(const char* p, const ReadStep* step, char* object,
                                         ReadRun* run);

struct ReadStep {
  static constexpr std::size_t kKeyRoom = 16;

  char key[kKeyRoom] = {};  ///< its first bytes
  ReadStepFunction read = nullptr;
  const FieldInfo* field = nullptr;
  std::uint32_t offset = 0;
  std::uint32_t key_size = 0;
};

/// Refers to the fields of its record.
struct ReadProgram {
  std::vector<ReadStep> steps;
  std::size_t required = 0;  ///< members that are always there
};

[[nodiscard]] ReadProgram make_cbor_read_program(const RecordInfo& record);

}  // namespace keepsake::detail
