#include <algorithm>
#include <cmath>
#include <utility>

#include "keepsake/base/function_ref.h"
#include "keepsake/datum/json.h"
#include "src/datum/fault.h"
#include "src/datum/number.h"
#include "src/datum/pointer.h"
#include "src/datum/schema_node.h"

namespace keepsake {

namespace {

using Kind = Schema::Kind;

/// What a visit found: the value as it is, a normalised one, or a fault.
enum class Outcome : unsigned char { same, changed, fault };

std::string literal_text(const Value& value) {
  constexpr std::size_t kMost = 40;
  if (value.kind() == Value::Kind::array || value.kind() == Value::Kind::object) {
    return std::string(name(value.kind()));
  }
  std::string text = write_json(value);
  return text.size() <= kMost ? text : std::string(name(value.kind()));
}

class Validator {
 public:
  explicit Validator(bool all) : all_(all) {}

  /// `out` is set where the outcome is `changed`.
  Outcome visit(const Schema& schema, const Value& value, const Place* place, Value& out);

  std::vector<Error> faults;

 private:
  Outcome fault(const Place* place, std::string_view expected, std::string_view found) {
    faults.push_back(data_fault(pointer_text(place), expected, found));
    return Outcome::fault;
  }
  Outcome mismatch(const Schema& schema, const Value& value, const Place* place) {
    return fault(place, schema.text(), kind_text(value));
  }
  [[nodiscard]] bool stop() const { return !all_ && !faults.empty(); }

  Outcome visit_integer(const Schema& schema, const Value& value, const Place* place, Value& out);
  Outcome visit_number(const Schema& schema, const Value& value, const Place* place);
  Outcome visit_text(const Schema& schema, const Value& value, const Place* place);
  Outcome visit_array(const Schema& schema, const Value& value, const Place* place, Value& out);
  Outcome visit_map(const Schema& schema, const Value& value, const Place* place, Value& out);
  Outcome visit_object(const Schema& schema, const Value& value, const Place* place, Value& out);
  Outcome visit_union(const SchemaNode& node, const Value& value, const Place* place, Value& out);
  Outcome visit_tagged(const Schema& schema, const Value& value, const Place* place, Value& out);
  Outcome visit_refine(const SchemaNode& node, const Value& value, const Place* place, Value& out);
  bool visit_key(const Schema& key, std::string_view name, const Place* place);
  bool visit_size(const Schema& schema, const Value& value, const Place* place);

