#include <algorithm>
#include <cmath>
#include <utility>

#include "keepsake/base/function_ref.h"
#include "keepsake/datum/json.h"
#include "src/datum/base64.h"
#include "src/datum/fault.h"
#include "src/datum/member_names.h"
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

/// Unions within unions multiply their alternatives; so these are counted, each as often as there
/// are unions around it.
constexpr std::size_t kMostTries = 2'000'000;

/// Whether it is about more than the alternative in which it was found.
bool ends_union(const Error& error) { return error.code() != ErrorCode::invalid_data; }

class Validator {
 public:
  Validator(std::size_t most_faults, std::size_t& tries, std::size_t unions = 0,
            std::size_t fills = 0)
      : most_(most_faults), unions_(unions), tries_(tries), fills_(fills) {}

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
  [[nodiscard]] bool stop() const { return faults.size() >= most_; }

  Outcome visit_integer(const Schema& schema, const Value& value, const Place* place, Value& out);
  Outcome visit_number(const Schema& schema, const Value& value, const Place* place);
  Outcome visit_string(const Schema& schema, const Value& value, const Place* place);
  Outcome visit_bytes(const Schema& schema, const Value& value, const Place* place, Value& out);
  Outcome visit_array(const Schema& schema, const Value& value, const Place* place, Value& out);
  Outcome visit_map(const Schema& schema, const Value& value, const Place* place, Value& out);
  Outcome visit_object(const Schema& schema, const Value& value, const Place* place, Value& out);
  Outcome visit_union(const SchemaNode& node, const Value& value, const Place* place, Value& out);
  Outcome visit_tagged(const Schema& schema, const Value& value, const Place* place, Value& out);
  Outcome visit_rules(const SchemaNode& node, Outcome outcome, const Value& value,
                      const Place* place, const Value& out);
  bool visit_rest(const Schema& schema, const Value& value, const Place* place,
                  std::vector<Member>& kept);
  bool fill_in(const Schema& schema, const Value& fallback, const Place* place, Value& out);
  bool visit_key(const Schema& key, std::string_view name, const Place* place);
  bool visit_size(const Schema& schema, std::size_t size, const Place* place);

  const std::size_t most_;
  const std::size_t unions_;  // around the value that is visited
  std::size_t& tries_;
  std::size_t fills_ = 0;  // defaults that the value lies within
};

/// Near the top the question is asked again for the parts of what didn't pass as a whole; so
/// nothing is asked about more than thrice.
bool is_near_top(const Place* place) {
  return place == nullptr || place->up == nullptr || place->up->up == nullptr;
}

