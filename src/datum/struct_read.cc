// The fast reader: JSON as our own writer writes it, straight into a struct. It knows no errors: at
// anything unusual (a name it does not know, a member that is missing, a fault of any kind) it
// gives up, and the way through the tree finds out what there is to say. So there is one place that
// gives meaning, and this one must only ever agree with it.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "keepsake/datum/detail/struct_arity.gen.h"
#include "src/datum/base64.h"
#include "src/datum/extras_node.h"
#include "src/datum/fault.h"
#include "src/datum/json_text.h"

namespace keepsake::detail {

namespace {

constexpr std::size_t kSeenWords = (kMostMembers + 63) / 64;
using Seen = std::array<std::uint64_t, kSeenWords>;

/// How far the reader is; nullptr: it has given up. Handed from function to function rather than
/// kept, so that it stays in a register.
using Cursor = const char*;

class FastReader {
 public:
  FastReader(std::string_view text, const JsonLimits& limits)
      : end_(text.data() + text.size()), limits_(limits) {}

  bool read_document(Cursor p, const TypeInfo& type, VersionLiteral version, void* object) {
    p = skip_space(p);
    if (type.shape == Shape::record) {
      p = read_record(p, type.record(), version, object, 1);
    } else {
      p = version.empty() ? read(p, type, nullptr, object, 0) : nullptr;
    }
    return p != nullptr && skip_space(p) == end_;
  }

 private:
  Cursor skip_space(Cursor p) const {
    while (p != end_ && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) ++p;
    return p;
  }
  Cursor take(Cursor p, char c) const {
    if (p != end_ && *p == c) return p + 1;
    p = skip_space(p);
    return p != end_ && *p == c ? p + 1 : nullptr;
  }
  Cursor take(Cursor p, std::string_view word) const {
    return std::string_view(p, static_cast<std::size_t>(end_ - p)).starts_with(word)
               ? p + word.size()
               : nullptr;
  }
  /// Behind a value: `more` if a comma follows.
  Cursor separator(Cursor p, char close, bool& more) const {
    if (p == end_) return nullptr;
    if (*p != ',' && *p != close) {
      p = skip_space(p);
      if (p == end_ || (*p != ',' && *p != close)) return nullptr;
    }
    more = *p == ',';
    return p + 1;
  }
  /// Behind the bracket: `more` unless the list ends at once.
  Cursor enter(Cursor p, char open, char close, bool& more) const {
    if (p == end_ || *p != open) return nullptr;
    const Cursor behind = take(++p, close);
    more = behind == nullptr;
    return more ? p : behind;
  }

  [[gnu::noinline]] Cursor read(Cursor p, const TypeInfo& type, const FieldRules* rules,
                                void* object, std::size_t depth) {
    return read_here(p, type, rules, object, depth);
  }

  [[gnu::always_inline]] Cursor read_here(Cursor p, const TypeInfo& outer, const FieldRules* rules,
                                          void* object, std::size_t depth) {
    if (p != end_ && static_cast<unsigned char>(*p) <= ' ') p = skip_space(p);
    if (p == end_) return nullptr;
    const TypeInfo* type = &outer;
    if (type->shape == Shape::optional) {
      if (*p == 'n') return type->optional->reset(object), take(p, "null");
      object = type->optional->emplace(object);
      type = type->element;
    }
    switch (type->shape) {
      case Shape::boolean: return read_bool(p, object);
      case Shape::integer: return read_integer(p, *type, rules, object);
      case Shape::string: return read_string(p, *type, rules, object);
      default: return read_other(p, *type, rules, object, depth);
    }
  }

