#include "src/datum/cbor_write.h"

#include <algorithm>
#include <vector>

#include "keepsake/datum/cbor.h"

namespace keepsake {

namespace {

void put_head(TextOut& out, CborMajor major, std::uint64_t number) {
  out.written_to(write_cbor_head(out.begin(kCborHeadRoom), major, number));
}

void put_text(TextOut& out, CborMajor major, std::string_view content) {
  put_head(out, major, content.size());
  out.put(content);
}

void put_member(TextOut& out, const Member& member) {
  put_text(out, CborMajor::text, member.name);
  write_cbor_value(out, member.value);
}

void put_object(TextOut& out, std::span<const Member> members) {
  const auto before = [](const Member& a, const Member& b) { return key_before(a.name, b.name); };
  put_head(out, CborMajor::map, members.size());
  if (std::is_sorted(members.begin(), members.end(), before)) {
    for (const Member& member : members) put_member(out, member);
    return;
  }
  std::vector<const Member*> sorted;
  sorted.reserve(members.size());
  for (const Member& member : members) sorted.push_back(&member);
  std::sort(sorted.begin(), sorted.end(),
            [&](const Member* a, const Member* b) { return before(*a, *b); });
  for (const Member* member : sorted) put_member(out, *member);
}

}  // namespace

void write_cbor_value(TextOut& out, const Value& value) {
  using enum Value::Kind;
  switch (value.kind()) {
    case null: return out.put(static_cast<char>(kCborNull));
    case boolean: return out.put(static_cast<char>(value.as_bool() ? kCborTrue : kCborFalse));
    case integer:
      return out.written_to(write_cbor_integer(out.begin(kCborHeadRoom), value.as_integer()));
    case number:
      return out.written_to(write_cbor_number(out.begin(kCborHeadRoom), value.as_number()));
    case string: return put_text(out, CborMajor::text, value.as_string());
    case bytes: return put_text(out, CborMajor::bytes, value.as_bytes());
    case array:
      put_head(out, CborMajor::array, value.size());
      for (const Value& item : value.items()) write_cbor_value(out, item);
      return;
    case object: return put_object(out, value.members());
  }
}

void write_cbor(const Value& value, std::string& out) {
  TextOut bytes(out);
  write_cbor_value(bytes, value);
  bytes.finish();
}

std::string write_cbor(const Value& value) {
  std::string out;
  write_cbor(value, out);
  return out;
}

}  // namespace keepsake
