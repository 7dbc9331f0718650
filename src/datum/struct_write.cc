#include <cstring>

#include "src/datum/extras_node.h"
#include "src/datum/json_write.h"
#include "src/datum/record_programs.h"
#include "src/datum/struct_form.h"
#include "src/datum/write_steps.h"

namespace keepsake::detail {

namespace {

class Writer {
 public:
  explicit Writer(TextOut& out) : out_(out) {}

  void write(const TypeInfo& type, const void* object, const ExtrasNode* extras) {
    out_.written_to(write_at(out_.begin(kScalarRoom), type, object, extras));
  }

  void write_record(const RecordInfo& record, const void* object, const ExtrasNode* extras,
                    VersionLiteral version) {
    if (!version.empty()) {
      out_.put("{\"version\":");
      out_.quoted(version);
    }
    write_members(record, object, extras, version.empty());
  }

  // What WriteSteps asks of a codec.
  static constexpr bool kIsText = true;
  static std::size_t boolean(char* p, bool value) {
    std::memcpy(p, value ? "true\0\0\0" : "false\0\0", 8);
    return value ? 4 : 5;
  }
  static bool is_small(std::int64_t value) { return is_small_number(value); }
  static std::size_t small_integer(char* p, std::int64_t value) {
    return write_small_number(p, value);
  }
  static bool is_plain(const Sixteen& text, std::size_t size) { return text.plain(size); }
  static std::size_t short_text(char* p, const Sixteen& text, std::size_t size) {
    p[0] = '"';
    text.store(p + 1);
    p[1 + size] = '"';
    return size + 2;
  }
  static char* integer(char* p, std::int64_t value) { return write_integer(p, value); }
  static char* number(char* p, double value) { return write_double(p, value); }
  static char* null(char* p) { return std::memcpy(p, "null", 4), p + 4; }
  static char* map_head(char* p, std::size_t) { return p; }  // text has none
  char* records(char* p, const TypeInfo& list, const void* object, std::size_t room) {
    const std::size_t count = list.list->size(object);
    const RecordInfo& record = list.element->record();
    *p++ = '[';
    p = run(p, record,
            {static_cast<const char*>(list.list->data(object)), count, list.element->stride}, '{');
    if (count != 0) --p;  // the last one's comma
    *p++ = ']';
    return out_.begin_at(p, room);
  }
  char* other(char* p, const TypeInfo& type, const void* object, std::size_t room) {
    out_.written_to(p);
    write(type, object, nullptr);
    return out_.begin(room);
  }

 private:
  static constexpr std::size_t kShortText = 64;
  static constexpr std::size_t kScalarRoom = kShortText + kNumberRoom;
  static constexpr std::size_t kShortKey = TextOut::kMostRoom - kScalarRoom - KeyText::kSlack - 1;

  /// Where a scalar is written there must be kScalarRoom; gives the place behind what was written.
  [[gnu::hot]] char* write_at(char* p, const TypeInfo& outer, const void* object,
                              const ExtrasNode* extras) {
    const TypeInfo& type = held_type(outer, object);
    return write_held(p, type, object, extras);
  }
  /// Of no optional, but what it holds, or nullptr.
  [[gnu::always_inline]] char* write_held(char* p, const TypeInfo& type, const void* object,
                                          const ExtrasNode* extras) {
    if (object == nullptr) return null(p);
    switch (type.shape) {
      case Shape::boolean: return p + boolean(p, *static_cast<const bool*>(object));
      case Shape::integer: return write_integer(p, load_any_integer(type, object));
      case Shape::number: return write_double(p, load_number(type, object));
      case Shape::string: {
        const std::string_view text = load_text(type, object);
        if (text.size() <= kShortText - 2) {
          if (char* const behind = write_short_text(p, text)) return behind;
        }
        out_.written_to(p);
        out_.quoted(text);
        return out_.begin(kScalarRoom);
      }
      default:
        out_.written_to(p);
        write_nested(type, object, extras);
        return out_.begin(kScalarRoom);
    }
  }

