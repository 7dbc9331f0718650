// How a struct's type is known to the code that reads, writes, validates and compares it: tables of
// members and operations, one for each type, interpreted in src/datum/. Nothing here is for users.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/function_ref.h"
#include "keepsake/base/result.h"
#include "keepsake/datum/detail/key_text.h"
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
  bytes,
  enumeration,  ///< by name
  optional,
  list,
  fixed_list,
  table,
  record,
  variant,  ///< one of several records, told apart by a tag
  foreign,  ///< read and written as another type
};

struct TypeInfo;
struct RecordInfo;
struct EnumInfo;
struct VariantInfo;

/// Operations on a string of another type than std::string, and on bytes.
struct TextOps {
  std::string_view (*get)(const void* text);
  void (*set)(void* text, std::string_view content);
};
/// Operations on a variant: `emplace` makes it hold a default-made alternative.
struct VariantOps {
  std::size_t (*index)(const void* variant);
  const void* (*get)(const void* variant);
  void* (*emplace)(void* variant, std::size_t index);
};
/// Operations on what is known as another type: `view` shows it as that; `fill` is false, with
/// nothing changed, where `f` is.
struct ForeignOps {
  void (*view)(const void* foreign, FunctionRef<void(const void* as)> f);
  bool (*fill)(void* foreign, FunctionRef<bool(void* as)> f);
};

/// Operations on an optional: `get` gives nullptr when it is empty.
struct OptionalOps {
  const void* (*get)(const void* optional);
  void* (*emplace)(void* optional);
  void (*reset)(void* optional);
  /// Where a byte lies that is 1 where it holds something and 0 where it doesn't, what it holds
  /// lying at its beginning; kNoFlag where there is no such byte.
  std::size_t (*flag)();
  static constexpr std::size_t kNoFlag = SIZE_MAX;
};
/// Operations on a vector (fixed_list: on a std::array; resize is null). The elements lie one
/// behind the other, `stride` of the element's type apart.
struct ListOps {
  std::size_t (*size)(const void* list);
  const void* (*data)(const void* list);
  void (*resize)(void* list, std::size_t size);  ///< new elements are default-made
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
  const TextOps* text = nullptr;  ///< null: std::string
  const EnumInfo& (*enumeration)() = nullptr;
  const RecordInfo& (*record)() = nullptr;
  const VariantInfo& (*alternatives)() = nullptr;
  const VariantOps* variant = nullptr;
  const ForeignOps* foreign = nullptr;
  const OptionalOps* optional = nullptr;
  const ListOps* list = nullptr;
  const TableOps* table = nullptr;
};

/// What Describe says of a member's value.
struct FieldRules {
  Limits limits;
  std::optional<Pattern> pattern;
  friend bool operator==(const FieldRules&, const FieldRules&) = default;
};

struct FieldInfo {
  std::string_view name;
  KeyText key;       ///< `"name":` as the writer of JSON writes it
  KeyText cbor_key;  ///< the name with its head
  std::size_t offset = 0;
  const TypeInfo* type = nullptr;
  FieldRules rules;
  bool ruled = false;    ///< there are any
  bool required = true;  ///< it may not be absent, or only with a default, which the tree puts in
};

/// A rule over several members.
struct RecordRule {
  std::string_view expected;
  bool (*holds)(const void* record) = nullptr;
  bool (*holds_data)(const Value& data) = nullptr;
};

struct RecordPrograms;

struct RecordInfo {
  std::vector<FieldInfo> fields;
  std::vector<std::uint16_t> cbor_order;  ///< of the fields: that of their names in CBOR
  std::vector<RecordRule> rules;
  Schema schema;
  std::shared_ptr<const RecordPrograms> programs;  ///< what is done to write and to read it
};

struct Enumerator {
  std::string_view name;
  std::int64_t value = 0;
};
struct EnumInfo {
  std::vector<Enumerator> names;
  Schema schema;
  /// Of that name, or nullptr.
  [[nodiscard]] const Enumerator* find(std::string_view name) const noexcept;
  [[nodiscard]] const Enumerator* find(std::int64_t value) const noexcept;
};

struct Alternative {
  std::string_view name;
  std::string key;  ///< `"tag":"name"` as the writer writes it
  const TypeInfo* type = nullptr;
};
struct VariantInfo {
  std::string_view tag;
  std::vector<Alternative> alternatives;
  Schema schema;
};

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
/// As read_fast() and write_typed(), for CBOR: the version stands where the order of names puts it.
[[nodiscard]] bool read_fast_cbor(const TypeInfo& type, std::string_view bytes,
                                  VersionLiteral version, const JsonLimits& limits, void* object);
void write_typed_cbor(const TypeInfo& type, const void* object, const Extras& extras,
                      VersionLiteral version, std::string& out);
[[nodiscard]] Value to_value(const TypeInfo& type, const void* object, const Extras& extras);
[[nodiscard]] Result<void> validate_typed(const TypeInfo& type, const void* object);
[[nodiscard]] bool equal_typed(const TypeInfo& type, const void* a, const void* b);
[[nodiscard]] Extras rebase_typed(const TypeInfo& type, const Extras& extras, const void* edited);

}  // namespace keepsake::detail