  [[gnu::noinline]] Cursor read_other(Cursor p, const TypeInfo& type, const FieldRules* rules,
                                      void* object, std::size_t depth) {
    switch (type.shape) {
      case Shape::number: return read_double(p, type, rules, object);
      case Shape::bytes: return read_bytes(p, type, rules, object);
      case Shape::enumeration: return read_enumerator(p, type, object);
      case Shape::list: return read_list(p, type, rules, object, depth + 1);
      case Shape::fixed_list: return read_fixed(p, type, object, depth + 1);
      case Shape::table: return read_table(p, type, rules, object, depth + 1);
      case Shape::record: return read_record(p, type.record(), {}, object, depth + 1);
      case Shape::variant: return read_variant(p, type, object, depth + 1);
      case Shape::foreign: return read_foreign(p, type, rules, object, depth);
      default: return nullptr;
    }
  }

  Cursor read_bool(Cursor p, void* object) const {
    const bool value = *p == 't';
    *static_cast<bool*>(object) = value;
    return take(p, value ? std::string_view("true") : std::string_view("false"));
  }

  Cursor read_integer(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object) const {
    Number number;
    NumberFault fault = NumberFault::none;
    p = read_number(p, end_, number, fault);
    if (fault != NumberFault::none || !number.integral) return nullptr;
    if (rules != nullptr && limit_fault(rules->limits, number.integer) != nullptr) return nullptr;
    if (type.width == 8 && type.is_signed) {
      *static_cast<std::int64_t*>(object) = number.integer;
      return p;
    }
    return store_integer(type, number.integer, object) ? p : nullptr;
  }

  Cursor read_double(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object) const {
    Number number;
    NumberFault fault = NumberFault::none;
    p = read_number(p, end_, number, fault);
    if (fault != NumberFault::none) return nullptr;
    const double value = number.as_double();
    if (rules != nullptr && limit_fault(rules->limits, value) != nullptr) return nullptr;
    return store_number(type, value, object) ? p : nullptr;
  }

  Cursor read_string(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object) {
    if (*p != '"') return nullptr;
    std::uint64_t bits = 0;
    const Cursor stop = skip_plain(++p, end_, bits);
    if (stop == end_ || *stop != '"' || bits != 0 || rules != nullptr) {
      return read_any_string(p, type, rules, object);
    }
    store_text(type, {p, static_cast<std::size_t>(stop - p)}, object);
    return stop + 1;
  }

  [[gnu::noinline]] Cursor read_any_string(Cursor p, const TypeInfo& type, const FieldRules* rules,
                                           void* object) {
    std::string_view text;
    if (read_text(p, end_, scratch_, text) != nullptr) return nullptr;
    if (rules != nullptr && !fits(*rules, text)) return nullptr;
    store_text(type, text, object);
    return p;
  }

  Cursor read_bytes(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object) {
    std::string_view text;
    if (*p++ != '"' || read_text(p, end_, scratch_, text) != nullptr) return nullptr;
    if (!read_base64(text, octets_)) return nullptr;
    if (rules != nullptr && size_fault(rules->limits, octets_.size()) != nullptr) return nullptr;
    store_text(type, octets_, object);
    return p;
  }

  Cursor read_enumerator(Cursor p, const TypeInfo& type, void* object) {
    std::string_view text;
    if (*p++ != '"' || read_text(p, end_, scratch_, text) != nullptr) return nullptr;
    const Enumerator* known = type.enumeration().find(text);
    return known != nullptr && store_integer(type, known->value, object) ? p : nullptr;
  }

  Cursor read_foreign(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object,
                      std::size_t depth) {
    const bool filled = type.foreign->fill(object, [&](void* as) {
      p = read(p, *type.element, rules, as, depth);
      return p != nullptr;
    });
    return filled ? p : nullptr;
  }

  /// As our writer writes it: the tag first.
  Cursor read_variant(Cursor p, const TypeInfo& type, void* object, std::size_t depth) {
    if (depth > limits_.depth || *p++ != '{') return nullptr;
    const VariantInfo& info = type.alternatives();
    for (std::size_t i = 0; i < info.alternatives.size(); ++i) {
      const Alternative& alternative = info.alternatives[i];
      bool more = true;
      Cursor behind = take(p, alternative.key);
      if (behind == nullptr) continue;
      behind = separator(behind, '}', more);
      if (behind == nullptr) return nullptr;
      return read_members(behind, alternative.type->record(), more,
                          type.variant->emplace(object, i), depth, 1);
    }
    return nullptr;
  }

