// The fast reader of CBOR: as struct_read.cc, of what the writer of CBOR writes. The deterministic
// form has one order of members, so the next one is always known.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "keepsake/datum/struct_cbor.h"
#include "src/datum/cbor_form.h"
#include "src/datum/cbor_read_steps.h"
#include "src/datum/extras_node.h"
#include "src/datum/fault.h"
#include "src/datum/number.h"
#include "src/datum/record_programs.h"
#include "src/datum/sixteen.h"

namespace keepsake::detail {

namespace {

/// How far the reader is; nullptr: it has given up.
using Cursor = const char*;

/// Behind a head, and its number.
struct Head {
  Cursor behind = nullptr;
  std::uint64_t number = 0;
};

class FastCborReader {
 public:
  FastCborReader(std::string_view bytes, const JsonLimits& limits)
      : end_(bytes.data() + bytes.size()), limits_(limits) {}

  bool read_item(Cursor p, const TypeInfo& type, void* object) const {
    return read(p, type, nullptr, object, 0) == end_;
  }
  /// A document whose version stands where the order of names puts it.
  bool read_versioned(Cursor p, const RecordInfo& record, VersionLiteral version,
                      void* object) const {
    const Head head = read_list_head(p, CborMajor::map, 2, 1);
    std::uint64_t left = head.number;
    bool seen = false;
    p = head.behind;
    for (const std::uint16_t i : record.cbor_order) {
      if (p == nullptr) return false;
      const FieldInfo& field = record.fields[i];
      if (!seen && key_before(kVersion, field.name)) {
        seen = true;
        p = read_version(p, version, left);
        if (p == nullptr) return false;
      }
      p = read_field(p, field, object, left);
    }
    if (p != nullptr && !seen) p = read_version(p, version, left);
    return p == end_ && left == 0 &&
           (record.rules.empty() || broken_rule(record, object) == nullptr);
  }

  /// Any item; also what the steps of structs can't read quickly.
  Cursor read(Cursor p, const TypeInfo& outer, const FieldRules* rules, void* object,
              std::size_t depth) const {
    if (p == end_) return nullptr;
    const TypeInfo* type = &outer;
    if (type->shape == Shape::optional) {
      if (static_cast<unsigned char>(*p) == kCborNull) {
        return type->optional->reset(object), p + 1;
      }
      object = type->optional->emplace(object);
      type = type->element;
    }
    switch (type->shape) {
      case Shape::boolean: {
        const auto byte = static_cast<unsigned char>(*p);
        *static_cast<bool*>(object) = byte == kCborTrue;
        return byte == kCborTrue || byte == kCborFalse ? p + 1 : nullptr;
      }
      case Shape::integer: return read_integer(p, *type, rules, object);
      case Shape::string: return read_string(p, *type, rules, object);
      default: return read_other(p, *type, rules, object, depth);
    }
  }

 private:
  static constexpr std::string_view kVersion = "version";

  /// The entry "version", one of `left`, with that literal.
  Cursor read_version(Cursor p, VersionLiteral version, std::uint64_t& left) const {
    if (left == 0) return nullptr;
    --left;
    for (const std::string_view expected : {kVersion, version}) {
      std::string_view text;
      p = read_content(p, CborMajor::text, text);
      if (p == nullptr || text != expected) return nullptr;
    }
    return p;
  }
  /// A document's member, one of `left` entries, or absent.
  Cursor read_field(Cursor p, const FieldInfo& field, void* object, std::uint64_t& left) const {
    if (left > 0 && field.cbor_key.begins(p, end_)) {
      --left;
      return read(p + field.cbor_key.size(), *field.type, field.ruled ? &field.rules : nullptr,
                  field_of(field, object), 1);
    }
    if (field.required) return nullptr;
    field.type->optional->reset(field_of(field, object));
    return p;
  }

  [[nodiscard]] std::size_t left(Cursor p) const { return static_cast<std::size_t>(end_ - p); }

  Head read_head(Cursor p, CborMajor major) const {
    if (p == end_) return {};
    const auto first = static_cast<unsigned char>(*p);
    if (first >> 5 != static_cast<unsigned>(major)) return {};
    const unsigned info = first & 31U;
    return info < 24 ? Head{p + 1, info} : read_long_head(p, info);
  }
  [[gnu::noinline]] Head read_long_head(Cursor p, unsigned info) const {
    if (info > 27) return {};
    const int size_bytes = 1 << (info - 24);
    if (left(++p) < static_cast<std::size_t>(size_bytes)) return {};
    std::uint64_t number = 0;
    for (int i = 0; i < size_bytes; ++i) number = number << 8 | static_cast<unsigned char>(*p++);
    const std::uint64_t least = info == 24 ? 24 : std::uint64_t{1} << (4 * size_bytes);
    return number >= least ? Head{p, number} : Head{};
  }

