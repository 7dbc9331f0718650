#include "src/datum/write_program.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "src/base/assert.h"
#include "src/datum/cbor_form.h"
#include "src/datum/cbor_list.h"
#include "src/datum/json_text.h"
#include "src/datum/sixteen.h"

namespace keepsake::detail {

namespace {

constexpr std::size_t kScalarRoom = 32;
static_assert(kScalarRoom >= kNumberRoom && kScalarRoom >= kCborHeadRoom &&
              kScalarRoom >= WriteProgram::kShortText + 2);
constexpr std::size_t kLongText = 64;
/// What the steps of one member take at most, with the text before them.
constexpr std::size_t kMemberRoom = kLongText + 3 * kScalarRoom;
/// Structs are no more made part of a line that is so long.
constexpr std::size_t kManySteps = 200;

/// Puts steps behind each other; what both codecs have in common.
class ProgramBuilder {
 public:
  using StepOf = WriteStepFunction (*)(WriteCode code);
  explicit ProgramBuilder(StepOf step_of) : step_of_(step_of) {}

  /// Constant text, which goes before the next step.
  void put(std::string_view text) { text_ += text; }

  WriteStep& step(WriteCode code, std::size_t offset = 0, const TypeInfo* type = nullptr) {
    put_text_but_last();
    WriteStep& added = program_.steps.emplace_back();
    std::memcpy(added.text, text_.data(), text_.size());
    added.text_size = static_cast<std::uint8_t>(text_.size());
    added.offset = static_cast<std::uint32_t>(offset);
    added.code = code;
    added.write = step_of_(code);
    added.type = type;
    room_ += text_.size() + (writes(code) ? kScalarRoom : 0);
    text_.clear();
    return added;
  }

  /// To be called where no step before may be skipped to what comes: there the line may ask for
  /// more room.
  void begin_member() {
    if (room_ + kMemberRoom + WriteProgram::kSlack <= TextOut::kMostRoom) return;
    step(WriteCode::room);
    close_room(place() - 1);
  }

  /// The text is written whatever the next step does.
  void put_step() {
    if (!text_.empty()) step(WriteCode::text);
  }

  /// Where the next step goes, which skip_from() needs.
  [[nodiscard]] std::size_t place() const { return program_.steps.size(); }
  void skip_from(std::size_t conditional) {
    put_step();
    const std::size_t behind = place() - conditional - 1;
    program_.steps[conditional].extent = static_cast<std::uint16_t>(behind);
  }
  [[nodiscard]] bool is_long() const { return program_.steps.size() > kManySteps; }

  WriteProgram finish() {
    close_room(place());
    return std::move(program_);
  }

  /// What comes before the first step.
  void open(char head, std::vector<std::uint32_t> flags) {
    program_.opens = true;
    program_.head = head;
    program_.flags = std::move(flags);
  }

 private:
  void put_text_but_last() {
    if (text_.size() > kLongText) {
      program_.long_texts.push_back(std::exchange(text_, {}));
      step(WriteCode::long_text, program_.long_texts.size() - 1);
    }
    while (text_.size() > WriteStep::kTextRoom) {
      std::string rest = text_.substr(WriteStep::kTextRoom);
      text_.resize(WriteStep::kTextRoom);
      step(WriteCode::text);
      text_ = std::move(rest);
    }
  }

  static bool writes(WriteCode code) {
    using enum WriteCode;
    return code != text && code != long_text && code != room && code != count &&
           code != count_held && code != present && code != present_held;
  }
  static bool has_own_extent(WriteCode code) {
    using enum WriteCode;
    return code == present || code == present_held || code == present_first || code == map_head ||
           code == end || code == end_first;
  }

  /// The steps before `end`, since the last that asked for room, may take room_: each that has to
  /// ask anew asks for that.
  void close_room(std::size_t end) {
    const std::size_t room = room_ + WriteProgram::kSlack;
    require(room <= TextOut::kMostRoom, "a line of steps has the room that it asks for");
    std::vector<WriteStep>& steps = program_.steps;
    for (std::size_t i = first_of_room_; i < end; ++i) {
      if (!has_own_extent(steps[i].code)) steps[i].extent = static_cast<std::uint16_t>(room);
    }
    if (first_of_room_ == 0) program_.room = room;
    first_of_room_ = end;
    room_ = 0;
  }

