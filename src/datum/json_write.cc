#include "src/datum/json_write.h"

#include "keepsake/datum/json.h"

namespace keepsake {

namespace {

void new_line(TextOut& out, std::size_t level) {
  out.put('\n');
  for (std::size_t i = 0; i < level; ++i) out.put("  ");
}

void write_indented(TextOut& out, const Value& value, std::size_t level) {
  const bool is_array = value.kind() == Value::Kind::array;
  if (value.size() == 0 || (!is_array && value.kind() != Value::Kind::object)) {
    return write_value(out, value);
  }
  bool first = true;
  const auto begin_entry = [&] {
    if (!first) out.put(',');
    first = false;
    new_line(out, level + 1);
  };
  if (is_array) {
    out.put('[');
    for (const Value& item : value.items()) {
      begin_entry();
      write_indented(out, item, level + 1);
    }
    new_line(out, level);
    out.put(']');
    return;
  }
  out.put('{');
  for (const Member& member : value.members()) {
    begin_entry();
    out.quoted(member.name);
    out.put(": ");
    write_indented(out, member.value, level + 1);
  }
  new_line(out, level);
  out.put('}');
}

}  // namespace

void write_value(TextOut& out, const Value& value) {
  using enum Value::Kind;
  switch (value.kind()) {
    case null: return out.put("null");
    case boolean: return out.put(value.as_bool() ? "true" : "false");
    case integer: return out.integer(value.as_integer());
    case number: return out.number(value.as_number());
    case string: return out.quoted(value.as_string());
    case bytes: return out.base64(value.as_bytes());
    case array: {
      out.put('[');
      bool first = true;
      for (const Value& item : value.items()) {
        if (!first) out.put(',');
        first = false;
        write_value(out, item);
      }
      return out.put(']');
    }
    case object: {
      out.put('{');
      bool first = true;
      for (const Member& member : value.members()) {
        if (!first) out.put(',');
        first = false;
        out.quoted(member.name);
        out.put(':');
        write_value(out, member.value);
      }
      return out.put('}');
    }
  }
}

void write_json(const Value& value, std::string& out) {
  TextOut text(out);
  write_value(text, value);
  text.finish();
}

std::string write_json(const Value& value) {
  std::string out;
  write_json(value, out);
  return out;
}

std::string write_json_indented(const Value& value) {
  std::string out;
  TextOut text(out);
  write_indented(text, value, 0);
  text.finish();
  return out;
}

std::string quoted(std::string_view text) { return write_json(Value(text)); }

}  // namespace keepsake