  const bool all_;
};

Outcome Validator::visit(const Schema& schema, const Value& value, const Place* place, Value& out) {
  const SchemaNode& node = SchemaNode::of(schema);
  const auto need = [&](bool holds) {
    return holds ? Outcome::same : mismatch(schema, value, place);
  };
  switch (node.kind) {
    case Kind::nil: return need(value.is_null());
    case Kind::boolean: return need(value.kind() == Value::Kind::boolean);
    case Kind::integer: return visit_integer(schema, value, place, out);
    case Kind::number: return visit_number(schema, value, place);
    case Kind::string:
    case Kind::bytes: return visit_text(schema, value, place);
    case Kind::literal:
      if (value == node.literal) return Outcome::same;
      return fault(place, schema.text(), literal_text(value));
    case Kind::enumeration:
      if (value.kind() != Value::Kind::string) return mismatch(schema, value, place);
      if (std::find(node.names.begin(), node.names.end(), value.as_string()) != node.names.end()) {
        return Outcome::same;
      }
      return fault(place, schema.text(), "another string");
    case Kind::any: return Outcome::same;
    case Kind::array:
    case Kind::strict_array: return visit_array(schema, value, place, out);
    case Kind::map: return visit_map(schema, value, place, out);
    case Kind::object: return visit_object(schema, value, place, out);
    case Kind::union_of: return visit_union(node, value, place, out);
    case Kind::tagged_union: return visit_tagged(schema, value, place, out);
    case Kind::optional:
      return value.is_null() ? Outcome::same : visit(*node.element, value, place, out);
    case Kind::refine: return visit_refine(node, value, place, out);
  }
  return Outcome::fault;
}

Outcome Validator::visit_integer(const Schema& schema, const Value& value, const Place* place,
                                 Value& out) {
  const bool whole = value.kind() == Value::Kind::integer;
  if (!whole && !(value.kind() == Value::Kind::number && fits_integer(value.as_number()))) {
    return mismatch(schema, value, place);
  }
  const std::int64_t integer =
      whole ? value.as_integer() : static_cast<std::int64_t>(value.as_number());
  if (const char* found = limit_fault(schema.limits(), integer)) {
    return fault(place, schema.text(), found);
  }
  if (whole) return Outcome::same;
  out = Value(integer);
  return Outcome::changed;
}

Outcome Validator::visit_number(const Schema& schema, const Value& value, const Place* place) {
  const bool whole = value.kind() == Value::Kind::integer;
  if (!whole && value.kind() != Value::Kind::number) return mismatch(schema, value, place);
  if (!std::isfinite(value.as_number())) return fault(place, schema.text(), kind_text(value));
  if (const char* found = limit_fault(schema.limits(), value.as_number())) {
    return fault(place, schema.text(), found);
  }
  return Outcome::same;
}

Outcome Validator::visit_text(const Schema& schema, const Value& value, const Place* place) {
  const bool text = schema.kind() == Kind::string;
  if (value.kind() != (text ? Value::Kind::string : Value::Kind::bytes)) {
    return mismatch(schema, value, place);
  }
  if (text && !is_utf8(value.as_string())) {
    return fault(place, "string", "string that is not UTF-8");
  }
  return visit_size(schema, value, place) ? Outcome::same : Outcome::fault;
}

bool Validator::visit_size(const Schema& schema, const Value& value, const Place* place) {
  const char* found = size_fault(schema.limits(), value.size());
  if (found == nullptr) return true;
  fault(place, schema.text(), found);
  return false;
}

Outcome Validator::visit_array(const Schema& schema, const Value& value, const Place* place,
                               Value& out) {
  if (value.kind() != Value::Kind::array) return mismatch(schema, value, place);
  const Schema& element = *schema.element();
  const bool sized = visit_size(schema, value, place);
  if (stop()) return Outcome::fault;
  Outcome outcome = sized ? Outcome::same : Outcome::fault;
  const std::span<const Value> items = value.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Place at = Place::element(place, i);
    Value changed;
    const Outcome found = visit(element, items[i], &at, changed);
    if (found == Outcome::same) continue;
    if (found == Outcome::fault) {
      if (stop()) return Outcome::fault;
      outcome = Outcome::fault;
    } else if (outcome != Outcome::fault) {
      if (outcome == Outcome::same) out = value;
      out.item(i) = std::move(changed);
      outcome = Outcome::changed;
    }
  }
  return outcome;
}

bool Validator::visit_key(const Schema& key, std::string_view name, const Place* place) {
  if (key.kind() == Kind::string && key.limits().none()) return true;
  Validator inner(false);
  Value ignored;
  if (inner.visit(key, Value(name), nullptr, ignored) != Outcome::fault) return true;
  const Error& why = inner.faults.front();
  faults.push_back(Error(why)
                       .path(pointer_text(place))
                       .expected("a key that is " + key.text())
                       .found("another key"));
  return false;
}

Outcome Validator::visit_map(const Schema& schema, const Value& value, const Place* place,
                             Value& out) {
  if (value.kind() != Value::Kind::object) return mismatch(schema, value, place);
  const SchemaNode& node = SchemaNode::of(schema);
  bool changed = false;
  bool faulty = !visit_size(schema, value, place);
  if (stop()) return Outcome::fault;
  std::vector<Member> kept;
  const std::span<const Member> members = value.members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Member& member = members[i];
    const Place at = Place::member(place, member.name);
    Value normalised;
    Outcome found = Outcome::changed;
    const bool present = !member.value.is_null() || node.element->kind() == Kind::any;
    if (present) {
      found = visit_key(*node.key, member.name, &at)
                  ? visit(*node.element, member.value, &at, normalised)
                  : Outcome::fault;
    }
    faulty = faulty || found == Outcome::fault;
    if (stop()) return Outcome::fault;
    if (found == Outcome::changed && !changed) {
      changed = true;
      kept.assign(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (changed && present) {
      if (found == Outcome::same) normalised = member.value;
      kept.push_back({member.name, std::move(normalised)});
    }
  }
  if (faulty) return Outcome::fault;
  if (!changed) return Outcome::same;
  out = Value::object_of_distinct(std::move(kept));
  return Outcome::changed;
}

/// The members of one object, found in the schema's order.
struct Found {
  const Member* member = nullptr;  // null: absent
  Value normalised;
  bool changed = false;
};

/// Whether the members that the schema doesn't name all stay as they are.
bool keeps_rest(const SchemaNode& node, std::span<const Member> rest) {
  return rest.empty() || (node.unknown == UnknownFields::keep &&
                          std::none_of(rest.begin(), rest.end(),
                                       [](const Member& m) { return m.value.is_null(); }));
}

Outcome Validator::visit_object(const Schema& schema, const Value& value, const Place* place,
                                Value& out) {
  if (value.kind() != Value::Kind::object) return mismatch(schema, value, place);
  const SchemaNode& node = SchemaNode::of(schema);
  const std::span<const Member> members = value.members();
  std::vector<Found> found(node.members.size());
  std::size_t next = 0;  // where the next one stands if all are in the schema's order
  std::size_t known = 0;
  bool faulty = false;
  bool rebuild = false;
  for (std::size_t k = 0; k < node.members.size(); ++k) {
    const SchemaMember& wanted = node.members[k];
    const Member* member = nullptr;
    if (next < members.size() && members[next].name == wanted.name) {
      member = &members[next];
    } else {
      const auto at = std::find_if(members.begin(), members.end(),
                                   [&](const Member& m) { return m.name == wanted.name; });
      if (at != members.end()) member = &*at;
      rebuild = rebuild || member != nullptr;
    }
    if (member != nullptr) {
      next = static_cast<std::size_t>(member - members.data()) + 1;
      ++known;
    }
    const Place at = Place::member(place, wanted.name);
    const bool absent = member == nullptr || (member->value.is_null() &&
                                              SchemaNode::of(wanted.schema).kind != Kind::any);
    if (absent) {
      rebuild = rebuild || member != nullptr;
      if (!accepts_nothing(wanted.schema)) {
        fault(&at, wanted.schema.text(), "nothing");
        faulty = true;
      }
    } else {
      found[k].member = member;
      const Outcome outcome = visit(wanted.schema, member->value, &at, found[k].normalised);
      found[k].changed = outcome == Outcome::changed;
      rebuild = rebuild || found[k].changed;
      faulty = faulty || outcome == Outcome::fault;
    }
    if (stop()) return Outcome::fault;
  }
  if (!rebuild && next == known && keeps_rest(node, members.subspan(known))) {
    return faulty ? Outcome::fault : Outcome::same;
  }

  std::vector<Member> kept;
  for (std::size_t k = 0; k < found.size(); ++k) {
    const Member* member = found[k].member;
    if (member == nullptr) continue;
    if (!found[k].changed) found[k].normalised = member->value;
    kept.push_back({member->name, std::move(found[k].normalised)});
  }
  for (const Member& member : members) {
    if (schema.member(member.name) != nullptr || member.value.is_null()) continue;
    if (node.unknown == UnknownFields::reject) {
      fault(place, "no unknown field", "the unknown field " + write_json(Value(member.name)));
      if (stop()) return Outcome::fault;
      faulty = true;
    } else if (node.unknown == UnknownFields::keep) {
      kept.push_back(member);
    }
  }
  if (faulty) return Outcome::fault;
  out = Value::object_of_distinct(std::move(kept));
  return Outcome::changed;
}

Outcome Validator::visit_union(const SchemaNode& node, const Value& value, const Place* place,
                               Value& out) {
  std::vector<std::string> reasons;
  for (const SchemaMember& alternative : node.members) {
    Validator branch(false);
    const Outcome outcome = branch.visit(alternative.schema, value, nullptr, out);
    if (outcome != Outcome::fault) return outcome;
    const Error& why = branch.faults.front();
    std::string reason = why.path().empty() ? why.message() : why.path() + ": " + why.message();
    if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) {
      reasons.push_back(std::move(reason));
    }
  }
  std::string cause = "no alternative fits (";
  for (std::size_t i = 0; i < reasons.size(); ++i) cause += (i == 0 ? "" : "; ") + reasons[i];
  faults.push_back(Error(ErrorCode::invalid_data, cause + ")").path(pointer_text(place)));
  return Outcome::fault;
}

Outcome Validator::visit_tagged(const Schema& schema, const Value& value, const Place* place,
                                Value& out) {
  if (value.kind() != Value::Kind::object) return mismatch(schema, value, place);
  const SchemaNode& node = SchemaNode::of(schema);
  const Value* tag = value.find(node.word);
  if (tag == nullptr || tag->kind() != Value::Kind::string) {
    const Place at = Place::member(place, node.word);
    return fault(&at, "string", tag == nullptr || tag->is_null() ? "nothing" : kind_text(*tag));
  }
  if (const Schema* variant = schema.member(tag->as_string())) {
    return visit(*variant, value, place, out);
  }
  std::string expected = "a tag that is one of";
  for (const SchemaMember& variant : node.members) {
    expected += expected.back() == 'f' ? " " : ", ";
    write_json(Value(variant.name), expected);
  }
  return fault(place, expected, "the tag " + literal_text(*tag));
}

Outcome Validator::visit_refine(const SchemaNode& node, const Value& value, const Place* place,
                                Value& out) {
  const Outcome outcome = visit(*node.element, value, place, out);
  if (outcome == Outcome::fault) return outcome;
  bool holds = false;
  const Value& normalised = outcome == Outcome::changed ? out : value;
  const Result<void> called =
      call_caught([&] { holds = node.holds(normalised); }, "a schema's predicate");
  if (!called) {
    faults.push_back(Error(called.error()).path(pointer_text(place)));
    return Outcome::fault;
  }
  return holds ? outcome : fault(place, node.word, "another " + std::string(name(value.kind())));
}

}  // namespace

Result<Validated> Schema::validate(Value value) const {
  Validator validator(false);
  Value changed;
  switch (validator.visit(*this, value, nullptr, changed)) {
    case Outcome::same: return Validated(std::move(value));
    case Outcome::changed: return Validated(std::move(changed));
    case Outcome::fault: break;
  }
  return std::move(validator.faults.front());
}

std::vector<Error> Schema::validate_all(const Value& value) const {
  Validator validator(true);
  Value changed;
  static_cast<void>(validator.visit(*this, value, nullptr, changed));
  return std::move(validator.faults);
}

}  // namespace keepsake
