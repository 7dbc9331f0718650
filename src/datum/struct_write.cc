#include "src/datum/extras_node.h"
#include "src/datum/json_write.h"

namespace keepsake::detail {

namespace {

const ExtrasNode* below(const ExtrasNode* node, std::size_t index) {
  return node == nullptr ? nullptr : node->at(index);
}
const ExtrasNode* below(const ExtrasNode* node, std::string_view key) {
  return node == nullptr ? nullptr : node->at(key);
}

/// Whether a member of an object is left out: an empty optional.
bool absent(const FieldInfo& field, const void* member) {
  return !field.required && field.type->optional->get(member) == nullptr;
}

/// A valid enumeration has a name for its value.
[[gnu::noinline]] std::string_view name_of(const TypeInfo& type, const void* object) {
  bool fits = true;
  const Enumerator* known = type.enumeration().find(load_integer(type, object, fits));
  return known == nullptr ? std::string_view() : known->name;
}

class Writer {
 public:
  explicit Writer(TextOut& out) : out_(out) {}

  void write(const TypeInfo& type, const void* object, const ExtrasNode* extras) {
    switch (type.shape) {
      case Shape::boolean:
        return out_.put(*static_cast<const bool*>(object) ? std::string_view("true")
                                                          : std::string_view("false"));
      case Shape::integer: {
        bool fits = true;
        return out_.integer(load_integer(type, object, fits));
      }
      case Shape::number: return out_.number(load_number(type, object));
      case Shape::string: return out_.quoted(load_text(type, object));
      case Shape::bytes: return out_.base64(load_text(type, object));
      case Shape::enumeration: return out_.quoted(name_of(type, object));
      case Shape::optional: {
        const void* held = type.optional->get(object);
        return held == nullptr ? out_.put("null") : write(*type.element, held, extras);
      }
      case Shape::list:
      case Shape::fixed_list: return write_list(type, object, extras);
      case Shape::table: return write_table(type, object, extras);
      case Shape::record: return write_members(type.record(), object, extras, true);
      case Shape::variant: return write_variant(type, object, extras);
      case Shape::foreign: return write_foreign(type, object, extras);
    }
  }

  void write_record(const RecordInfo& record, const void* object, const ExtrasNode* extras,
                    VersionLiteral version) {
    if (!version.empty()) {
      out_.put("{\"version\":");
      out_.quoted(version);
    }
    write_members(record, object, extras, version.empty());
  }

 private:
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

  /// `first`: nothing of the object stands there yet, not even its brace.
  void write_members(const RecordInfo& record, const void* object, const ExtrasNode* extras,
                     bool first) {
    const auto begin_member = [&] {
      out_.put(first ? '{' : ',');
      first = false;
    };
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      const FieldInfo& field = record.fields[i];
      const void* member = field_of(field, object);
      if (absent(field, member)) continue;
      begin_member();
      out_.put(field.key);
      write(*field.type, member, below(extras, i));
    }
    if (extras != nullptr) {
      for (const Member& unknown : extras->unknown) {
        begin_member();
        out_.quoted(unknown.name);
        out_.put(':');
        write_value(out_, unknown.value);
      }
    }
    if (first) out_.put('{');
    out_.put('}');
  }

  void write_list(const TypeInfo& type, const void* object, const ExtrasNode* extras) {
    const void* data = type.list->data(object);
    const std::size_t size = type.list->size(object);
    out_.put('[');
    for (std::size_t i = 0; i < size; ++i) {
      if (i != 0) out_.put(',');
      write(*type.element, element_of(type, data, i), below(extras, i));
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

void write_part(const TypeInfo& type, const void* object, const ExtrasNode* extras, TextOut& out) {
  Writer(out).write(type, object, extras);
}

Value to_value(const TypeInfo& type, const void* object, const Extras& extras) {
  const Extras fitted = extras.empty() ? Extras() : rebase_typed(type, extras, object);
  return value_of(type, object, fitted.node());
}

}  // namespace keepsake::detail