  /// How many elements a list should have room for: as many more as the text before its first
  /// closing bracket would hold if all were as long as those before. A guess: it is held to a
  /// multiple of what is there.
  std::size_t guess_size(const TypeInfo& element, Cursor first, Cursor p, std::size_t count) const {
    constexpr std::size_t kMostGrowth = 64;
    const auto find = [&](char c) {
      const void* const found = std::memchr(p, c, static_cast<std::size_t>(end_ - p));
      return found == nullptr ? end_ : static_cast<Cursor>(found);
    };
    const auto left = static_cast<std::size_t>(find(']') - p);
    const bool is_object = element.shape == Shape::record || element.shape == Shape::variant;
    const std::size_t each = count != 0 ? static_cast<std::size_t>(p - first) / count
                                        : static_cast<std::size_t>(find(is_object ? '}' : ',') - p);
    const std::size_t base = std::max<std::size_t>(count, 1);
    const std::size_t guess = left / std::max<std::size_t>(each, 1);
    const std::size_t more = std::clamp(guess + guess / 16 + 1, base, kMostGrowth * base);
    return std::min(count + more, limits_.array);
  }

  Cursor read_list(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object,
                   std::size_t depth) {
    if (depth > limits_.depth) return nullptr;
    bool more = true;
    p = enter(p, '[', ']', more);
    if (p == nullptr) return nullptr;
    const TypeInfo& element = *type.element;
    const RecordInfo* const record = element.shape == Shape::record ? &element.record() : nullptr;
    const Cursor first = p;
    std::size_t count = 0;
    std::size_t size = type.list->size(object);  // elements that are there are used again
    char* at = static_cast<char*>(const_cast<void*>(type.list->data(object)));
    for (; more; ++count, at += element.stride) {
      if (count == size) {
        if (count == limits_.array) return nullptr;
        size = guess_size(element, first, p, count);
        type.list->resize(object, size);
        at = static_cast<char*>(const_cast<void*>(type.list->data(object)));
        at += count * element.stride;
      }
      if (record != nullptr) {
        p = read_record(skip_space(p), *record, {}, at, depth + 1);
      } else {
        p = read(p, element, nullptr, at, depth);
      }
      if (p == nullptr || (p = separator(p, ']', more)) == nullptr) return nullptr;
    }
    if (count > limits_.array) return nullptr;
    if (count != size) type.list->resize(object, count);
    return rules == nullptr || size_fault(rules->limits, count) == nullptr ? p : nullptr;
  }

  Cursor read_fixed(Cursor p, const TypeInfo& type, void* object, std::size_t depth) {
    const std::size_t size = type.list->size(object);
    if (depth > limits_.depth || size > limits_.array) return nullptr;
    bool more = true;
    p = enter(p, '[', ']', more);
    char* element = static_cast<char*>(const_cast<void*>(type.list->data(object)));
    std::size_t count = 0;
    for (; p != nullptr && more; ++count, element += type.element->stride) {
      p = count == size ? nullptr : read(p, *type.element, nullptr, element, depth);
      if (p != nullptr) p = separator(p, ']', more);
    }
    return count == size ? p : nullptr;
  }

  Cursor read_table(Cursor p, const TypeInfo& type, const FieldRules* rules, void* object,
                    std::size_t depth) {
    if (depth > limits_.depth) return nullptr;
    bool more = true;
    p = enter(p, '{', '}', more);
    type.table->clear(object);
    std::size_t count = 0;
    std::string key;
    while (p != nullptr && more) {
      std::string_view text;
      if (++count > limits_.array || (p = take(p, '"')) == nullptr) return nullptr;
      if (read_text(p, end_, key, text) != nullptr || (p = take(p, ':')) == nullptr) return nullptr;
      p = skip_space(p);
      // A null entry counts as absent, which the tree knows how to say.
      if (p == end_ || *p == 'n' || type.table->find(object, text) != nullptr) return nullptr;
      p = read(p, *type.element, nullptr, type.table->insert(object, text), depth);
      if (p != nullptr) p = separator(p, '}', more);
    }
    return rules == nullptr || size_fault(rules->limits, count) == nullptr ? p : nullptr;
  }

