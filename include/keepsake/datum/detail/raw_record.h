// What the templates find out about a type, from which src/datum/struct_info.cc makes its tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/datum/detail/type_info.h"

namespace keepsake::detail {

/// What the templates find out about one member; what Describe says is by offset.
struct RawField {
  std::string_view name;
  std::size_t offset;
  const TypeInfo* type;
};
struct RawNote {
  enum class Kind : std::uint8_t { limits, name, pattern, fallback, description, deprecated };
  Kind kind;
  std::size_t offset;
  Limits limits{};
  std::string_view text{};  ///< the name, pattern or description
  Value value{};            ///< the default
};
/// What the templates find out about a struct.
struct RawRecord {
  std::string_view title{};
  std::string_view description{};
  std::vector<RawField> fields{};
  std::vector<RawNote> notes{};
  std::vector<RecordRule> rules{};
  std::vector<std::string> reserved{};
};
[[nodiscard]] RecordInfo make_record(RawRecord raw);
[[nodiscard]] EnumInfo make_enum(std::vector<Enumerator> names);
[[nodiscard]] VariantInfo make_variant(std::string_view tag, std::vector<Alternative> alternatives);

}  // namespace keepsake::detail
