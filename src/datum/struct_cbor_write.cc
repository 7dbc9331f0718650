#include <algorithm>
#include <cstring>

#include "keepsake/datum/struct_cbor.h"
#include "src/datum/cbor_write.h"
#include "src/datum/extras_node.h"
#include "src/datum/record_programs.h"
#include "src/datum/struct_form.h"
#include "src/datum/write_steps.h"

namespace keepsake::detail {

namespace {

/// One entry of a map: a field, or a member that no field stands for.
struct Entry {
  std::string_view name;
  const FieldInfo* field = nullptr;
  std::size_t index = 0;
  const Value* value = nullptr;
};

class CborWriter {
 public:
  explicit CborWriter(TextOut& out) : out_(out) {}

  void write(const TypeInfo& type, const void* object, const ExtrasNode* extras) {
    out_.written_to(write_at(out_.begin(kScalarRoom), type, object, extras));
  }

  /// A whole document: with its version where the order of names puts it.
  void write_versioned(const RecordInfo& record, const void* object, const ExtrasNode* extras,
                       VersionLiteral version) {
    if (extras != nullptr) {
      std::vector<Entry> entries = entries_of(record, object, extras);
      const Value literal(version);
      entries.push_back({.name = kVersion, .value = &literal});
      return write_entries(std::move(entries), object, extras);
    }
    std::size_t count = 1;
    for (const FieldInfo& field : record.fields) {
      count += absent(field, field_of(field, object)) ? 0 : 1;
    }
    put_head(CborMajor::map, count);
    bool written = false;
    for (const std::uint16_t i : record.cbor_order) {
      const FieldInfo& field = record.fields[i];
      if (!written && key_before(kVersion, field.name)) {
        put_version(version);
        written = true;
      }
      const void* const member = field_of(field, object);
      if (absent(field, member)) continue;
      out_.put(field.cbor_key.view());
      write(*field.type, member, nullptr);
    }
    if (!written) put_version(version);
  }

  void write_record(const RecordInfo& record, const void* object, const ExtrasNode* extras) {
    if (extras != nullptr) return write_entries(entries_of(record, object, extras), object, extras);
    out_.written_to(run(out_.begin(0), record, {static_cast<const char*>(object), 1, 0}));
  }

  // What WriteSteps asks of a codec.
  static constexpr bool kIsText = false;
  static std::size_t boolean(char* p, bool value) {
    *p = static_cast<char>(value ? kCborTrue : kCborFalse);
    return 1;
  }
  static bool is_small(std::int64_t value) { return is_cbor_byte(value); }
  static std::size_t small_integer(char* p, std::int64_t value) {
    return write_cbor_byte(p, value);
  }
  static bool is_plain(const Sixteen&, std::size_t) { return true; }
  static std::size_t short_text(char* p, const Sixteen& text, std::size_t size) {
    static_assert(WriteProgram::kShortText < 24, "then a head is one byte");
    *p = static_cast<char>(static_cast<unsigned>(CborMajor::text) << 5 | size);
    text.store(p + 1);
    return size + 1;
  }
  static char* integer(char* p, std::int64_t value) { return write_cbor_integer(p, value); }
  static char* number(char* p, double value) { return write_cbor_number(p, value); }
  static char* null(char* p) { return *p = static_cast<char>(kCborNull), p + 1; }
  static char* map_head(char* p, std::size_t count) {
    return write_cbor_head(p, CborMajor::map, count);
  }
  char* records(char* p, const TypeInfo& list, const void* object, std::size_t room) {
    const std::size_t count = list.list->size(object);
    p = write_cbor_head(p, CborMajor::array, count);
    const auto* const first = static_cast<const char*>(list.list->data(object));
    return out_.begin_at(run(p, list.element->record(), {first, count, list.element->stride}),
                         room);
  }
  char* other(char* p, const TypeInfo& type, const void* object, std::size_t room) {
    out_.written_to(p);
    write(type, object, nullptr);
    return out_.begin(room);
  }

 private:
  static constexpr std::size_t kShortText = 64;
  static constexpr std::size_t kScalarRoom = kShortText + kCborHeadRoom;
  static constexpr std::string_view kVersion = "version";

  /// As the writer of JSON has it.
  char* write_at(char* p, const TypeInfo& outer, const void* object, const ExtrasNode* extras) {
    const TypeInfo& type = held_type(outer, object);
    return write_held(p, type, object, extras);
  }
  /// Of no optional, but what it holds, or nullptr.
  [[gnu::always_inline]] char* write_held(char* p, const TypeInfo& type, const void* object,
                                          const ExtrasNode* extras) {
    if (object == nullptr) return null(p);
    switch (type.shape) {
      case Shape::boolean: return p + boolean(p, *static_cast<const bool*>(object));
      case Shape::integer: return integer(p, load_any_integer(type, object));
      case Shape::number: return number(p, load_number(type, object));
      case Shape::string: {
        const std::string_view text = load_text(type, object);
        if (text.size() <= kShortText) [[likely]] {
          return copy_short(write_cbor_head(p, CborMajor::text, text.size()), text);
        }
        out_.written_to(p);
        put_text(CborMajor::text, text);
        return out_.begin(kScalarRoom);
      }
      default:
        out_.written_to(p);
        write_nested(type, object, extras);
        return out_.begin(kScalarRoom);
    }
  }

