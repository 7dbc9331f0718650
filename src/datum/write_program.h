// How a struct without extras is written: a straight line of steps, made once from its table. Each
// step copies the constant text before a member (its key with what stands around it), writes the
// member and goes on to the next step. Structs within the struct are part of its line. A step may
// write without asking for room: the line asks once for many. src/datum/write_steps.h has the
// steps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keepsake/datum/detail/type_info.h"

namespace keepsake {
class TextOut;
}

namespace keepsake::detail {

enum class WriteCode : std::uint8_t {
  text,           ///< nothing but its text
  long_text,      ///< the long text of index `offset`
  room,           ///< asks for `extent` bytes
  end,            ///< its text ends the struct
  end_first,      ///< as end, where all members may be absent
  separator,      ///< the brace or comma before the first member that is always there
  present,        ///< skips `extent` steps unless the flag at `offset` is set
  present_held,   ///< as present, where the optional itself must be asked
  present_first,  ///< as present_held, where no member may stand before this one; or a separator
  count,          ///< counts the flag at `offset`
  count_held,     ///< as count, where the optional itself must be asked
  map_head,       ///< the head of a map of `extent` entries and those counted
  boolean,
  integer64,
  integer32,
  integer,  ///< of any width
  number,   ///< a double
  string,   ///< an std::string
  // Of an optional that may be absent, with its key; the flag is behind what it holds.
  boolean_if,
  integer64_if,
  number_if,
  string_if,
  records,  ///< a list of structs
  other,
  kCount
};

struct WriteRun;
struct WriteStep;
/// Writes at `p`, for the object that the line is of; gives the place behind the line.
using WriteStepFunction = char* (*)(char* p, const WriteStep* step, const char* object,
                                    WriteRun* run);

struct WriteStep {
  static constexpr std::size_t kTextRoom = 16;

  char text[kTextRoom] = {};  ///< all of it is copied, `text_size` counts
  WriteStepFunction write = nullptr;
  std::uint32_t offset = 0;  ///< of the member
  std::uint16_t extent = 0;  ///< where nothing else is said: the room to have behind the step
  std::uint8_t text_size = 0;
  WriteCode code = WriteCode::text;
  const TypeInfo* type = nullptr;
};

/// What comes before a member of a list's struct.
struct WriteListMember {
  std::size_t offset = 0;
  std::size_t size = 0;  ///< of the text
  /// With the head before the first one, and false or true behind it.
  char text[2][WriteStep::kTextRoom] = {};
};

struct Structs;
struct WriteProgram;
/// Writes a list of structs, as WriteSteps does.
using WriteListFunction = char* (*)(char* p, const WriteProgram& program, TextOut& out,
                                    Structs structs, WriteRun& run);

struct WriteProgram {
  /// Room that any step may take beyond what it says: what is copied in words is cut by its size.
  static constexpr std::size_t kSlack = 16;
  /// A text that is written where no room was asked for is no longer.
  static constexpr std::size_t kShortText = 16;

  std::vector<WriteStep> steps;
  std::vector<std::string> long_texts;
  std::size_t room = 0;  ///< to have before the first step
  /// What comes before the first step. JSON: the first member is always there, so the brace or
  /// comma. CBOR: the head, `head` with the flags counted.
  bool opens = false;
  char head = 0;
  std::vector<std::uint32_t> flags;
  WriteListFunction list = nullptr;  ///< what is to be done instead of the steps, if anything
  std::vector<WriteListMember> list_members;
};

[[nodiscard]] WriteProgram make_json_write_program(const RecordInfo& record);
[[nodiscard]] WriteProgram make_cbor_write_program(const RecordInfo& record);

// Of struct_write.cc and struct_cbor_write.cc.
[[nodiscard]] WriteStepFunction json_step(WriteCode code);
[[nodiscard]] WriteStepFunction cbor_step(WriteCode code);

}  // namespace keepsake::detail
