// The steps of a WriteProgram, for either codec. Each ends by calling the next, which the compiler
// makes a jump: so the place, the step and the object stay in registers from step to step, and what
// comes next is foretold from where it was before.
#pragma once

#include <array>
#include <cstring>

#include "src/datum/json_text.h"
#include "src/datum/sixteen.h"
#include "src/datum/struct_form.h"
#include "src/datum/write_program.h"

namespace keepsake::detail {

/// Structs of one type, one behind the other.
struct Structs {
  const char* first = nullptr;
  std::size_t count = 0;
  std::size_t stride = 0;
};

/// What the steps have in common while one list of structs is written.
struct WriteRun {
  void* codec;
  TextOut& out;
  const WriteProgram& program;
  std::size_t counted = 0;
  char lead = 0;  ///< what goes before the next member, where none may stand before it
};

/// `Codec` is a writer of structs, which says how scalars look and does what is no step:
///
///   static constexpr bool kIsText;                     // JSON
///   static std::size_t boolean(char* p, bool value);   // the bytes that it takes
///   static bool is_small(std::int64_t value);
///   static std::size_t small_integer(char* p, std::int64_t value);
///   static bool is_plain(const Sixteen& text, std::size_t size);  // else other() writes it
///   static std::size_t short_text(char* p, const Sixteen& text, std::size_t size);
///   static char* integer(char* p, std::int64_t value);  // the place behind
///   static char* number(char* p, double value);
///   static char* map_head(char* p, std::size_t count);
///   char* records(char* p, const TypeInfo& list, const void* object, std::size_t room);
///   char* other(char* p, const TypeInfo& type, const void* object, std::size_t room);
template <class Codec>
class WriteSteps {
 public:
  /// JSON: each struct begins with `open`, its brace or the comma behind what stands there, and has
  /// a comma behind it. Gives the place behind the last.
  static char* write(char* p, Codec& codec, TextOut& out, const WriteProgram& program,
                     Structs structs, char open) {
    WriteRun run{.codec = &codec, .out = out, .program = program};
    if (program.list != nullptr) return program.list(p, program, out, structs, run);
    const WriteStep* const first = program.steps.data();
    const char* object = structs.first;
    for (std::size_t left = structs.count; left != 0; --left, object += structs.stride) {
      p = out.begin_at(p, program.room);
      if constexpr (Codec::kIsText) {
        if (program.opens) {
          *p++ = open;
        } else {
          run.lead = open;
        }
      } else if (program.opens) {
        char head = program.head;
        for (const std::uint32_t flag : program.flags)
          head = static_cast<char>(head + object[flag]);
        *p++ = head;
      }
      p = first->write(p, first, object, &run);
    }
    return p;
  }

  static WriteStepFunction of(WriteCode code) { return kSteps[static_cast<std::size_t>(code)]; }

 private:
  // What every step is given; short, as there are many.
  using Step = const WriteStep*;
  using Object = const char*;
  using Run = WriteRun*;

  static char* put_text(char* p, Step step) {
    std::memcpy(p, step->text, WriteStep::kTextRoom);
    return p + step->text_size;
  }
  /// What a step knows before it writes: whatever it writes could be what it reads, for all that
  /// the compiler knows.
  struct Before {
    explicit Before(Step step) : text(step->text), size(step->text_size), next(step[1].write) {}
    Sixteen text;
    std::size_t size;
    WriteStepFunction next;
  };
  static char* next(char* p, Step step, Object object, Run run) {
    ++step;
    return step->write(p, step, object, run);
  }
  static char* skip(char* p, Step step, Object object, Run run) {
    return next(p, step + step->extent, object, run);
  }
  static Codec& codec(Run run) { return *static_cast<Codec*>(run->codec); }
  static const void* held(Step step, Object object) {
    return step->type->optional->get(object + step->offset);
  }
  template <class T>
  static const T& member(Step step, Object object) {
    return *reinterpret_cast<const T*>(object + step->offset);
  }
  /// Of an optional whose flag lies behind what it holds.
  template <class T>
  static bool is_set(Step step, Object object) {
    return object[step->offset + sizeof(T)] != 0;
  }

  static char* text(char* p, Step step, Object object, Run run) {
    return next(put_text(p, step), step, object, run);
  }
  static char* long_text(char* p, Step step, Object object, Run run) {
    run->out.written_to(put_text(p, step));
    run->out.put(run->program.long_texts[step->offset]);
    return next(run->out.begin(step->extent), step, object, run);
  }
  static char* room(char* p, Step step, Object object, Run run) {
    return next(run->out.begin_at(put_text(p, step), step->extent), step, object, run);
  }
  static char* end(char* p, Step step, Object, Run) { return put_text(p, step); }
  static char* end_first(char* p, Step step, Object, Run run) {
    if (run->lead == '{') *p++ = '{';
    return put_text(p, step);
  }

