// The fast reader: JSON as our own writer writes it, straight into a struct. It knows no errors: at
// anything unusual (a name it does not know, a member that is missing, a fault of any kind) it
// gives up, and the way through the tree finds out what there is to say. So there is one place that
// gives meaning, and this one must only ever agree with it.
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

class FastReader {
 public:
  FastReader(std::string_view text, const JsonLimits& limits)
      : p_(text.data()), end_(text.data() + text.size()), limits_(limits) {}

  bool read_document(const TypeInfo& type, VersionLiteral version, void* object) {
    skip_space();
    const bool done = type.shape == Shape::record
                          ? read_record(type.record(), version, object, 1)
                          : version.empty() && read(type, nullptr, object, 0);
    skip_space();
    return done && p_ == end_;
  }

 private:
  void skip_space() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
  }
  bool take(char c) {
    if (p_ != end_ && *p_ == c) return ++p_, true;
    skip_space();
    return p_ != end_ && *p_ == c && (++p_, true);
  }
  bool take(std::string_view word) {
    if (static_cast<std::size_t>(end_ - p_) < word.size() ||
        std::memcmp(p_, word.data(), word.size()) != 0) {
      return false;
    }
    p_ += word.size();
    return true;
  }
  /// Behind a value: `more` if a comma follows.
  bool separator(char close, bool& more) {
    if (p_ == end_) return false;
    if (*p_ != ',' && *p_ != close) skip_space();
    if (p_ == end_ || (*p_ != ',' && *p_ != close)) return false;
    more = *p_++ == ',';
    return true;
  }

  bool read(const TypeInfo& type, const FieldRules* rules, void* object, std::size_t depth) {
    if (p_ != end_ && static_cast<unsigned char>(*p_) <= ' ') skip_space();
    if (p_ == end_) return false;
    switch (type.shape) {
      case Shape::boolean: return read_bool(object);
      case Shape::integer: return read_integer(type, rules, object);
      case Shape::number: return read_double(type, rules, object);
      case Shape::string: return read_string(type, rules, object);
      case Shape::bytes: return read_bytes(type, rules, object);
      case Shape::enumeration: return read_enumerator(type, object);
      case Shape::optional:
        if (*p_ != 'n') {
          return read(*type.element, rules, type.optional->emplace(object), depth);
        }
        type.optional->reset(object);
        return take("null");
      case Shape::list: return read_list(type, rules, object, depth + 1);
      case Shape::fixed_list: return read_fixed(type, object, depth + 1);
      case Shape::table: return read_table(type, rules, object, depth + 1);
      case Shape::record: return read_record(type.record(), {}, object, depth + 1);
      case Shape::variant: return depth < limits_.depth && read_variant(type, object, depth + 1);
      case Shape::foreign: return read_foreign(type, rules, object, depth);
    }
    return false;
  }

  bool read_bool(void* object) {
    const bool value = *p_ == 't';
    if (!take(value ? std::string_view("true") : std::string_view("false"))) return false;
    *static_cast<bool*>(object) = value;
    return true;
  }

  bool read_integer(const TypeInfo& type, const FieldRules* rules, void* object) {
    Number number;
    NumberFault fault = NumberFault::none;
    p_ = read_number(p_, end_, number, fault);
    if (fault != NumberFault::none || !number.integral) return false;
    if (rules != nullptr && limit_fault(rules->limits, number.integer) != nullptr) return false;
    if (type.width == 8 && type.is_signed) {
      *static_cast<std::int64_t*>(object) = number.integer;
      return true;
    }
    return store_integer(type, number.integer, object);
  }

  bool read_double(const TypeInfo& type, const FieldRules* rules, void* object) {
    Number number;
    NumberFault fault = NumberFault::none;
    p_ = read_number(p_, end_, number, fault);
    if (fault != NumberFault::none) return false;
    const double value = number.as_double();
    if (rules != nullptr && limit_fault(rules->limits, value) != nullptr) return false;
    return store_number(type, value, object);
  }

  bool read_string(const TypeInfo& type, const FieldRules* rules, void* object) {
    std::string_view text;
    if (*p_++ != '"' || read_text(p_, end_, scratch_, text) != nullptr) return false;
    if (rules != nullptr && !fits(*rules, text)) return false;
    store_text(type, text, object);
    return true;
  }

  [[gnu::noinline]] static bool fits(const FieldRules& rules, std::string_view text) {
    return text_fault(rules.limits, text) == nullptr &&
           (!rules.pattern || rules.pattern->matches(text));
  }

  [[gnu::noinline]] bool read_bytes(const TypeInfo& type, const FieldRules* rules, void* object) {
    std::string_view text;
    if (*p_++ != '"' || read_text(p_, end_, scratch_, text) != nullptr) return false;
    if (!read_base64(text, octets_)) return false;
    if (rules != nullptr && size_fault(rules->limits, octets_.size()) != nullptr) return false;
    store_text(type, octets_, object);
    return true;
  }

  [[gnu::noinline]] bool read_enumerator(const TypeInfo& type, void* object) {
    std::string_view text;
    if (*p_++ != '"' || read_text(p_, end_, scratch_, text) != nullptr) return false;
    const Enumerator* known = type.enumeration().find(text);
    return known != nullptr && store_integer(type, known->value, object);
  }

  // Rare shapes are kept out of line, so that the others stay small.
  [[gnu::noinline]] bool read_foreign(const TypeInfo& type, const FieldRules* rules, void* object,
                                      std::size_t depth) {
    return type.foreign->fill(object,
                              [&](void* as) { return read(*type.element, rules, as, depth); });
  }

  /// As our writer writes it: the tag first.
  [[gnu::noinline]] bool read_variant(const TypeInfo& type, void* object, std::size_t depth) {
    if (*p_++ != '{') return false;
    const VariantInfo& info = type.alternatives();
    for (std::size_t i = 0; i < info.alternatives.size(); ++i) {
      const Alternative& alternative = info.alternatives[i];
      bool more = true;
      if (!take(alternative.key)) continue;
      return separator('}', more) && read_members(alternative.type->record(), more,
                                                  type.variant->emplace(object, i), depth);
    }
    return false;
  }

  bool read_list(const TypeInfo& type, const FieldRules* rules, void* object, std::size_t depth) {
    if (depth > limits_.depth || *p_++ != '[') return false;
    type.list->clear(object);
    std::size_t count = 0;
    bool more = !take(']');
    while (more) {
      if (++count > limits_.array) return false;
      if (!read(*type.element, nullptr, type.list->append(object), depth)) return false;
      if (!separator(']', more)) return false;
    }
    return rules == nullptr || size_fault(rules->limits, count) == nullptr;
  }

  bool read_fixed(const TypeInfo& type, void* object, std::size_t depth) {
    if (depth > limits_.depth || *p_++ != '[') return false;
    const std::size_t size = type.list->size(object);
    if (size > limits_.array) return false;
    char* element = static_cast<char*>(const_cast<void*>(type.list->data(object)));
    bool more = !take(']');
    std::size_t count = 0;
    for (; more; ++count, element += type.element->stride) {
      if (count == size || !read(*type.element, nullptr, element, depth)) return false;
      if (!separator(']', more)) return false;
    }
    return count == size;
  }

  bool read_table(const TypeInfo& type, const FieldRules* rules, void* object, std::size_t depth) {
    if (depth > limits_.depth || *p_++ != '{') return false;
    type.table->clear(object);
    std::size_t count = 0;
    bool more = !take('}');
    std::string key;
    while (more) {
      std::string_view text;
      if (++count > limits_.array || !take('"')) return false;
      if (read_text(p_, end_, key, text) != nullptr || !take(':')) return false;
      skip_space();
      // A null entry counts as absent, which the tree knows how to say.
      if (p_ == end_ || *p_ == 'n' || type.table->find(object, text) != nullptr) return false;
      void* value = type.table->insert(object, text);
      if (!read(*type.element, nullptr, value, depth) || !separator('}', more)) return false;
    }
    return rules == nullptr || size_fault(rules->limits, count) == nullptr;
  }

  /// The index of the field whose name comes next, first guess `next`; or the number of fields.
  std::size_t read_name(const RecordInfo& record, std::size_t next) {
    const std::size_t count = record.fields.size();
    for (std::size_t i = next; i < count; ++i) {
      if (take(record.fields[i].key)) return i;
      if (record.fields[i].required) break;
    }
    std::string_view name;
    if (!take('"') || read_text(p_, end_, scratch_, name) != nullptr) return count;
    std::size_t found = 0;
    while (found < count && record.fields[found].name != name) ++found;
    return take(':') ? found : count;
  }

  bool read_version(VersionLiteral version, bool& more) {
    return take(R"("version":")") && take(version) && take("\"") && separator('}', more);
  }

  bool read_record(const RecordInfo& record, VersionLiteral version, void* object,
                   std::size_t depth) {
    if (depth > limits_.depth || p_ == end_ || *p_++ != '{') return false;
    bool more = true;
    if (!version.empty()) {
      if (!read_version(version, more)) return false;
    } else {
      more = !take('}');
    }
    return read_members(record, more, object, depth);
  }

  bool read_members(const RecordInfo& record, bool more, void* object, std::size_t depth) {
    std::array<std::uint64_t, kSeenWords> seen{};
    std::size_t known = 0;
    std::size_t next = 0;
    while (more) {
      const std::size_t i = read_name(record, next);
      if (i == record.fields.size()) return false;
      const FieldInfo& field = record.fields[i];
      const std::uint64_t bit = std::uint64_t{1} << (i % 64);
      if ((seen[i / 64] & bit) != 0) return false;
      seen[i / 64] |= bit;
      if (!read(*field.type, field.ruled ? &field.rules : nullptr, field_of(field, object),
                depth)) {
        return false;
      }
      if (!separator('}', more)) return false;
      ++known;
      next = i + 1;
    }
    if (known != record.fields.size() && !clear_absent(record, seen, object)) return false;
    return record.rules.empty() || broken_rule(record, object) == nullptr;
  }

  static bool clear_absent(const RecordInfo& record,
                           const std::array<std::uint64_t, kSeenWords>& seen, void* object) {
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      if ((seen[i / 64] >> (i % 64) & 1) != 0) continue;
      const FieldInfo& field = record.fields[i];
      if (field.required) return false;
      field.type->optional->reset(field_of(field, object));
    }
    return true;
  }

  const char* p_;
  const char* const end_;
  const JsonLimits& limits_;
  std::string scratch_;
  std::string octets_;
};

}  // namespace

bool read_fast(const TypeInfo& type, std::string_view text, VersionLiteral version,
               const JsonLimits& limits, void* object) {
  if (text.size() > limits.size_bytes) return false;
  return FastReader(text, limits).read_document(type, version, object);
}

}  // namespace keepsake::detail
