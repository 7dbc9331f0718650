#include <algorithm>
#include <vector>

#include "keepsake/datum/cbor.h"
#include "src/datum/cbor_form.h"
#include "src/datum/json_text.h"

namespace keepsake {

namespace {

void put_big_endian(TextOut& out, std::uint8_t first, std::uint64_t number, int size_bytes) {
  char bytes[9];
  bytes[0] = static_cast<char>(first);
  for (int i = 0; i < size_bytes; ++i) {
    bytes[size_bytes - i] = static_cast<char>(number >> (8 * i) & 0xFFU);
  }
  out.put(std::string_view(bytes, static_cast<std::size_t>(size_bytes) + 1));
}

void put_head(TextOut& out, CborMajor major, std::uint64_t number) {
  const auto top = static_cast<std::uint8_t>(static_cast<unsigned>(major) << 5);
  if (number < 24) {
    out.put(static_cast<char>(top | number));
  } else if (number <= 0xFF) {
    put_big_endian(out, top | 24U, number, 1);
  } else if (number <= 0xFFFF) {
    put_big_endian(out, top | 25U, number, 2);
  } else if (number <= 0xFFFFFFFF) {
    put_big_endian(out, top | 26U, number, 4);
  } else {
    put_big_endian(out, top | 27U, number, 8);
  }
}

void put_text(TextOut& out, CborMajor major, std::string_view content) {
  put_head(out, major, content.size());
  out.put(content);
}

void put_integer(TextOut& out, std::int64_t value) {
  if (value >= 0)
    return put_head(out, CborMajor::unsigned_integer, static_cast<std::uint64_t>(value));
  put_head(out, CborMajor::negative, ~static_cast<std::uint64_t>(value));
}

void put_number(TextOut& out, double value) {
  if (fits_integer(value)) return put_integer(out, static_cast<std::int64_t>(value));
  if (!std::isfinite(value)) return out.put(static_cast<char>(kCborNull));
  const CborFloat shortest = shortest_float(value);
  const std::uint8_t first = shortest.size_bytes == 2   ? kCborHalf
                             : shortest.size_bytes == 4 ? kCborSingle
                                                        : kCborDouble;
  put_big_endian(out, first, shortest.bits, shortest.size_bytes);
}

void put_value(TextOut& out, const Value& value);

void put_member(TextOut& out, const Member& member) {
  put_text(out, CborMajor::text, member.name);
  put_value(out, member.value);
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

void put_value(TextOut& out, const Value& value) {
  using enum Value::Kind;
  switch (value.kind()) {
    case null: return out.put(static_cast<char>(kCborNull));
    case boolean: return out.put(static_cast<char>(value.as_bool() ? kCborTrue : kCborFalse));
    case integer: return put_integer(out, value.as_integer());
    case number: return put_number(out, value.as_number());
    case string: return put_text(out, CborMajor::text, value.as_string());
    case bytes: return put_text(out, CborMajor::bytes, value.as_bytes());
    case array:
      put_head(out, CborMajor::array, value.size());
      for (const Value& item : value.items()) put_value(out, item);
      return;
    case object: return put_object(out, value.members());
  }
}

}  // namespace

void write_cbor(const Value& value, std::string& out) {
  TextOut bytes(out);
  put_value(bytes, value);
  bytes.finish();
}

std::string write_cbor(const Value& value) {
  std::string out;
  write_cbor(value, out);
  return out;
}

}  // namespace keepsake