  const StepOf step_of_;
  WriteProgram program_;
  std::string text_;
  std::size_t room_ = 1;  // of what was put since the line last asked; with the opening brace
  std::size_t first_of_room_ = 0;
};

WriteCode scalar_code(const TypeInfo& type) {
  switch (type.shape) {
    case Shape::boolean: return WriteCode::boolean;
    case Shape::integer:
      if (type.width == 8) return WriteCode::integer64;
      return type.width == 4 && type.is_signed ? WriteCode::integer32 : WriteCode::integer;
    case Shape::number: return type.width == 8 ? WriteCode::number : WriteCode::other;
    case Shape::string:
      return type.text == nullptr && Sixteen::fits_strings() ? WriteCode::string : WriteCode::other;
    case Shape::list:
      return type.element->shape == Shape::record ? WriteCode::records : WriteCode::other;
    default: return WriteCode::other;
  }
}

std::size_t flag_of(const TypeInfo& optional) { return optional.optional->flag(); }

void put_scalar(ProgramBuilder& out, const TypeInfo& type, std::size_t offset) {
  out.step(scalar_code(type), offset, &type);
}

/// A value that is always there; `Form` knows what to make of a struct.
template <class Form>
void put_value(ProgramBuilder& out, const TypeInfo& type, std::size_t offset) {
  if (type.shape == Shape::record && !out.is_long() && Form::may_be_part(type.record())) {
    return Form(out).part(type.record(), offset);
  }
  put_scalar(out, type, offset);
}

/// The step of a scalar that may be absent; `other` where it takes more than one.
WriteCode code_if(const TypeInfo& optional) {
  if (flag_of(optional) == OptionalOps::kNoFlag) return WriteCode::other;
  switch (scalar_code(*optional.element)) {
    case WriteCode::boolean: return WriteCode::boolean_if;
    case WriteCode::integer64: return WriteCode::integer64_if;
    case WriteCode::number: return WriteCode::number_if;
    case WriteCode::string: return WriteCode::string_if;
    default: return WriteCode::other;
  }
}

/// A member that may be absent. `key`: with what separates it, unless it may be the `first`.
void put_optional(ProgramBuilder& out, const TypeInfo& type, std::size_t offset,
                  const std::string& key, bool first) {
  const WriteCode fused = code_if(type);
  if (!first && fused != WriteCode::other && key.size() <= WriteStep::kTextRoom) {
    out.put_step();
    out.put(key);
    out.step(fused, offset, type.element);
    return;
  }
  const std::size_t flag = flag_of(type);
  if (first) {
    out.step(WriteCode::present_first, offset, &type);
  } else if (flag == OptionalOps::kNoFlag) {
    out.step(WriteCode::present_held, offset, &type);
  } else {
    out.step(WriteCode::present, offset + flag);
  }
  const std::size_t condition = out.place() - 1;
  out.put(key);
  put_scalar(out, flag == OptionalOps::kNoFlag ? type : *type.element, offset);
  out.skip_from(condition);
}

class JsonForm {
 public:
  explicit JsonForm(ProgramBuilder& out) : out_(out) {}

  /// Whether its first member, and so its brace, is always there.
  static bool may_be_part(const RecordInfo& record) {
    return record.fields.empty() || record.fields.front().required;
  }
  void part(const RecordInfo& record, std::size_t offset) {
    out_.put("{");
    if (!record.fields.empty()) members(record, offset);
    out_.put("}");
  }
  /// All but what opens it.
  WriteProgram whole(const RecordInfo& record) {
    if (!record.fields.empty() && record.fields.front().required) out_.open('{', {});
    const bool always = members(record, 0);
    out_.put("},");
    out_.step(always ? WriteCode::end : WriteCode::end_first);
    return out_.finish();
  }