  static char* copy_short(char* out, std::string_view text) {
    const char* p = text.data();
    std::size_t left = text.size();
    for (; left >= 8; p += 8, out += 8, left -= 8) std::memcpy(out, p, 8);
    if (left >= 4) {
      std::memcpy(out, p, 4);
      std::memcpy(out + left - 4, p + left - 4, 4);
      return out + left;
    }
    for (; left > 0; --left) *out++ = *p++;
    return out;
  }

  void put_head(CborMajor major, std::uint64_t number) {
    out_.written_to(write_cbor_head(out_.begin(kCborHeadRoom), major, number));
  }
  void put_text(CborMajor major, std::string_view content) {
    put_head(major, content.size());
    out_.put(content);
  }

  [[gnu::noinline]] void write_nested(const TypeInfo& type, const void* object,
                                      const ExtrasNode* extras) {
    switch (type.shape) {
      case Shape::bytes: return put_text(CborMajor::bytes, load_text(type, object));
      case Shape::enumeration: return put_text(CborMajor::text, name_of(type, object));
      case Shape::list:
      case Shape::fixed_list: return write_list(type, object, extras);
      case Shape::table: return write_table(type, object, extras);
      case Shape::record: return write_record(type.record(), object, extras);
      case Shape::variant: return write_variant(type, object, extras);
      case Shape::foreign:
        type.foreign->view(object, [&](const void* as) { write(*type.element, as, extras); });
        return;
      default: return;
    }
  }

  void put_version(VersionLiteral version) {
    put_text(CborMajor::text, kVersion);
    put_text(CborMajor::text, version);
  }

  char* run(char* p, const RecordInfo& record, Structs structs) {
    return WriteSteps<CborWriter>::write(p, *this, out_, record.programs->cbor, structs, 0);
  }

  static std::vector<Entry> entries_of(const RecordInfo& record, const void* object,
                                       const ExtrasNode* extras) {
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      const FieldInfo& field = record.fields[i];
      if (absent(field, field_of(field, object))) continue;
      entries.push_back({.name = field.name, .field = &field, .index = i});
    }
    if (extras == nullptr) return entries;
    for (const Member& unknown : extras->unknown) {
      entries.push_back({.name = unknown.name, .value = &unknown.value});
    }
    return entries;
  }

  void write_entries(std::vector<Entry> entries, const void* object, const ExtrasNode* extras) {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return key_before(a.name, b.name); });
    put_head(CborMajor::map, entries.size());
    for (const Entry& entry : entries) {
      put_text(CborMajor::text, entry.name);
      if (entry.field == nullptr) {
        write_cbor_value(out_, *entry.value);
      } else {
        write(*entry.field->type, field_of(*entry.field, object), below(extras, entry.index));
      }
    }
  }

  void write_variant(const TypeInfo& type, const void* object, const ExtrasNode* extras) {
    const VariantInfo& info = type.alternatives();
    const std::size_t index = type.variant->index(object);
    const Alternative& held = info.alternatives[index];
    const ExtrasNode* own = below(extras, index);
    const void* inner = type.variant->get(object);
    std::vector<Entry> entries = entries_of(held.type->record(), inner, own);
    const Value name(held.name);
    entries.push_back({.name = info.tag, .value = &name});
    write_entries(std::move(entries), inner, own);
  }

  void write_list(const TypeInfo& type, const void* object, const ExtrasNode* extras) {
    const char* element = static_cast<const char*>(type.list->data(object));
    const std::size_t size = type.list->size(object);
    put_head(CborMajor::array, size);
    if (type.element->shape == Shape::record) {
      const RecordInfo& record = type.element->record();
      for (std::size_t i = 0; i < size; ++i, element += type.element->stride) {
        write_record(record, element, below(extras, i));
      }
      return;
    }
    for (std::size_t i = 0; i < size; ++i, element += type.element->stride) {
      write(*type.element, element, below(extras, i));
    }
  }

  void write_table(const TypeInfo& type, const void* object, const ExtrasNode* extras) {
    std::vector<TableEntry> entries = sorted_entries(type, object);
    std::sort(entries.begin(), entries.end(),
              [](const TableEntry& a, const TableEntry& b) { return key_before(a.key, b.key); });
    put_head(CborMajor::map, entries.size());
    for (const TableEntry& entry : entries) {
      put_text(CborMajor::text, entry.key);
      write(*type.element, entry.value, below(extras, entry.key));
    }
  }

  TextOut& out_;
};

}  // namespace

WriteStepFunction cbor_step(WriteCode code) { return WriteSteps<CborWriter>::of(code); }

void write_typed_cbor(const TypeInfo& type, const void* object, const Extras& extras,
                      VersionLiteral version, std::string& out) {
  const Extras fitted = extras.empty() ? Extras() : rebase_typed(type, extras, object);
  TextOut bytes(out);
  CborWriter writer(bytes);
  if (type.shape == Shape::record && !version.empty()) {
    writer.write_versioned(type.record(), object, fitted.node(), version);
  } else if (type.shape == Shape::record) {
    writer.write_record(type.record(), object, fitted.node());
  } else {
    writer.write(type, object, fitted.node());
  }
  bytes.finish();
}

}  // namespace keepsake::detail
