// The walk over two versions of a schema that finds where they differ.
#pragma once

#include <string>
#include <vector>

#include "keepsake/datum/schema.h"
#include "keepsake/datum/schema_diff.h"

namespace keepsake {

/// One part of the way to a place.
struct ChangeStep {
  enum class Kind : unsigned char { member, items, values };
  Kind kind = Kind::member;
  std::string name;       // of a member
  bool may_lack = false;  // data of the older version may have nothing there
};
using ChangeWay = std::vector<ChangeStep>;

/// The schemas that differ; nullptr where there is none.
struct FoundChange {
  ChangeWay way;
  const Schema* before = nullptr;
  const Schema* after = nullptr;
  SchemaChange change;
};
[[nodiscard]] std::vector<FoundChange> find_changes(const Schema& before, const Schema& after);

/// Whether data of `writer` may lack a member of that schema, and whether `reader` takes that.
[[nodiscard]] bool writer_may_lack(const Schema& writer);
[[nodiscard]] bool reader_may_lack(const Schema& reader);

/// Whether each value of the writer passes the reader, absence aside; parts within are not looked
/// at.
[[nodiscard]] Reads reads(const Schema& reader, const Schema& writer);

}  // namespace keepsake
