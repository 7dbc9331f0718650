// How a struct's type is known to the code that reads, writes, validates and compares it: tables of
// members and operations, one for each type, interpreted in src/datum/. Nothing here is for users.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/function_ref.h"
#include "keepsake/base/result.h"
#include "keepsake/datum/extras.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/limits.h"
#include "keepsake/datum/schema.h"

namespace keepsake::detail {

enum class Shape : std::uint8_t {
  boolean,
  integer,
  number,
  string,
  optional,
  list,
  fixed_list,
  table,
  record,
};

struct RecordInfo;

/// Operations on an optional: `get` gives nullptr when it is empty.
struct OptionalOps {
  const void* (*get)(const void* optional);
  void* (*emplace)(void* optional);
  void (*reset)(void* optional);
};
/// Operations on a vector (fixed_list: on a std::array; append and clear are null). The elements
/// lie one behind the other, `stride` of the element's type apart.
struct ListOps {
  std::size_t (*size)(const void* list);
  const void* (*data)(const void* list);
  void* (*append)(void* list);  ///< a new, default-made last element
  void (*clear)(void* list);
};
/// Operations on a map with string keys.
struct TableOps {
  std::size_t (*size)(const void* table);
  void (*visit)(const void* table, FunctionRef<void(std::string_view key, const void* value)> f);
  const void* (*find)(const void* table, std::string_view key);
  void* (*insert)(void* table, std::string_view key);
  void (*clear)(void* table);
  bool sorted;  ///< `visit` goes in the order of the keys
};

struct TypeInfo {
  Shape shape;
  std::uint8_t width = 0;  ///< bytes of an integer or number
  bool is_signed = false;  ///< of an integer
  std::size_t stride = 0;  ///< sizeof
  const TypeInfo* element = nullptr;
  const RecordInfo& (*record)() = nullptr;
  const OptionalOps* optional = nullptr;
  const ListOps* list = nullptr;
  const TableOps* table = nullptr;
};

struct FieldInfo {
  std::string_view name;
  std::string key;  ///< `"name":` as the writer writes it
  std::size_t offset = 0;
  const TypeInfo* type = nullptr;
  Limits limits;
  bool limited = false;
  bool required = true;
};

struct RecordInfo {
  std::vector<FieldInfo> fields;
  Schema schema;
};

/// What the templates find out about one member; renames and rules are by offset.
struct RawField {
  std::string_view name;
  std::size_t offset;
  const TypeInfo* type;
};
struct RawRule {
  std::size_t offset;
  Limits limits;
};
struct RawName {
  std::size_t offset;
  std::string_view name;
};
[[nodiscard]] RecordInfo make_record(std::span<const RawField> fields,
                                     std::span<const RawRule> rules,
                                     std::span<const RawName> names);

[[nodiscard]] Schema make_schema(const TypeInfo& type);

/// Where data carry a version: the literal that is the first member, "version", of the document.
/// Empty: there is no such member.
using VersionLiteral = std::string_view;

/// Reads what the writer writes, without a tree and without a word about what is wrong: false means
/// that the slow way must be taken, which finds out. `object` may hold anything then.
[[nodiscard]] bool read_fast(const TypeInfo& type, std::string_view text, VersionLiteral version,
                             const JsonLimits& limits, void* object);
/// The slow way's end: a validated value into an object of that type. Every part is overwritten.
[[nodiscard]] Result<void> bind_value(const TypeInfo& type, const Value& value, void* object,
                                      Extras& extras);
/// Fast, or parse, validate, bind.
[[nodiscard]] Result<void> read_json(const TypeInfo& type, const Schema& schema,
                                     std::string_view text, const JsonLimits& limits, void* object,
                                     Extras& extras);
void write_typed(const TypeInfo& type, const void* object, const Extras& extras,
                 VersionLiteral version, std::string& out);
[[nodiscard]] Value to_value(const TypeInfo& type, const void* object, const Extras& extras);
[[nodiscard]] Result<void> validate_typed(const TypeInfo& type, const void* object);
[[nodiscard]] bool equal_typed(const TypeInfo& type, const void* a, const void* b);
[[nodiscard]] Extras rebase_typed(const TypeInfo& type, const Extras& extras, const void* edited);

}  // namespace keepsake::detail