  [[gnu::noinline]] Cursor read_other(Cursor p, const TypeInfo& type, const FieldRules* rules,
                                      void* object, std::size_t depth) const {
    switch (type.shape) {
      case Shape::number: return read_number(p, type, rules, object);
      case Shape::bytes: return read_bytes(p, type, rules, object);
      case Shape::enumeration: return read_enumerator(p, type, object);
      case Shape::list: return read_list(p, type, rules, object, depth + 1);
      case Shape::fixed_list: return read_fixed(p, type, object, depth + 1);
      case Shape::table: return read_table(p, type, rules, object, depth + 1);
      case Shape::record: return read_record(p, type.record(), object, depth + 1);
      case Shape::foreign: return read_foreign(p, type, rules, object, depth);
      default: return nullptr;  // a variant's tag may stand behind what depends on it
    }
  }

  /// Of either sign; `behind` is nullptr for what is none.
  Head read_any_integer(Cursor p, std::int64_t& value) const {
    const bool negative = static_cast<unsigned char>(*p) >> 5 == 1;
    const Head head = read_head(p, negative ? CborMajor::negative : CborMajor::unsigned_integer);
    if (head.number >> 63 != 0) return {};
    const auto magnitude = static_cast<std::int64_t>(head.number);
    value = negative ? ~magnitude : magnitude;
    return head;
  }

  Cursor read_integer(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object) const {
    std::int64_t value = 0;
    const Head head = read_any_integer(p, value);
    if (head.behind == nullptr) return nullptr;
    if (rules != nullptr && limit_fault(rules->limits, value) != nullptr) return nullptr;
    if (type.width == 8 && type.is_signed) {
      *static_cast<std::int64_t*>(object) = value;
      return head.behind;
    }
    return store_integer(type, value, object) ? head.behind : nullptr;
  }

  Cursor read_number(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object) const {
    double number = 0;
    std::int64_t integer = 0;
    if (static_cast<unsigned char>(*p) >> 5 == static_cast<unsigned>(CborMajor::simple)) {
      p = read_float(p, number);
    } else {
      p = read_any_integer(p, integer).behind;
      number = static_cast<double>(integer);
    }
    if (p == nullptr) return nullptr;
    if (rules != nullptr && limit_fault(rules->limits, number) != nullptr) return nullptr;
    return store_number(type, number, object) ? p : nullptr;
  }

  /// A float that is written as one: finite, no integer, in its shortest form.
  Cursor read_float(Cursor p, double& number) const {
    const auto first = static_cast<unsigned char>(*p++);
    if (first < kCborHalf || first > kCborDouble) return nullptr;
    const std::size_t size_bytes = std::size_t{2} << (first - kCborHalf);
    if (left(p) < size_bytes) return nullptr;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < size_bytes; ++i)
      bits = bits << 8 | static_cast<unsigned char>(*p++);
    number = first == kCborHalf     ? from_half(static_cast<std::uint16_t>(bits))
             : first == kCborSingle ? std::bit_cast<float>(static_cast<std::uint32_t>(bits))
                                    : std::bit_cast<double>(bits);
    if (!std::isfinite(number) || fits_integer(number)) return nullptr;
    return static_cast<std::size_t>(shortest_float(number).size_bytes) == size_bytes ? p : nullptr;
  }

  /// Behind the string; `content` is what it holds.
  Cursor read_content(Cursor p, CborMajor major, std::string_view& content) const {
    const Head head = read_head(p, major);
    if (head.behind == nullptr || head.number > left(head.behind)) return nullptr;
    content = {head.behind, static_cast<std::size_t>(head.number)};
    return head.behind + head.number;
  }

  static bool is_ascii(std::string_view text) {
    constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
    const char* p = text.data();
    std::size_t left = text.size();
    std::uint64_t bits = 0;
    for (; left >= 8; p += 8, left -= 8) {
      std::uint64_t eight;
      std::memcpy(&eight, p, 8);
      bits |= eight;
    }
    for (; left > 0; --left) bits |= static_cast<unsigned char>(*p++);
    return (bits & kHighs) == 0;
  }

  Cursor read_text(Cursor p, std::string_view& text) const {
    p = read_content(p, CborMajor::text, text);
    if (p == nullptr) return nullptr;
    const bool ascii = text.size() <= Sixteen::kSize && left(text.data()) >= Sixteen::kSize
                           ? Sixteen(text.data()).ascii(text.size())
                           : is_ascii(text);
    return ascii || is_utf8(text) ? p : nullptr;
  }

  Cursor read_string(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object) const {
    std::string_view text;
    p = read_text(p, text);
    if (p == nullptr || (rules != nullptr && !fits(*rules, text))) return nullptr;
    store_text(type, text, object);
    return p;
  }

  Cursor read_bytes(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object) const {
    std::string_view content;
    p = read_content(p, CborMajor::bytes, content);
    if (p == nullptr) return nullptr;
    if (rules != nullptr && size_fault(rules->limits, content.size()) != nullptr) return nullptr;
    store_text(type, content, object);
    return p;
  }

