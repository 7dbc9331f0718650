// Schemas made of other schemas by changing one thing, and tables of schemas that refer to each
// other.
#include <algorithm>

#include "src/base/assert.h"
#include "src/datum/schema_node.h"

namespace keepsake {

namespace {

using Kind = Schema::Kind;

bool has_limits(Kind kind) {
  switch (kind) {
    case Kind::integer:
    case Kind::number:
    case Kind::string:
    case Kind::bytes:
    case Kind::array:
    case Kind::strict_array:
    case Kind::map: return true;
    default: return false;
  }
}

bool is_around(Kind kind) { return kind == Kind::optional || kind == Kind::refine; }

}  // namespace

Schema Schema::unknown_fields(UnknownFields policy) const {
  SchemaNode node = SchemaNode::of(*this);
  require(node.kind == Kind::object, "only an object's schema has unknown fields");
  node.unknown = policy;
  return SchemaBuilder::make(std::move(node));
}

Schema Schema::reserving(std::vector<std::string> names) const {
  SchemaNode node = SchemaNode::of(*this);
  require(node.kind == Kind::object, "only an object's schema has reserved names");
  for (std::string& name : names) {
    require(member(name) == nullptr, "a reserved name is no member's");
    node.names.push_back(std::move(name));
  }
  return SchemaBuilder::make(std::move(node));
}

Schema Schema::with_rule(std::string_view expected, std::function<bool(const Value&)> holds) const {
  SchemaNode node = SchemaNode::of(*this);
  require(node.kind == Kind::object, "only an object's schema has rules over its members");
  node.rules.push_back({std::string(expected), std::move(holds)});
  return SchemaBuilder::make(std::move(node));
}

Schema Schema::at_least(double least) const { return within(keepsake::at_least(least)); }
Schema Schema::at_most(double most) const { return within(keepsake::at_most(most)); }

Schema Schema::within(const Limits& limits) const {
  SchemaNode node = SchemaNode::of(*this);
  if (is_around(node.kind)) {
    node.element = node.element->within(limits);
  } else {
    require(has_limits(node.kind) || limits.none(),
            "limits are of numbers, strings, bytes, arrays and maps");
    node.limits = node.limits & limits;
  }
  return SchemaBuilder::make(std::move(node));
}

Schema Schema::matching(Pattern pattern) const {
  SchemaNode node = SchemaNode::of(*this);
  if (is_around(node.kind)) {
    node.element = node.element->matching(std::move(pattern));
  } else {
    require(node.kind == Kind::string, "a pattern is of a string");
    node.pattern = std::move(pattern);
  }
  return SchemaBuilder::make(std::move(node));
}

Schema Schema::matching(std::string_view text) const {
  Result<Pattern> pattern = Pattern::parse(text);
  if (!pattern) fail_assertion("a schema's pattern is good: " + pattern.error().cause());
  return matching(*std::move(pattern));
}

Schema Schema::with_default(Value value) const {
  Result<Validated> validated = validate(std::move(value));
  if (!validated) fail_assertion("a default fits its schema: " + validated.error().text());
  SchemaNode node = SchemaNode::of(*this);
  node.fallback = (*std::move(validated)).take();
  return SchemaBuilder::make(std::move(node));
}

Schema Schema::deprecated(bool is) const {
  SchemaNode node = SchemaNode::of(*this);
  node.deprecated = is;
  return SchemaBuilder::make(std::move(node));
}

Schema Schema::described(std::string_view description) const {
  SchemaNode node = SchemaNode::of(*this);
  node.description = description;
  return SchemaBuilder::make(std::move(node));
}

Schema Schema::with_first(std::string_view name, Schema first) const {
  SchemaNode node = SchemaNode::of(*this);
  require(node.kind == Kind::object && member(name) == nullptr,
          "with_first() adds a member that is not there to an object");
  require(std::find(node.names.begin(), node.names.end(), name) == node.names.end(),
          "with_first() adds a member whose name is not reserved");
  node.members.insert(node.members.begin(), SchemaMember{std::string(name), std::move(first)});
  return SchemaBuilder::make(std::move(node));
}

SchemaTable::SchemaTable(bool may_be_open) {
  if (may_be_open) entries_->open = schema::object({});
}

std::size_t SchemaTable::add() {
  entries_->schemas.emplace_back();
  return entries_->schemas.size() - 1;
}

void SchemaTable::set(std::size_t index, Schema schema) {
  entries_->schemas[index] = std::move(schema);
}

Schema SchemaTable::reference(std::size_t index) const {
  return SchemaBuilder::reference([entries = std::weak_ptr<const Entries>(entries_),
                                   raw = entries_.get(), index]() -> const Schema& {
    require(!entries.expired(), "a part of a recursive schema is used while the whole lives");
    const std::optional<Schema>& entry = raw->schemas[index] ? raw->schemas[index] : raw->open;
    require(entry.has_value(), "a recursive schema is used when it is made");
    return *entry;
  });
}

Schema SchemaTable::whole(const Schema& schema) const {
  SchemaNode node = SchemaNode::of(schema);
  node.definitions = entries_;
  return SchemaBuilder::make(std::move(node));
}

}  // namespace keepsake