  /// nullptr where the text has something to escape.
  static char* write_short_text(char* out, std::string_view text) {
    const char* p = text.data();
    std::size_t left = text.size();
    *out++ = '"';
    for (; left >= 8; p += 8, out += 8, left -= 8) {
      std::uint64_t eight;
      std::memcpy(&eight, p, 8);
      if (not_plain(eight) != 0) return nullptr;
      std::memcpy(out, &eight, 8);
    }
    if (left >= 4) {
      std::uint32_t halves[2];
      std::memcpy(&halves[0], p, 4);
      std::memcpy(&halves[1], p + left - 4, 4);
      if (not_plain(std::uint64_t{halves[0]} << 32 | halves[1]) != 0) return nullptr;
      std::memcpy(out, &halves[0], 4);
      std::memcpy(out + left - 4, &halves[1], 4);
      out += left;
      left = 0;
    }
    for (; left > 0; --left) {
      const char c = *p++;
      if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) return nullptr;
      *out++ = c;
    }
    *out++ = '"';
    return out;
  }

  [[gnu::noinline]] void write_nested(const TypeInfo& type, const void* object,
                                      const ExtrasNode* extras) {
    switch (type.shape) {
      case Shape::bytes: return out_.base64(load_text(type, object));
      case Shape::enumeration: return out_.quoted(name_of(type, object));
      case Shape::list:
      case Shape::fixed_list: return write_list(type, object, extras);
      case Shape::table: return write_table(type, object, extras);
      case Shape::record: return write_members(type.record(), object, extras, true);
      case Shape::variant: return write_variant(type, object, extras);
      case Shape::foreign: return write_foreign(type, object, extras);
      default: break;
    }
  }

  // Rare shapes are kept out of line, so that the others stay small.
  [[gnu::noinline]] void write_variant(const TypeInfo& type, const void* object,
                                       const ExtrasNode* extras) {
    const std::size_t index = type.variant->index(object);
    const Alternative& held = type.alternatives().alternatives[index];
    out_.put('{');
    out_.put(held.key);
    write_members(held.type->record(), type.variant->get(object), below(extras, index), false);
  }

  [[gnu::noinline]] void write_foreign(const TypeInfo& type, const void* object,
                                       const ExtrasNode* extras) {
    type.foreign->view(object, [&](const void* as) { write(*type.element, as, extras); });
  }

  char* run(char* p, const RecordInfo& record, Structs structs, char open) {
    return WriteSteps<Writer>::write(p, *this, out_, record.programs->json, structs, open);
  }

  /// `first`: nothing of the object stands there yet, not even its brace.
  void write_members(const RecordInfo& record, const void* object, const ExtrasNode* extras,
                     bool first) {
    if (extras == nullptr) {
      const Structs one{static_cast<const char*>(object), 1, 0};
      out_.written_to(run(out_.begin(0), record, one, first ? '{' : ',') - 1);
      return;
    }
    char* p = out_.begin(0);
    const FieldInfo* const fields = record.fields.data();
    const std::size_t count = record.fields.size();
    for (std::size_t i = 0; i < count; ++i) {
      const FieldInfo& field = fields[i];
      const void* member = field_of(field, object);
      const TypeInfo& type = held_type(*field.type, member);
      if (member == nullptr && !field.required) continue;
      p = put_key(p, field.key, first ? '{' : ',');
      first = false;
      p = write_held(p, type, member, below(extras, i));
    }
    out_.written_to(p);
    if (extras != nullptr) {
      for (const Member& unknown : extras->unknown) {
        out_.put(first ? '{' : ',');
        first = false;
        out_.quoted(unknown.name);
        out_.put(':');
        write_value(out_, unknown.value);
      }
    }
    if (first) out_.put('{');
    out_.put('}');
  }

  /// Gives the place behind it, with kScalarRoom there.
  char* put_key(char* p, const KeyText& key, char before) {
    if (key.size() > kShortKey) [[unlikely]] {
      out_.written_to(p);
      out_.put(before);
      out_.put(key.view());
      return out_.begin(kScalarRoom);
    }
    p = out_.begin_at(p, key.size() + 1 + KeyText::kSlack + kScalarRoom);
    *p = before;
    return key.copy_to(p + 1);
  }

  void write_list(const TypeInfo& type, const void* object, const ExtrasNode* extras) {
    const char* element = static_cast<const char*>(type.list->data(object));
    const std::size_t size = type.list->size(object);
    const RecordInfo* const record =
        type.element->shape == Shape::record ? &type.element->record() : nullptr;
    out_.put('[');
    for (std::size_t i = 0; i < size; ++i, element += type.element->stride) {
      if (i != 0) out_.put(',');
      if (record != nullptr) {
        write_members(*record, element, below(extras, i), true);
      } else {
        write(*type.element, element, below(extras, i));
      }
    }
    out_.put(']');
  }

