#include "src/datum/next_version.h"

namespace keepsake {

namespace {

std::string raised(std::string name) {
  std::size_t digits = name.size();
  while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9') --digits;
  if (digits == name.size()) return name + "2";
  std::size_t at = name.size();
  while (at > digits && name[at - 1] == '9') name[--at] = '0';
  if (at == digits) return name.insert(digits, "1");
  ++name[at - 1];
  return name;
}

}  // namespace

std::string next_version_name(std::string_view current, FunctionRef<bool(std::string_view)> taken) {
  std::string name = raised(std::string(current));
  while (taken(name)) name = raised(std::move(name));
  return name;
}

std::string text_of(const SchemaChange& change) {
  std::string text = std::string(name(change.kind)) + " " +
                     (change.path.empty() ? "the whole" : change.path) + ": ";
  if (change.kind == SchemaChange::Kind::added) return text + change.after;
  if (change.kind == SchemaChange::Kind::removed) return text + change.before;
  return text + change.before + " -> " + change.after;
}

}  // namespace keepsake
