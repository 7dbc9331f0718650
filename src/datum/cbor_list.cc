#include "src/datum/cbor_list.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "src/datum/cbor_form.h"
#include "src/datum/sixteen.h"
#include "src/datum/write_steps.h"

namespace keepsake::detail {

namespace {

enum class Kind : unsigned char { string, integer, boolean, maybe_boolean, kCount };
constexpr std::size_t kKinds = static_cast<std::size_t>(Kind::kCount);
constexpr std::size_t kMostMembers = 3;

std::optional<Kind> kind_of(WriteCode code) {
  switch (code) {
    case WriteCode::string: return Kind::string;
    case WriteCode::integer64: return Kind::integer;
    case WriteCode::boolean: return Kind::boolean;
    case WriteCode::boolean_if: return Kind::maybe_boolean;
    default: return std::nullopt;
  }
}

/// What a step says, kept where nothing that is written could change it.
struct Before {
  explicit Before(const WriteStep& step)
      : text(step.text), size(step.text_size), offset(step.offset) {}
  Sixteen text;
  std::size_t size;
  std::size_t offset;
};

template <class T>
const T& at(const char* object, const Before& before) {
  return *reinterpret_cast<const T*>(object + before.offset);
}
bool is_set(const char* object, const Before& before) {
  return object[before.offset + sizeof(bool)] != 0;
}

/// False where the member is none of the short ones, which the steps know how to write.
template <Kind kKind>
[[gnu::always_inline]] inline bool put(char*& p, const char* object, const Before& before) {
  before.text.store(p);
  char* const value = p + before.size;
  if constexpr (kKind == Kind::string) {
    const auto& text = at<std::string>(object, before);
    const std::size_t size = text.size();
    if (size > WriteProgram::kShortText) return false;
    *value = static_cast<char>(static_cast<unsigned>(CborMajor::text) << 5 | size);
    Sixteen::of_string(text.data()).store(value + 1);
    p = value + 1 + size;
  } else if constexpr (kKind == Kind::integer) {
    const auto number = at<std::int64_t>(object, before);
    if (!is_cbor_byte(number)) return false;
    p = value + write_cbor_byte(value, number);
  } else {
    *value = static_cast<char>(at<bool>(object, before) ? kCborTrue : kCborFalse);
    const bool set = kKind == Kind::boolean || is_set(object, before);
    p += set ? before.size + 1 : 0;
  }
  return true;
}

/// The loop for structs of members of these kinds.
template <Kind... kMembers>
struct List {
  static constexpr bool kHasOptional = ((kMembers == Kind::maybe_boolean) || ...);

  static char* write(char* p, const WriteProgram& program, TextOut& out, Structs structs,
                     WriteRun& run) {
    return write(p, program, out, structs, run, std::make_index_sequence<sizeof...(kMembers)>());
  }

 private:
  template <std::size_t... kIndex>
  static char* write(char* p, const WriteProgram& program, TextOut& out, Structs structs,
                     WriteRun& run, std::index_sequence<kIndex...>) {
    const WriteStep* const steps = program.steps.data();
    const Before members[] = {Before(steps[kIndex])...};
    const std::size_t room = program.room;
    const char head = program.head;
    const char* object = structs.first;
    for (std::size_t left = structs.count; left != 0;) {
      p = out.begin_at(p, room);
      for (std::size_t many = std::min(left, out.room_at(p) / room); many != 0; --many) {
        if constexpr (kHasOptional) {
          *p++ = static_cast<char>(head + (counted<kMembers>(object, members[kIndex]) + ...));
        }
        char* next = p;
        const bool is_plain = (put<kMembers>(next, object, members[kIndex]) && ...);
        if (!is_plain) [[unlikely]] {
          next = steps->write(p, steps, object, &run);
          many = 1;  // it may have taken more room
        }
        p = next;
        object += structs.stride;
        --left;
      }
    }
    return p;
  }

  template <Kind kKind>
  static int counted(const char* object, const Before& before) {
    return kKind == Kind::maybe_boolean && is_set(object, before) ? 1 : 0;
  }
};

constexpr std::size_t power(std::size_t exponent) {
  return exponent == 0 ? 1 : kKinds * power(exponent - 1);
}
constexpr Kind digit(std::size_t number, std::size_t place) {
  return static_cast<Kind>(number / power(place) % kKinds);
}

/// The loop for the members whose kinds are the digits of `kNumber`.
template <std::size_t kNumber, std::size_t... kPlace>
constexpr WriteListFunction list_of(std::index_sequence<kPlace...>) {
  return &List<digit(kNumber, kPlace)...>::write;
}
template <std::size_t kMembers, std::size_t... kNumber>
constexpr std::array<WriteListFunction, power(kMembers)> lists_of(std::index_sequence<kNumber...>) {
  return {list_of<kNumber>(std::make_index_sequence<kMembers>())...};
}
template <std::size_t kMembers>
constexpr auto kLists = lists_of<kMembers>(std::make_index_sequence<power(kMembers)>());

}  // namespace

WriteListFunction cbor_list_of(const WriteProgram& program) {
  const std::vector<WriteStep>& steps = program.steps;
  const std::size_t members = steps.size() - 1;
  if (members == 0 || members > kMostMembers || steps.back().text_size != 0) return nullptr;
  std::size_t number = 0;
  bool has_optional = false;
  for (std::size_t i = 0; i < members; ++i) {
    const std::optional<Kind> kind = kind_of(steps[i].code);
    if (!kind) return nullptr;
    has_optional = has_optional || *kind == Kind::maybe_boolean;
    number += static_cast<std::size_t>(*kind) * power(i);
  }
  if (program.opens != has_optional) return nullptr;
  if (members == 1) return kLists<1>[number];
  return members == 2 ? kLists<2>[number] : kLists<3>[number];
}

}  // namespace keepsake::detail
