#include "src/datum/cbor_list.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "src/datum/cbor_form.h"
#include "src/datum/sixteen.h"
#include "src/datum/write_steps.h"

namespace keepsake::detail {

namespace {

enum class ListKind : unsigned char { string, integer, boolean, maybe_boolean, kCount };
constexpr std::size_t kKinds = static_cast<std::size_t>(ListKind::kCount);
constexpr std::size_t kMostInList = 3;

std::optional<ListKind> kind_of(WriteCode code) {
  switch (code) {
    case WriteCode::string: return ListKind::string;
    case WriteCode::integer64: return ListKind::integer;
    case WriteCode::boolean: return ListKind::boolean;
    case WriteCode::boolean_if: return ListKind::maybe_boolean;
    default: return std::nullopt;
  }
}

/// What a member's step says, kept where nothing that is written could change it.
struct Before {
  explicit Before(const WriteListMember& member)
      : size(member.size),
        offset(member.offset),
        text{Sixteen(member.text[0]), Sixteen(member.text[1])} {}
  std::size_t size;
  std::size_t offset;
  Sixteen text[2];
};

template <class T>
const T& at(const char* object, const Before& before) {
  return *reinterpret_cast<const T*>(object + before.offset);
}
bool is_set(const char* object, const Before& before) {
  return object[before.offset + sizeof(bool)] != 0;
}

/// False where the member is none of the short ones, which the steps know how to write. `counted`
/// is added to the first byte of what is before the first member, which is the head.
template <ListKind kKind, bool kCounted>
[[gnu::always_inline]] inline bool put(char*& p, const char* object, const Before& before,
                                       unsigned char counted) {
  constexpr bool kHasValue = kKind == ListKind::boolean || kKind == ListKind::maybe_boolean;
  // One that isn't set may hold anything.
  const std::size_t value = kHasValue ? static_cast<unsigned char>(object[before.offset]) & 1U : 0;
  const Sixteen& text = before.text[value];
  (kCounted ? text.with_first_plus(counted) : text).store(p);
  char* const behind = p + before.size;
  if constexpr (kKind == ListKind::string) {
    const auto& content = at<std::string>(object, before);
    const std::size_t size = content.size();
    if (size > WriteProgram::kShortText) return false;
    *behind = static_cast<char>(static_cast<unsigned>(CborMajor::text) << 5 | size);
    Sixteen::of_string(content.data()).store(behind + 1);
    p = behind + 1 + size;
  } else if constexpr (kKind == ListKind::integer) {
    const auto number = at<std::int64_t>(object, before);
    if (!is_cbor_byte(number)) return false;
    p = behind + write_cbor_byte(behind, number);
  } else if constexpr (kKind == ListKind::boolean) {
    p = behind + 1;
  } else if (kCounted) {
    p += is_set(object, before) ? before.size + 1 : 1;
  } else {
    p += is_set(object, before) ? before.size + 1 : 0;
  }
  return true;
}

/// The loop for structs of members of these kinds.
template <ListKind... kMembers>
struct List {
  static constexpr bool kHasOptional = ((kMembers == ListKind::maybe_boolean) || ...);

  static char* write(char* p, const WriteProgram& program, TextOut& out, Structs structs,
                     WriteRun& run) {
    return write(p, program, out, structs, run, std::make_index_sequence<sizeof...(kMembers)>());
  }

 private:
  template <std::size_t... kIndex>
  static char* write(char* p, const WriteProgram& program, TextOut& out, Structs structs,
                     WriteRun& run, std::index_sequence<kIndex...>) {
    const WriteStep* const steps = program.steps.data();
    const Before members[] = {Before(program.list_members[kIndex])...};
    const std::size_t room = program.room;
    const char* object = structs.first;
    for (std::size_t left = structs.count; left != 0; --left, object += structs.stride) {
      p = out.begin_at(p, room);
      const auto set =
          static_cast<unsigned char>((counted<kMembers>(object, members[kIndex]) + ... + 0));
      char* next = p;
      const bool is_plain =
          (put<kMembers, (kHasOptional && kIndex == 0)>(next, object, members[kIndex], set) && ...);
      if (!is_plain) [[unlikely]] {
        if (kHasOptional) *p++ = static_cast<char>(program.head + set);
        next = steps->write(p, steps, object, &run);
      }
      p = next;
    }
    return p;
  }

  template <ListKind kKind>
  static int counted(const char* object, const Before& before) {
    return kKind == ListKind::maybe_boolean && is_set(object, before) ? 1 : 0;
  }
};

constexpr std::size_t power(std::size_t exponent) {
  return exponent == 0 ? 1 : kKinds * power(exponent - 1);
}
constexpr ListKind digit(std::size_t number, std::size_t place) {
  return static_cast<ListKind>(number / power(place) % kKinds);
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

WriteListFunction list_of(const std::vector<ListKind>& kinds) {
  std::size_t number = 0;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    number += static_cast<std::size_t>(kinds[i]) * power(i);
  }
  if (kinds.size() == 1) return kLists<1>[number];
  return kinds.size() == 2 ? kLists<2>[number] : kLists<3>[number];
}

WriteListMember member_of(const WriteStep& step, std::string_view first) {
  WriteListMember member{.offset = step.offset, .size = first.size() + step.text_size};
  for (const bool value : {false, true}) {
    char* const text = std::copy(first.begin(), first.end(), member.text[value ? 1 : 0]);
    std::memcpy(text, step.text, step.text_size);
    text[step.text_size] = static_cast<char>(value ? kCborTrue : kCborFalse);
  }
  return member;
}

}  // namespace

void make_cbor_list(WriteProgram& program) {
  const std::vector<WriteStep>& steps = program.steps;
  const std::size_t count = steps.size() - 1;
  if (count == 0 || count > kMostInList || steps.back().text_size != 0) return;
  std::vector<ListKind> kinds;
  std::vector<WriteListMember> members;
  for (std::size_t i = 0; i < count; ++i) {
    const std::optional<ListKind> kind = kind_of(steps[i].code);
    // With a byte before it and one behind it.
    if (!kind || steps[i].text_size + 2U > WriteStep::kTextRoom) return;
    const bool has_head = program.opens && i == 0;
    members.push_back(member_of(steps[i], {&program.head, has_head ? 1U : 0U}));
    kinds.push_back(*kind);
  }
  if (program.opens != (std::ranges::find(kinds, ListKind::maybe_boolean) != kinds.end())) return;
  program.list = list_of(kinds);
  program.list_members = std::move(members);
}

}  // namespace keepsake::detail