  void write_table(const TypeInfo& type, const void* object, const ExtrasNode* extras) {
    out_.put('{');
    bool first = true;
    for (const TableEntry& entry : sorted_entries(type, object)) {
      if (!first) out_.put(',');
      first = false;
      out_.quoted(entry.key);
      out_.put(':');
      write(*type.element, entry.value, below(extras, entry.key));
    }
    out_.put('}');
  }

  TextOut& out_;
};

Value record_value(const RecordInfo& record, const void* object, const ExtrasNode* extras,
                   std::vector<Member> members);

Value value_of(const TypeInfo& type, const void* object, const ExtrasNode* extras) {
  switch (type.shape) {
    case Shape::boolean: return Value(*static_cast<const bool*>(object));
    case Shape::integer: {
      bool fits = true;
      return Value(load_integer(type, object, fits));
    }
    case Shape::number: {
      const double number = load_number(type, object);
      return fits_integer(number) ? Value(static_cast<std::int64_t>(number)) : Value(number);
    }
    case Shape::string: return Value(load_text(type, object));
    case Shape::bytes: return Value::bytes(load_text(type, object));
    case Shape::enumeration: return Value(name_of(type, object));
    case Shape::optional: {
      const void* held = type.optional->get(object);
      return held == nullptr ? Value() : value_of(*type.element, held, extras);
    }
    case Shape::list:
    case Shape::fixed_list: {
      std::vector<Value> items;
      const void* data = type.list->data(object);
      for (std::size_t i = 0; i < type.list->size(object); ++i) {
        items.push_back(value_of(*type.element, element_of(type, data, i), below(extras, i)));
      }
      return Value::array(std::move(items));
    }
    case Shape::table: {
      std::vector<Member> members;
      for (const TableEntry& entry : sorted_entries(type, object)) {
        members.push_back({std::string(entry.key),
                           value_of(*type.element, entry.value, below(extras, entry.key))});
      }
      return Value::object_of_distinct(std::move(members));
    }
    case Shape::record: return record_value(type.record(), object, extras, {});
    case Shape::variant: {
      const VariantInfo& info = type.alternatives();
      const std::size_t index = type.variant->index(object);
      const Alternative& held = info.alternatives[index];
      return record_value(held.type->record(), type.variant->get(object), below(extras, index),
                          {{std::string(info.tag), Value(held.name)}});
    }
    case Shape::foreign: {
      Value value;
      type.foreign->view(object,
                         [&](const void* as) { value = value_of(*type.element, as, extras); });
      return value;
    }
  }
  return {};
}

Value record_value(const RecordInfo& record, const void* object, const ExtrasNode* extras,
                   std::vector<Member> members) {
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const FieldInfo& field = record.fields[i];
    const void* member = field_of(field, object);
    if (absent(field, member)) continue;
    members.push_back({std::string(field.name), value_of(*field.type, member, below(extras, i))});
  }
  if (extras != nullptr) {
    members.insert(members.end(), extras->unknown.begin(), extras->unknown.end());
  }
  return Value::object_of_distinct(std::move(members));
}

}  // namespace

std::string_view name_of(const TypeInfo& type, const void* object) {
  bool fits = true;
  const Enumerator* known = type.enumeration().find(load_integer(type, object, fits));
  return known == nullptr ? std::string_view() : known->name;
}

WriteStepFunction json_step(WriteCode code) { return WriteSteps<Writer>::of(code); }

void write_typed(const TypeInfo& type, const void* object, const Extras& extras,
                 VersionLiteral version, std::string& out) {
  const Extras fitted = extras.empty() ? Extras() : rebase_typed(type, extras, object);
  TextOut text(out);
  Writer writer(text);
  if (type.shape == Shape::record) {
    writer.write_record(type.record(), object, fitted.node(), version);
  } else {
    writer.write(type, object, fitted.node());
  }
  text.finish();
}

[[gnu::hot]] void write_part(const TypeInfo& type, const void* object, const ExtrasNode* extras,
                             TextOut& out) {
  Writer(out).write(type, object, extras);
}

Value to_value(const TypeInfo& type, const void* object, const Extras& extras) {
  const Extras fitted = extras.empty() ? Extras() : rebase_typed(type, extras, object);
  return value_of(type, object, fitted.node());
}

}  // namespace keepsake::detail