  /// Behind the name that comes next and its colon; `next`, the first guess, becomes the index of
  /// the field of that name.
  [[gnu::noinline]] Cursor find_name(Cursor p, const RecordInfo& record, std::size_t& next) {
    const std::size_t count = record.fields.size();
    p = skip_space(p);
    for (; next < count; ++next) {
      const FieldInfo& field = record.fields[next];
      if (field.key.begins(p, end_)) return p + field.key.size();
      if (field.required) break;
    }
    std::string_view name;
    if ((p = take(p, '"')) == nullptr || read_text(p, end_, scratch_, name) != nullptr) {
      return nullptr;
    }
    for (next = 0; next < count && record.fields[next].name != name;) ++next;
    return next < count ? take(p, ':') : nullptr;
  }

  Cursor read_version(Cursor p, VersionLiteral version, bool& more) const {
    for (const std::string_view part :
         {std::string_view(R"("version":")"), version, std::string_view("\"")}) {
      if ((p = take(p, part)) == nullptr) return nullptr;
    }
    return separator(p, '}', more);
  }

  Cursor read_record(Cursor p, const RecordInfo& record, VersionLiteral version, void* object,
                     std::size_t depth) {
    if (depth > limits_.depth || p == end_) return nullptr;
    bool more = true;
    p = enter(p, '{', '}', more);
    if (p == nullptr) return nullptr;
    if (!version.empty()) {
      p = more ? read_version(p, version, more) : nullptr;
      if (p == nullptr) return nullptr;
    }
    return read_members(p, record, more, object, depth, version.empty() ? 0 : 1);
  }

  /// Behind `before` members of the same object that aren't the record's.
  Cursor read_members(Cursor p, const RecordInfo& record, bool more, void* object,
                      std::size_t depth, std::size_t before) {
    const FieldInfo* const fields = record.fields.data();
    const std::size_t count = record.fields.size();
    Seen seen{};
    std::size_t known = 0;
    std::size_t next = 0;
    while (more) {
      std::size_t i = next;
      if (i < count && fields[i].key.begins(p, end_)) [[likely]] {
        p += fields[i].key.size();
      } else {
        std::size_t found = next;
        p = find_name(p, record, found);
        if (p == nullptr) return nullptr;
        i = found;
      }
      const FieldInfo& field = fields[i];
      const std::uint64_t bit = std::uint64_t{1} << (i % 64);
      if ((seen[i / 64] & bit) != 0) return nullptr;
      seen[i / 64] |= bit;
      p = read_here(p, *field.type, field.ruled ? &field.rules : nullptr, field_of(field, object),
                    depth);
      if (p == nullptr || (p = separator(p, '}', more)) == nullptr) return nullptr;
      ++known;
      next = i + 1;
    }
    if (before + known > limits_.array) return nullptr;
    if (known != count && !clear_absent(record, seen, object)) return nullptr;
    return record.rules.empty() || broken_rule(record, object) == nullptr ? p : nullptr;
  }

  static bool clear_absent(const RecordInfo& record, const Seen& seen, void* object) {
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      if ((seen[i / 64] >> (i % 64) & 1) != 0) continue;
      const FieldInfo& field = record.fields[i];
      if (field.required) return false;
      field.type->optional->reset(field_of(field, object));
    }
    return true;
  }

  const Cursor end_;
  const JsonLimits& limits_;
  std::string scratch_;
  std::string octets_;
};

}  // namespace

bool read_fast(const TypeInfo& type, std::string_view text, VersionLiteral version,
               const JsonLimits& limits, void* object) {
  if (text.size() > limits.size_bytes) return false;
  return FastReader(text, limits).read_document(text.data(), type, version, object);
}

}  // namespace keepsake::detail
