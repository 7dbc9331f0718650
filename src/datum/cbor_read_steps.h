// The steps of a ReadProgram. Each ends by calling the next, as those of write_steps.h do.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "src/datum/cbor_form.h"
#include "src/datum/extras_node.h"
#include "src/datum/read_program.h"
#include "src/datum/sixteen.h"

namespace keepsake::detail {

/// What the steps have in common while a struct is read.
struct ReadRun {
  const void* reader;
  const char* end;  ///< of the bytes
  std::size_t depth;
  std::uint64_t more;  ///< how many of the members that may be absent are there
};

/// `Reader` reads any item:
///
///   const char* read(const char* p, const TypeInfo& type, const FieldRules* rules, void* object,
///                    std::size_t depth) const;
template <class Reader>
class CborReadSteps {
 public:
  /// `p`: behind the head of the map, whose number is `count`.
  static const char* read(const char* p, const ReadProgram& program, void* object,
                          std::uint64_t count, ReadRun run) {
    if (count < program.required) return nullptr;
    run.more = count - program.required;
    const ReadStep* const first = program.steps.data();
    return first->read(p, first, static_cast<char*>(object), &run);
  }

  static ReadProgram program_of(const RecordInfo& record) {
    ReadProgram program;
    for (const std::uint16_t i : record.cbor_order) {
      const FieldInfo& field = record.fields[i];
      ReadStep& step = program.steps.emplace_back();
      step.field = &field;
      step.offset = static_cast<std::uint32_t>(field.offset);
      const std::string_view key = field.cbor_key.view();
      step.key_size = static_cast<std::uint32_t>(key.size());
      std::memcpy(step.key, key.data(), std::min(key.size(), ReadStep::kKeyRoom));
      step.read = function_of(field);
      if (field.required) ++program.required;
    }
    program.steps.emplace_back().read = &end;
    return program;
  }

 private:
  // What every step is given; short, as there are many.
  using Cursor = const char*;
  using Step = const ReadStep*;
  using Object = char*;
  using Run = ReadRun*;
  /// Reads the common form of a value into what holds it; nullptr where the reader has to look.
  using Quick = Cursor(Cursor p, Cursor end, void* object);

  static ReadStepFunction function_of(const FieldInfo& field) {
    const bool optional = !field.required;
    const TypeInfo& type = optional ? *field.type->element : *field.type;
    if (!field.ruled && type.shape == Shape::boolean) {
      return optional ? &if_there<&boolean> : &always<&boolean>;
    }
    if (!field.ruled && type.shape == Shape::integer && type.width == 8 && type.is_signed) {
      return optional ? &if_there<&integer> : &always<&integer>;
    }
    if (!field.ruled && type.shape == Shape::string && type.text == nullptr) {
      return optional ? &if_there<&string> : &always<&string>;
    }
    return optional ? &if_there<&never> : &always<&never>;
  }

  static Cursor boolean(Cursor p, Cursor end, void* object) {
    if (p == end) return nullptr;
    const auto byte = static_cast<unsigned char>(*p);
    *static_cast<bool*>(object) = byte == kCborTrue;
    return byte == kCborTrue || byte == kCborFalse ? p + 1 : nullptr;
  }
  /// Not negative, of up to a byte behind its head.
  static Cursor integer(Cursor p, Cursor end, void* object) {
    constexpr unsigned kByte = 24;
    if (end - p < 2) return nullptr;
    const auto head = static_cast<unsigned char>(p[0]);
    const auto byte = static_cast<unsigned char>(p[1]);
    const bool in_head = head < kByte;
    if (!in_head && (head != kByte || byte < kByte)) return nullptr;
    *static_cast<std::int64_t*>(object) = in_head ? head : byte;
    return p + (in_head ? 1 : 2);
  }
  /// Short and ASCII.
  static Cursor string(Cursor p, Cursor end, void* object) {
    constexpr auto kHead = static_cast<unsigned>(CborMajor::text) << 5;
    if (static_cast<std::size_t>(end - p) < 1 + Sixteen::kSize) return nullptr;
    const std::size_t size = static_cast<unsigned char>(*p++) - kHead;
    if (size > Sixteen::kSize || !Sixteen(p).ascii(size)) return nullptr;
    static_cast<std::string*>(object)->assign(p, size);
    return p + size;
  }
  static Cursor never(Cursor, Cursor, void*) { return nullptr; }

  static bool has_key(Cursor p, Step step, Run run) {
    if (run->end - p < static_cast<std::ptrdiff_t>(ReadStep::kKeyRoom)) [[unlikely]] {
      return step->field->cbor_key.begins(p, run->end);
    }
    const std::size_t size = std::min<std::size_t>(step->key_size, ReadStep::kKeyRoom);
    if (!Sixteen(p).begins_as(Sixteen(step->key), size)) return false;
    return step->key_size <= ReadStep::kKeyRoom || step->field->cbor_key.begins(p, run->end);
  }

  static Cursor next(Cursor p, Step step, Object object, Run run) {
    ++step;
    return step->read(p, step, object, run);
  }
  static Cursor end(Cursor p, Step, Object, Run run) { return run->more == 0 ? p : nullptr; }

  /// `p`: behind the key.
  [[gnu::noinline]] static Cursor any(Cursor p, Step step, Object object, Run run) {
    const FieldInfo& field = *step->field;
    p = static_cast<const Reader*>(run->reader)
            ->read(p, *field.type, field.ruled ? &field.rules : nullptr, object + step->offset,
                   run->depth);
    return p == nullptr ? nullptr : next(p, step, object, run);
  }
  [[gnu::noinline]] static Cursor absent(Cursor p, Step step, Object object, Run run) {
    step->field->type->optional->reset(object + step->offset);
    return next(p, step, object, run);
  }

  template <Quick* quick>
  static Cursor always(Cursor p, Step step, Object object, Run run) {
    if (!has_key(p, step, run)) return nullptr;
    p += step->key_size;
    const Cursor behind = quick(p, run->end, object + step->offset);
    return behind == nullptr ? any(p, step, object, run) : next(behind, step, object, run);
  }
  template <Quick* quick>
  static Cursor if_there(Cursor p, Step step, Object object, Run run) {
    if (run->more == 0 || !has_key(p, step, run)) return absent(p, step, object, run);
    --run->more;
    p += step->key_size;
    if (quick == &never || p == run->end || static_cast<unsigned char>(*p) == kCborNull) {
      return any(p, step, object, run);
    }
    void* const held = step->field->type->optional->emplace(object + step->offset);
    const Cursor behind = quick(p, run->end, held);
    return behind == nullptr ? any(p, step, object, run) : next(behind, step, object, run);
  }
};

}  // namespace keepsake::detail