  Cursor read_enumerator(Cursor p, const TypeInfo& type, void* object) const {
    std::string_view text;
    p = read_text(p, text);
    const Enumerator* known = p == nullptr ? nullptr : type.enumeration().find(text);
    return known != nullptr && store_integer(type, known->value, object) ? p : nullptr;
  }

  Cursor read_foreign(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object,
                      std::size_t depth) const {
    const bool filled = type.foreign->fill(object, [&](void* as) {
      p = read(p, *type.element, rules, as, depth);
      return p != nullptr;
    });
    return filled ? p : nullptr;
  }

  /// The head of an array or map, each of whose entries takes at least so many bytes.
  Head read_list_head(Cursor p, CborMajor major, std::size_t least_bytes, std::size_t depth) const {
    if (depth > limits_.depth) return {};
    const Head head = read_head(p, major);
    if (head.behind == nullptr || head.number > limits_.array) return {};
    return head.number <= left(head.behind) / least_bytes ? head : Head{};
  }

  Cursor read_list(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object,
                   std::size_t depth) const {
    // A list of empty things takes a byte for each; so much, then, may its head make us take.
    const Head head = read_list_head(p, CborMajor::array, 1, depth);
    if (head.behind == nullptr) return nullptr;
    const auto count = static_cast<std::size_t>(head.number);
    if (rules != nullptr && size_fault(rules->limits, count) != nullptr) return nullptr;
    if (type.list->size(object) != count) type.list->resize(object, count);
    return read_elements(head.behind, type, count, object, depth);
  }

  Cursor read_fixed(Cursor p, const TypeInfo& type, void* object, std::size_t depth) const {
    const Head head = read_list_head(p, CborMajor::array, 1, depth);
    const std::size_t size = type.list->size(object);
    if (head.behind == nullptr || head.number != size) return nullptr;
    return read_elements(head.behind, type, size, object, depth);
  }

  Cursor read_elements(Cursor p, const TypeInfo& type, std::size_t count, void* object,
                       std::size_t depth) const {
    const TypeInfo& element = *type.element;
    char* at = static_cast<char*>(const_cast<void*>(type.list->data(object)));
    if (element.shape == Shape::record) {
      const RecordInfo& record = element.record();
      for (std::size_t i = 0; i < count && p != nullptr; ++i, at += element.stride) {
        p = read_record(p, record, at, depth + 1);
      }
      return p;
    }
    for (std::size_t i = 0; i < count && p != nullptr; ++i, at += element.stride) {
      p = read(p, element, nullptr, at, depth);
    }
    return p;
  }

  Cursor read_table(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object,
                    std::size_t depth) const {
    const Head head = read_list_head(p, CborMajor::map, 2, depth);
    if (head.behind == nullptr) return nullptr;
    if (rules != nullptr &&
        size_fault(rules->limits, static_cast<std::size_t>(head.number)) != nullptr) {
      return nullptr;
    }
    type.table->clear(object);
    p = head.behind;
    std::string_view last;
    for (std::uint64_t i = 0; i < head.number && p != nullptr; ++i) {
      std::string_view key;
      p = read_text(p, key);
      if (p == nullptr || (i != 0 && !key_before(last, key))) return nullptr;
      // A null entry counts as absent, which the tree knows how to say.
      if (p == end_ || static_cast<unsigned char>(*p) == kCborNull) return nullptr;
      p = read(p, *type.element, nullptr, type.table->insert(object, key), depth);
      last = key;
    }
    return p;
  }

  Cursor read_record(Cursor p, const RecordInfo& record, void* object, std::size_t depth) const {
    const Head head = read_list_head(p, CborMajor::map, 2, depth);
    if (head.behind == nullptr) return nullptr;
    p = CborReadSteps<FastCborReader>::read(
        head.behind, record.programs->cbor_read, object, head.number,
        {.reader = this, .end = end_, .depth = depth, .more = 0});
    if (p == nullptr) return nullptr;
    return record.rules.empty() || broken_rule(record, object) == nullptr ? p : nullptr;
  }

  const Cursor end_;
  const JsonLimits& limits_;
};

}  // namespace

ReadProgram make_cbor_read_program(const RecordInfo& record) {
  return CborReadSteps<FastCborReader>::program_of(record);
}

bool read_fast_cbor(const TypeInfo& type, std::string_view bytes, VersionLiteral version,
                    const JsonLimits& limits, void* object) {
  if (bytes.size() > limits.size_bytes || type.shape != Shape::record) return false;
  return FastCborReader(bytes, limits).read_versioned(bytes.data(), type.record(), version, object);
}

Result<void> read_typed_cbor(const TypeInfo& type, const Schema& schema, std::string_view bytes,
                             const CborOptions& options, void* object, Extras& extras) {
  const JsonLimits& limits = options.limits;
  if (bytes.size() <= limits.size_bytes &&
      FastCborReader(bytes, limits).read_item(bytes.data(), type, object)) {
    extras = {};
    return {};
  }
  Result<Value> value = read_cbor(bytes, options);
  return value ? bind_checked(type, schema, *std::move(value), object, extras)
               : std::move(value).error();
}

}  // namespace keepsake::detail
