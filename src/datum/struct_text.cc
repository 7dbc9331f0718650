#include <algorithm>
#include <utility>
#include <vector>

#include "keepsake/datum/infer.h"
#include "keepsake/datum/json.h"
#include "src/datum/identifier.h"
#include "src/datum/pointer.h"

namespace keepsake {

namespace {

using Kind = Schema::Kind;

class StructWriter {
 public:
  /// The structs so far, each behind those that it holds.
  std::string text;

  Result<void> add(const Schema& schema, const std::string& name, const std::string& place) {
    names_.push_back(name);
    std::string body = "struct " + name + " {\n";
    for (const SchemaMember& member : schema.members()) {
      const std::string at = pointer_below(place, member.name);
      if (!is_identifier(member.name)) {
        return Error(ErrorCode::invalid_argument, "a struct's members have names of C++")
            .path(at)
            .expected("an identifier")
            .found(write_json(Value(member.name)));
      }
      const Result<std::string> type = type_of(member.schema, member.name, at);
      if (!type) return type.error();
      body += "  " + *type + " " + member.name + start_of(member.schema.kind()) + ";\n";
    }
    text += (text.empty() ? "" : "\n") + body + "};\n";
    return {};
  }

 private:
  static const char* start_of(Kind kind) {
    switch (kind) {
      case Kind::boolean: return " = false";
      case Kind::integer:
      case Kind::number: return " = 0";
      default: return "";
    }
  }

  Result<std::string> type_of(const Schema& schema, const std::string& name,
                              const std::string& at) {
    switch (schema.kind()) {
      case Kind::boolean: return std::string("bool");
      case Kind::integer: return std::string("std::int64_t");
      case Kind::number: return std::string("double");
      case Kind::string: return std::string("std::string");
      case Kind::optional: return of("std::optional<", *schema.element(), name, at);
      case Kind::array: return of("std::vector<", *schema.element(), name, at + "/*");
      case Kind::map: return of("std::map<std::string, ", *schema.element(), name, at + "/*");
      case Kind::object: {
        std::string type = free_name(name);
        const Result<void> added = add(schema, type, at);
        return added ? Result<std::string>(std::move(type)) : added.error();
      }
      default: break;
    }
    return Error(ErrorCode::invalid_argument, "no type of C++ is known for what is there")
        .path(at)
        .expected("samples that show one kind of value")
        .found(schema.text());
  }

  Result<std::string> of(const char* around, const Schema& element, const std::string& name,
                         const std::string& at) {
    Result<std::string> inner = type_of(element, name, at);
    return inner ? Result<std::string>(around + *inner + ">") : std::move(inner);
  }

  /// The member's name as a type's, unlike any other.
  std::string free_name(std::string name) {
    if (name.front() >= 'a' && name.front() <= 'z') {
      name.front() = static_cast<char>(name.front() - 'a' + 'A');
    } else {
      name += "Data";
    }
    std::string tried = name;
    for (int i = 2; std::ranges::find(names_, tried) != names_.end(); ++i) {
      tried = name + std::to_string(i);
    }
    return tried;
  }

  std::vector<std::string> names_;
};

}  // namespace

Result<std::string> struct_text(const Schema& schema, std::string_view name) {
  if (!is_identifier(name)) {
    return Error(ErrorCode::invalid_argument, "a struct has a name of C++")
        .expected("an identifier")
        .found(write_json(Value(name)));
  }
  if (schema.kind() != Kind::object) {
    return Error(ErrorCode::invalid_argument, "only objects become structs")
        .path("")
        .expected("object")
        .found(schema.text());
  }
  StructWriter writer;
  const Result<void> written = writer.add(schema, std::string(name), "");
  if (!written) return written.error();
  return std::move(writer.text);
}

}  // namespace keepsake