 private:
  /// Whether any of them is always there.
  bool members(const RecordInfo& record, std::size_t offset) {
    bool first = true;  // nothing that is always there stands before
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      const FieldInfo& field = record.fields[i];
      out_.begin_member();
      if (field.required) {
        if (first && i != 0) out_.step(WriteCode::separator);
        if (!first) out_.put(",");
        first = false;
        out_.put(field.key.view());
        put_value<JsonForm>(out_, *field.type, offset + field.offset);
      } else {
        const std::string key = (first ? "" : ",") + std::string(field.key.view());
        put_optional(out_, *field.type, offset + field.offset, key, first);
      }
    }
    return !first;
  }

  ProgramBuilder& out_;
};

class CborForm {
 public:
  explicit CborForm(ProgramBuilder& out) : out_(out) {}

  static bool may_be_part(const RecordInfo&) { return true; }
  void part(const RecordInfo& record, std::size_t offset) {
    put_head(record, offset);
    members(record, offset);
  }
  WriteProgram whole(const RecordInfo& record) {
    if (!open(record)) put_head(record, 0);
    members(record, 0);
    out_.step(WriteCode::end);
    return out_.finish();
  }

 private:
  void members(const RecordInfo& record, std::size_t offset) {
    for (const std::uint16_t i : record.cbor_order) {
      const FieldInfo& field = record.fields[i];
      const std::size_t at = offset + field.offset;
      out_.begin_member();
      if (field.required) {
        out_.put(field.cbor_key.view());
        put_value<CborForm>(out_, *field.type, at);
      } else {
        put_optional(out_, *field.type, at, std::string(field.cbor_key.view()), false);
      }
    }
  }

  static std::vector<const FieldInfo*> optional_of(const RecordInfo& record) {
    std::vector<const FieldInfo*> optional;
    for (const FieldInfo& field : record.fields) {
      if (!field.required) optional.push_back(&field);
    }
    return optional;
  }

  /// The head before the first step, which does what the steps would, in less time.
  bool open(const RecordInfo& record) {
    const std::vector<const FieldInfo*> optional = optional_of(record);
    if (optional.empty() || record.fields.size() >= 24) return false;
    std::vector<std::uint32_t> flags;
    for (const FieldInfo* field : optional) {
      const std::size_t flag = flag_of(*field->type);
      if (flag == OptionalOps::kNoFlag) return false;
      flags.push_back(static_cast<std::uint32_t>(field->offset + flag));
    }
    char head = 0;
    write_cbor_head(&head, CborMajor::map, record.fields.size() - optional.size());
    out_.open(head, std::move(flags));
    return true;
  }

  void put_head(const RecordInfo& record, std::size_t offset) {
    const std::vector<const FieldInfo*> optional = optional_of(record);
    const std::size_t always = record.fields.size() - optional.size();
    if (optional.empty()) {
      char bytes[kCborHeadRoom];
      const char* const behind = write_cbor_head(bytes, CborMajor::map, always);
      return out_.put({bytes, static_cast<std::size_t>(behind - bytes)});
    }
    for (const FieldInfo* field : optional) {
      out_.begin_member();
      const std::size_t flag = flag_of(*field->type);
      if (flag == OptionalOps::kNoFlag) {
        out_.step(WriteCode::count_held, offset + field->offset, field->type);
      } else {
        out_.step(WriteCode::count, offset + field->offset + flag);
      }
    }
    out_.begin_member();
    out_.step(WriteCode::map_head).extent = static_cast<std::uint16_t>(always);
  }

  ProgramBuilder& out_;
};

}  // namespace

WriteProgram make_json_write_program(const RecordInfo& record) {
  ProgramBuilder steps(&json_step);
  return JsonForm(steps).whole(record);
}

WriteProgram make_cbor_write_program(const RecordInfo& record) {
  ProgramBuilder steps(&cbor_step);
  WriteProgram program = CborForm(steps).whole(record);
  make_cbor_list(program);
  return program;
}

}  // namespace keepsake::detail
