// One part of a schema as JSON Schema.
#pragma once

#include "keepsake/base/function_ref.h"
#include "keepsake/datum/schema.h"
#include "keepsake/datum/value.h"
#include "src/datum/schema_node.h"

namespace keepsake {

/// Whether what says nothing of the data's meaning is written: descriptions, "deprecated".
enum class NodeNotes : unsigned char { written, left_out };

/// `part` gives what stands for a schema within this one. Without notes a refinement stands for
/// what it refines, so that it is the same wherever its words stand.
[[nodiscard]] Value json_schema_node(const SchemaNode& node, NodeNotes notes,
                                     FunctionRef<Value(const Schema&)> part);

}  // namespace keepsake