Outcome Validator::visit(const Schema& schema, const Value& value, const Place* place, Value& out) {
  const SchemaNode& node = SchemaNode::of(schema);
  if (is_near_top(place) && has_order(node, value) && passes_unchanged(node, value)) {
    return Outcome::same;
  }
  const auto need = [&](bool holds) {
    return holds ? Outcome::same : mismatch(schema, value, place);
  };
  switch (node.kind) {
    case Kind::nil: return need(value.is_null());
    case Kind::boolean: return need(value.kind() == Value::Kind::boolean);
    case Kind::integer: return visit_integer(schema, value, place, out);
    case Kind::number: return visit_number(schema, value, place);
    case Kind::string: return visit_string(schema, value, place);
    case Kind::bytes: return visit_bytes(schema, value, place, out);
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
    case Kind::refine: {
      const Outcome outcome = visit(*node.element, value, place, out);
      return visit_rules(node, outcome, value, place, out);
    }
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

Outcome Validator::visit_string(const Schema& schema, const Value& value, const Place* place) {
  if (value.kind() != Value::Kind::string) return mismatch(schema, value, place);
  const std::string_view text = value.as_string();
  if (!is_utf8(text)) return fault(place, "string", "string that is not UTF-8");
  if (const char* found = text_fault(schema.limits(), text)) {
    return fault(place, schema.text(), found);
  }
  const Pattern* pattern = schema.pattern();
  if (pattern == nullptr || pattern->matches(text)) return Outcome::same;
  return fault(place, schema.text(), "another string");
}

Outcome Validator::visit_bytes(const Schema& schema, const Value& value, const Place* place,
                               Value& out) {
  if (value.kind() == Value::Kind::bytes) {
    return visit_size(schema, value.size(), place) ? Outcome::same : Outcome::fault;
  }
  if (value.kind() != Value::Kind::string) return mismatch(schema, value, place);
  std::string octets;
  if (!read_base64(value.as_string(), octets)) {
    return fault(place, schema.text(), "string that is not base64");
  }
  out = Value::bytes(octets);
  return visit_size(schema, out.size(), place) ? Outcome::changed : Outcome::fault;
}

bool Validator::visit_size(const Schema& schema, std::size_t size, const Place* place) {
  const char* found = size_fault(schema.limits(), size);
  if (found == nullptr) return true;
  fault(place, schema.text(), found);
  return false;
}

Outcome Validator::visit_array(const Schema& schema, const Value& value, const Place* place,
                               Value& out) {
  if (value.kind() != Value::Kind::array) return mismatch(schema, value, place);
  const Schema& element = *schema.element();
  const bool sized = visit_size(schema, value.size(), place);
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
  if (key.kind() == Kind::string && key.limits().none() && key.pattern() == nullptr) return true;
  Validator inner(1, tries_);
  Value ignored;
  if (inner.visit(key, Value(name), nullptr, ignored) != Outcome::fault) return true;
  const Error& why = inner.faults.front();
  if (ends_union(why)) {
    faults.push_back(Error(why).path(pointer_text(place)));
  } else {
    fault(place, "a key that is " + key.text(), "another key");
  }
  return false;
}

Outcome Validator::visit_map(const Schema& schema, const Value& value, const Place* place,
                             Value& out) {
  if (value.kind() != Value::Kind::object) return mismatch(schema, value, place);
  const SchemaNode& node = SchemaNode::of(schema);
  bool changed = false;
  const std::span<const Member> members = value.members();
  const auto is_present = [&node](const Member& member) {
    return !member.value.is_null() || node.element->kind() == Kind::any;
  };
  const auto entries = std::count_if(members.begin(), members.end(), is_present);
  bool faulty = !visit_size(schema, static_cast<std::size_t>(entries), place);
  if (stop()) return Outcome::fault;
  std::vector<Member> kept;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Member& member = members[i];
    const Place at = Place::member(place, member.name);
    Value normalised;
    Outcome found = Outcome::changed;
    const bool present = is_present(member);
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
struct FoundMember {
  const Member* member = nullptr;  // null: absent, or the default
  Value normalised;
  bool changed = false;
};

bool is_reserved(const SchemaNode& node, std::string_view name) {
  return std::find(node.names.begin(), node.names.end(), name) != node.names.end();
}

/// Whether the members that the schema doesn't name all stay as they are.
bool keeps_rest(const SchemaNode& node, std::span<const Member> rest) {
  return rest.empty() || (node.unknown == UnknownFields::keep &&
                          std::none_of(rest.begin(), rest.end(), [&node](const Member& m) {
                            return m.value.is_null() || is_reserved(node, m.name);
                          }));
}

const Member* find_member(std::span<const Member> members, std::string_view name) {
  const auto at = std::find_if(members.begin(), members.end(), [name](const Member& member) {
    return same_name(member.name, name);
  });
  return at == members.end() ? nullptr : &*at;
}

Outcome Validator::visit_object(const Schema& schema, const Value& value, const Place* place,
                                Value& out) {
  if (value.kind() != Value::Kind::object) return mismatch(schema, value, place);
  const SchemaNode& node = SchemaNode::of(schema);
  const std::span<const Member> members = value.members();
  std::vector<FoundMember> found(node.members.size());
  std::size_t next = 0;  // where the next one stands if all are in the schema's order
  std::size_t known = 0;
  bool faulty = false;
  bool rebuild = false;
  for (std::size_t k = 0; k < node.members.size(); ++k) {
    const SchemaMember& wanted = node.members[k];
    const SchemaNode& inner = SchemaNode::of(wanted.schema);
    const bool in_order = next < members.size() && same_name(members[next].name, wanted.name);
    const Member* member = in_order ? &members[next] : find_member(members, wanted.name);
    rebuild = rebuild || (member != nullptr && !in_order);
    if (member != nullptr) {
      next = static_cast<std::size_t>(member - members.data()) + 1;
      ++known;
    }
    const Place at = Place::member(place, wanted.name);
    if (member == nullptr || (member->value.is_null() && inner.kind != Kind::any)) {
      rebuild = rebuild || member != nullptr || inner.fallback;
      found[k].changed = inner.fallback.has_value();
      if (inner.fallback) {
        faulty = !fill_in(wanted.schema, *inner.fallback, &at, found[k].normalised) || faulty;
      } else if (!accepts_nothing(wanted.schema)) {
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
    return visit_rules(node, faulty ? Outcome::fault : Outcome::same, value, place, out);
  }
  std::vector<Member> kept;
  for (std::size_t k = 0; k < found.size(); ++k) {
    if (found[k].member == nullptr && !found[k].changed) continue;
    if (!found[k].changed) found[k].normalised = found[k].member->value;
    kept.push_back({node.members[k].name, std::move(found[k].normalised)});
  }
  if (!visit_rest(schema, value, place, kept)) faulty = true;
  if (stop() || faulty) return Outcome::fault;
  out = Value::object_of_distinct(std::move(kept));
  return visit_rules(node, Outcome::changed, value, place, out);
}

/// A default, with the defaults that it lacks itself.
bool Validator::fill_in(const Schema& schema, const Value& fallback, const Place* place,
                        Value& out) {
  constexpr std::size_t kMostFills = 50;
  if (fills_ == kMostFills) {
    faults.push_back(Error(ErrorCode::limit_exceeded, "more than 50 defaults within each other")
                         .path(pointer_text(place)));
    return false;
  }
  ++fills_;
  const Outcome outcome = visit(schema, fallback, place, out);
  --fills_;
  if (outcome == Outcome::same) out = fallback;
  return outcome != Outcome::fault;
}

/// The members that the schema doesn't name; false if one is refused.
bool Validator::visit_rest(const Schema& schema, const Value& value, const Place* place,
                           std::vector<Member>& kept) {
  const SchemaNode& node = SchemaNode::of(schema);
  bool good = true;
  for (const Member& member : value.members()) {
    if (schema.member(member.name) != nullptr || member.value.is_null()) continue;
    if (is_reserved(node, member.name)) {
      fault(place, "no member by a reserved name",
            "the reserved name " + write_json(Value(member.name)));
      good = false;
    } else if (node.unknown == UnknownFields::reject) {
      fault(place, "no unknown field", "the unknown field " + write_json(Value(member.name)));
      good = false;
    } else if (node.unknown == UnknownFields::keep) {
      kept.push_back(member);
    }
    if (stop()) return false;
  }
  return good;
}

Outcome Validator::visit_union(const SchemaNode& node, const Value& value, const Place* place,
                               Value& out) {
  constexpr std::size_t kMostReasons = 20;
  std::vector<std::string> reasons;
  std::size_t more = 0;
  for (const SchemaMember& alternative : node.members) {
    tries_ += unions_ + 1;
    if (tries_ > kMostTries) {
      faults.push_back(
          Error(ErrorCode::limit_exceeded, "more than 2000000 tries of the alternatives of unions")
              .path(pointer_text(place)));
      return Outcome::fault;
    }
    Validator branch(1, tries_, unions_ + 1, fills_);
    const Outcome outcome = branch.visit(alternative.schema, value, nullptr, out);
    if (outcome != Outcome::fault) return outcome;
    const Error& why = branch.faults.front();
    if (ends_union(why)) {
      faults.push_back(Error(why).path(pointer_text(place) + why.path()));
      return Outcome::fault;
    }
    std::string reason = why.path().empty() ? why.message() : why.path() + ": " + why.message();
    if (std::find(reasons.begin(), reasons.end(), reason) != reasons.end()) continue;
    if (reasons.size() < kMostReasons) {
      reasons.push_back(std::move(reason));
    } else {
      ++more;
    }
  }
  std::string cause = "no alternative fits (";
  for (std::size_t i = 0; i < reasons.size(); ++i) cause += (i == 0 ? "" : "; ") + reasons[i];
  if (more != 0) cause += "; and " + std::to_string(more) + " more";
  faults.push_back(Error(ErrorCode::invalid_data, cause + ")").path(pointer_text(place)));
  return Outcome::fault;
}

Outcome Validator::visit_tagged(const Schema& schema, const Value& value, const Place* place,
                                Value& out) {
  if (value.kind() != Value::Kind::object) return mismatch(schema, value, place);
  const SchemaNode& node = SchemaNode::of(schema);
  const Value* tag = value.find(node.tag);
  if (tag == nullptr || tag->kind() != Value::Kind::string) {
    const Place at = Place::member(place, node.tag);
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

Outcome Validator::visit_rules(const SchemaNode& node, Outcome outcome, const Value& value,
                               const Place* place, const Value& out) {
  if (outcome == Outcome::fault) return outcome;
  const Value& normalised = outcome == Outcome::changed ? out : value;
  for (const SchemaRule& rule : node.rules) {
    if (!rule.holds) continue;
    bool holds = false;
    const Result<void> called =
        call_caught([&] { holds = rule.holds(normalised); }, "a schema's predicate");
    if (!called) {
      faults.push_back(Error(called.error()).path(pointer_text(place)));
    } else if (!holds) {
      fault(place, rule.expected, "another " + std::string(name(normalised.kind())));
    } else {
      continue;
    }
    return Outcome::fault;
  }
  return outcome;
}

}  // namespace

Result<Validated> Schema::validate(Value value) const {
  std::size_t tries = 0;
  Validator validator(1, tries);
  Value changed;
  switch (validator.visit(*this, value, nullptr, changed)) {
    case Outcome::same: return Validated(std::move(value));
    case Outcome::changed: return Validated(std::move(changed));
    case Outcome::fault: break;
  }
  return std::move(validator.faults.front());
}

std::vector<Error> Schema::validate_all(const Value& value, std::size_t most) const {
  std::size_t tries = 0;
  Validator validator(most, tries);
  Value changed;
  if (most > 0) static_cast<void>(validator.visit(*this, value, nullptr, changed));
  return std::move(validator.faults);
}

}  // namespace keepsake