  static char* separator(char* p, Step step, Object object, Run run) {
    p = put_text(p, step);
    *p++ = run->lead;
    run->lead = ',';
    return next(p, step, object, run);
  }
  static char* present(char* p, Step step, Object object, Run run) {
    p = put_text(p, step);
    if (object[step->offset] == 0) return skip(p, step, object, run);
    return next(p, step, object, run);
  }
  static char* present_held(char* p, Step step, Object object, Run run) {
    p = put_text(p, step);
    if (held(step, object) == nullptr) return skip(p, step, object, run);
    return next(p, step, object, run);
  }
  static char* present_first(char* p, Step step, Object object, Run run) {
    if (held(step, object) == nullptr) return skip(put_text(p, step), step, object, run);
    return separator(p, step, object, run);
  }
  static char* count(char* p, Step step, Object object, Run run) {
    run->counted += static_cast<unsigned char>(object[step->offset]);
    return next(put_text(p, step), step, object, run);
  }
  static char* count_held(char* p, Step step, Object object, Run run) {
    run->counted += held(step, object) != nullptr ? 1 : 0;
    return next(put_text(p, step), step, object, run);
  }
  static char* map_head(char* p, Step step, Object object, Run run) {
    p = Codec::map_head(put_text(p, step), step->extent + run->counted);
    run->counted = 0;
    return next(p, step, object, run);
  }
  static char* boolean(char* p, Step step, Object object, Run run) {
    const Before before(step);
    const bool value = member<bool>(step, object);
    before.text.store(p);
    const std::size_t size = before.size + Codec::boolean(p + before.size, value);
    return before.next(p + size, step + 1, object, run);
  }
  // Each common case needs no call, and so no frame; the others jump to a step that has one.
  static char* integer64(char* p, Step step, Object object, Run run) {
    return small_or(member<std::int64_t>(step, object), &any_integer<std::int64_t>, p, step, object,
                    run);
  }
  static char* integer32(char* p, Step step, Object object, Run run) {
    return small_or(member<std::int32_t>(step, object), &any_integer<std::int32_t>, p, step, object,
                    run);
  }
  static char* small_or(std::int64_t value, WriteStepFunction any, char* p, Step step,
                        Object object, Run run) {
    if (!Codec::is_small(value)) [[unlikely]] {
      return any(p, step, object, run);
    }
    const Before before(step);
    before.text.store(p);
    const std::size_t size = before.size + Codec::small_integer(p + before.size, value);
    return before.next(p + size, step + 1, object, run);
  }
  template <class I>
  [[gnu::noinline]] static char* any_integer(char* p, Step step, Object object, Run run) {
    p = Codec::integer(put_text(p, step), member<I>(step, object));
    return next(p, step, object, run);
  }
  static char* integer(char* p, Step step, Object object, Run run) {
    p = Codec::integer(put_text(p, step), load_any_integer(*step->type, object + step->offset));
    return next(p, step, object, run);
  }
  static char* number(char* p, Step step, Object object, Run run) {
    p = Codec::number(put_text(p, step), member<double>(step, object));
    return next(p, step, object, run);
  }
  static char* string(char* p, Step step, Object object, Run run) {
    const std::string_view content = member<std::string>(step, object);
    if (content.size() > WriteProgram::kShortText) return other(p, step, object, run);
    const Before before(step);
    const Sixteen bytes = Sixteen::of_string(content.data());
    if (!Codec::is_plain(bytes, content.size())) return other(p, step, object, run);
    before.text.store(p);
    const std::size_t size =
        before.size + Codec::short_text(p + before.size, bytes, content.size());
    return before.next(p + size, step + 1, object, run);
  }

  template <class T, WriteStepFunction Write>
  static char* if_set(char* p, Step step, Object object, Run run) {
    if (!is_set<T>(step, object)) return next(p, step, object, run);
    return Write(p, step, object, run);
  }

  static char* records(char* p, Step step, Object object, Run run) {
    p = codec(run).records(put_text(p, step), *step->type, object + step->offset, step->extent);
    return next(p, step, object, run);
  }
  [[gnu::noinline]] static char* other(char* p, Step step, Object object, Run run) {
    p = codec(run).other(put_text(p, step), *step->type, object + step->offset, step->extent);
    return next(p, step, object, run);
  }

  static constexpr std::array kSteps{&text,
                                     &long_text,
                                     &room,
                                     &end,
                                     &end_first,
                                     &separator,
                                     &present,
                                     &present_held,
                                     &present_first,
                                     &count,
                                     &count_held,
                                     &map_head,
                                     &boolean,
                                     &integer64,
                                     &integer32,
                                     &integer,
                                     &number,
                                     &string,
                                     &if_set<bool, &boolean>,
                                     &if_set<std::int64_t, &integer64>,
                                     &if_set<double, &number>,
                                     &if_set<std::string, &string>,
                                     &records,
                                     &other};
  static_assert(kSteps.size() == static_cast<std::size_t>(WriteCode::kCount));
};

}  // namespace keepsake::detail
