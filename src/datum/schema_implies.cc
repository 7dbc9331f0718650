// Whether one schema lets nothing pass that another one refuses or changes, as far as that is easy
// to see. Predicates and unions are compared by identity only.
#include <algorithm>
#include <set>
#include <utility>

#include "src/datum/schema_node.h"

namespace keepsake {

namespace {

using Kind = Schema::Kind;

class Implication {
 public:
  bool holds(const Schema& from_schema, const Schema& to_schema) {
    const SchemaNode& from = SchemaNode::of(from_schema);
    const SchemaNode& to = SchemaNode::of(to_schema);
    if (&from == &to || to.kind == Kind::any) return true;
    if (to.kind == Kind::optional) {
      return holds(from.kind == Kind::optional ? *from.element : from_schema, *to.element);
    }
    if (from.kind == Kind::integer && to.kind == Kind::number) return to.limits.none();
    if (from.kind != to.kind || (from.limits & to.limits) != from.limits) return false;
    // Where they come back to themselves, nothing else has spoken against it.
    if (!seen_.emplace(&from, &to).second) return true;
    return of_one_kind(from, to);
  }

 private:
  bool of_one_kind(const SchemaNode& from, const SchemaNode& to) {
    switch (to.kind) {
      case Kind::nil:
      case Kind::boolean:
      case Kind::integer:
      case Kind::number:
      case Kind::bytes: return true;
      case Kind::string:
        return !to.pattern || (from.pattern && from.pattern->text() == to.pattern->text());
      case Kind::literal: return from.literal == to.literal;
      case Kind::enumeration:
        return std::ranges::all_of(from.names, [&to](const std::string& name) {
          return std::ranges::find(to.names, name) != to.names.end();
        });
      case Kind::array:
      case Kind::strict_array: return holds(*from.element, *to.element);
      case Kind::map: return holds(*from.key, *to.key) && holds(*from.element, *to.element);
      case Kind::object:
        return to.rules.empty() && from.unknown == to.unknown && from.names == to.names &&
               std::ranges::equal(from.members, to.members,
                                  [this](const SchemaMember& a, const SchemaMember& b) {
                                    return a.name == b.name && of_members(a.schema, b.schema);
                                  });
      default: return false;
    }
  }

  bool of_members(const Schema& from, const Schema& to) {
    const bool always = !accepts_nothing(from) || from.default_value() != nullptr;
    if (!always && (!accepts_nothing(to) || to.default_value() != nullptr)) return false;
    // A member that is there isn't null, but where any value is kept.
    const Schema& held = from.kind() == Kind::optional ? *from.element() : from;
    return holds(held, to);
  }

  std::set<std::pair<const SchemaNode*, const SchemaNode*>> seen_;
};

}  // namespace

bool implies(const Schema& from, const Schema& to) { return Implication().holds(from, to); }

}  // namespace keepsake
