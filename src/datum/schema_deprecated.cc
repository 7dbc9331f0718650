#include "src/datum/pointer.h"
#include "src/datum/schema_node.h"

namespace keepsake {

namespace {

using Kind = Schema::Kind;

void find(const Schema& schema, const Value& value, const Place* place,
          std::vector<std::string>& out);

void find_in_members(const Schema& schema, const Value& value, const Place* place,
                     std::vector<std::string>& out) {
  const bool map = schema.kind() == Kind::map;
  for (const Member& member : value.members()) {
    const Schema* inner = map ? schema.element() : schema.member(member.name);
    if (inner == nullptr || member.value.is_null()) continue;
    const Place at = Place::member(place, member.name);
    if (!map && inner->deprecated()) out.push_back(pointer_text(&at));
    find(*inner, member.value, &at, out);
  }
}

void find(const Schema& schema, const Value& value, const Place* place,
          std::vector<std::string>& out) {
  const bool object = value.kind() == Value::Kind::object;
  switch (schema.kind()) {
    case Kind::object:
    case Kind::map:
      if (object) find_in_members(schema, value, place, out);
      return;
    case Kind::array:
    case Kind::strict_array:
      for (std::size_t i = 0; value.kind() == Value::Kind::array && i < value.size(); ++i) {
        const Place at = Place::element(place, i);
        find(*schema.element(), value.items()[i], &at, out);
      }
      return;
    case Kind::optional:
    case Kind::refine: return find(*schema.element(), value, place, out);
    case Kind::tagged_union: {
      const Value* tag = value.find(schema.tag());
      if (tag == nullptr || tag->kind() != Value::Kind::string) return;
      const Schema* variant = schema.member(tag->as_string());
      if (variant != nullptr) find(*variant, value, place, out);
      return;
    }
    case Kind::union_of:
      for (const SchemaMember& alternative : schema.members()) {
        if (alternative.schema.validate(value)) {
          return find(alternative.schema, value, place, out);
        }
      }
      return;
    default: return;
  }
}

}  // namespace

std::vector<std::string> Schema::deprecated_in(const Value& value) const {
  std::vector<std::string> pointers;
  find(*this, value, nullptr, pointers);
  return pointers;
}

}  // namespace keepsake
