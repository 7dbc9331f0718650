#include "src/datum/plan_proof.h"

#include <set>
#include <utility>

#include "keepsake/base/function_ref.h"
#include "keepsake/datum/json.h"
#include "src/datum/change_parts.h"
#include "src/datum/example_value.h"
#include "src/datum/json_write.h"
#include "src/datum/pointer.h"
#include "src/datum/schema_node.h"
#include "src/datum/shape.h"

namespace keepsake {

namespace {

using Form = Shape::Form;
using P = ChangeParts;

/// Tries the changes on a shape.
class Trial {
 public:
  Trial(const std::string& step, const std::string& from) : step_(step), from_(from) {}

  /// `prefix`: the place of `scope` in the whole.
  Result<void> run(std::vector<Change>& changes, Shape& scope, const std::string& prefix) {
    for (Change& change : changes) {
      Result<void> done = run(change, scope, prefix);
      if (!done) return done;
    }
    return {};
  }

 private:
  [[nodiscard]] Error fault(const Change& change, const std::string& why,
                            const std::string& pointer) const {
    return Error(ErrorCode::invalid_schema, "step " + step_ + ", " + change.text() + ": " + why)
        .path(pointer);
  }

  Result<void> run(Change& change, Shape& scope, const std::string& prefix) {
    const Names& at = P::at(change);
    const std::string pointer = prefix + pointer_of(at);
    if (prefix.empty() && names_version(change)) {
      return fault(change, "the version is the plan's own", "/version");
    }
    if (change.kind() == Change::Kind::when) return run_when(change, scope, prefix);
    if (change.kind() == Change::Kind::add) {
      return put_there(change, scope, at, prefix, Shape::of(P::value(change)));
    }
    if (change.kind() == Change::Kind::remove) return take(scope, at), Result<void>();
    const Found found = find(scope, at);
    if (found.shape == nullptr && found.unknown) return run_unknown(change, scope, prefix);
    if (found.shape == nullptr) {
      return fault(change, "version " + from_ + " and the changes before have nothing there",
                   pointer);
    }
    Shape& shape = *found.shape;
    switch (change.kind()) {
      case Change::Kind::rename: return move_there(change, scope, renamed(change), prefix, shape);
      case Change::Kind::move: return move_there(change, scope, P::to(change), prefix, shape);
      case Change::Kind::wrap: {
        Shape wrapped = Shape::object();
        wrapped.optional = std::exchange(shape.optional, false);
        wrapped.members.push_back({P::name(change), std::move(shape)});
        shape = std::move(wrapped);
        return {};
      }
      case Change::Kind::unwrap: return unwrap(change, shape, pointer);
      case Change::Kind::convert: {
        const bool optional = shape.optional;
        shape = Shape{.form = Form::unknown, .optional = optional};
        return {};
      }
      default: return run_parts(change, shape, pointer);
    }
  }

  /// Of what may be there or not, as an entry of a map: it may come to another place.
  Result<void> run_unknown(Change& change, Shape& scope, const std::string& prefix) {
    Shape moved{.form = Form::unknown, .optional = true};
    if (change.kind() == Change::Kind::move) {
      return put_there(change, scope, P::to(change), prefix, std::move(moved));
    }
    if (change.kind() != Change::Kind::rename) return {};
    return put_there(change, scope, renamed(change), prefix, std::move(moved));
  }

  static Names renamed(const Change& change) {
    Names to = P::at(change);
    to.back() = P::name(change);
    return to;
  }

  static bool names_version(const Change& change) {
    const auto is_version = [](const Names& place) {
      return !place.empty() && place.front() == "version";
    };
    const bool renamed = change.kind() == Change::Kind::rename && P::at(change).size() == 1 &&
                         P::name(change) == "version";
    const bool each_member = change.kind() == Change::Kind::map_values && P::at(change).empty();
    return is_version(P::at(change)) || is_version(P::to(change)) || renamed || each_member;
  }

  Result<void> put_there(Change& change, Shape& scope, const Names& to, const std::string& prefix,
                         Shape shape) {
    const Put outcome = put(scope, to, std::move(shape));
    const std::string pointer = prefix + pointer_of(to);
    if (outcome.blocked) return fault(change, "what is no object stands in the way", pointer);
    if (outcome.occupied) {
      return fault(change, "version " + from_ + " has something there, which would be lost",
                   pointer);
    }
    P::made(change) = outcome.made;
    return {};
  }

  Result<void> move_there(Change& change, Shape& scope, const Names& to, const std::string& prefix,
                          Shape& shape) {
    Shape moved = std::move(shape);
    take(scope, P::at(change));
    return put_there(change, scope, to, prefix, std::move(moved));
  }

  Result<void> unwrap(Change& change, Shape& shape, const std::string& pointer) {
    if (shape.form == Form::unknown || shape.form == Form::map) return {};
    Shape* inner = shape.form == Form::object ? shape.find(P::name(change)) : nullptr;
    if (inner == nullptr) {
      return fault(change, "version " + from_ + " and the changes before have no such member there",
                   pointer);
    }
    P::lossy(change) = shape.members.size() > 1;
    Shape unwrapped = std::move(*inner);
    unwrapped.optional = unwrapped.optional || shape.optional;
    shape = std::move(unwrapped);
    return {};
  }

  Result<void> run_parts(Change& change, Shape& shape, const std::string& pointer) {
    if (shape.form == Form::unknown) return {};
    const bool each = change.kind() == Change::Kind::each;
    if (!each && shape.form == Form::object) {
      for (auto& [name, member] : shape.members) {
        Result<void> done = run(P::parts(change), member, pointer_below(pointer, name));
        if (!done) return done;
      }
      return {};
    }
    if (shape.form != (each ? Form::list : Form::map)) {
      return fault(change, std::string("what is there is no ") + (each ? "array" : "map"), pointer);
    }
    return run(P::parts(change), shape.element.front(), pointer + "/*");
  }

  Result<void> run_when(Change& change, Shape& scope, const std::string& prefix) {
    Shape with = scope;
    Shape without = scope;
    const Condition& condition = P::conditions(change).front();
    const Names& at = P::at(condition);
    const bool absent = P::kind(condition) == Condition::Kind::absent;
    const auto there = [&](Shape& shape) {
      const Found found = find(shape, at);
      if (found.shape != nullptr) {
        found.shape->optional = false;
      } else if (!found.unknown && !at.empty()) {
        static_cast<void>(put(shape, at, Shape{}));
      }
    };
    if (absent && !at.empty()) take(with, at);
    if (absent) there(without);
    if (!absent) there(with);
    if (P::kind(condition) == Condition::Kind::present && !at.empty()) take(without, at);
    Result<void> done = run(P::parts(change), with, prefix);
    if (!done) return done;
    scope = always_holds(scope, condition) ? std::move(with)
                                           : merge(std::move(with), std::move(without));
    return {};
  }

  /// Whether the schema has the very literal there that the condition asks for.
  static bool always_holds(Shape& scope, const Condition& condition) {
    if (P::kind(condition) != Condition::Kind::equals) return false;
    const Found found = find(scope, P::at(condition));
    if (found.shape == nullptr || found.shape->optional || found.shape->form != Form::plain ||
        found.shape->schema == nullptr) {
      return false;
    }
    const Schema& schema = bare(*found.shape->schema);
    return schema.kind() == Schema::Kind::literal && schema.literal() == P::value(condition);
  }

  const std::string& step_;
  const std::string& from_;
};

/// Holds a shape against the newer version's schema.
class Comparison {
 public:
  Comparison(const std::string& step, const std::string& to) : step_(step), to_(to) {}

  Result<void> compare(Shape shape, const Schema& wanted, const std::string& pointer) {
    const Schema& schema = bare(wanted);
    if (shape.form == Form::plain && shape.value) return hold_value(*shape.value, wanted, pointer);
    if (shape.form == Form::plain && !seen_.emplace(shape.schema, &wanted).second) return {};
    const Schema* before = shape.form == Form::plain ? &bare(*shape.schema) : nullptr;
    expand(shape);
    switch (schema.kind()) {
      case Schema::Kind::any:
      case Schema::Kind::union_of:
      case Schema::Kind::tagged_union: return {};
      default: break;
    }
    switch (shape.form) {
      case Form::unknown: return {};
      case Form::object: return compare_object(shape, schema, pointer);
      case Form::list:
      case Form::map: {
        const bool is_list = shape.form == Form::list;
        const bool fits =
            is_list ? schema.kind() == Schema::Kind::array ||
                          schema.kind() == Schema::Kind::strict_array
                    : schema.kind() == Schema::Kind::map || schema.kind() == Schema::Kind::object;
        if (!fits) return mismatch(is_list ? "array" : "map", schema, pointer);
        if (schema.kind() == Schema::Kind::object) return {};
        return compare_within(is_list ? "each" : "map_values", std::move(shape.element.front()),
                              *schema.element(), pointer + "/*");
      }
      case Form::plain: return compare_scalars(*before, schema, pointer);
    }
    return {};
  }

 private:
  [[nodiscard]] Error fault(const std::string& why, const std::string& pointer) const {
    return Error(ErrorCode::invalid_schema, "step " + step_ + " " + why).path(pointer);
  }
  [[nodiscard]] Error mismatch(std::string_view found, const Schema& schema,
                               const std::string& pointer) const {
    return fault("leaves what version " + to_ + " refuses", pointer)
        .expected(schema.text())
        .found(found);
  }

  Result<void> hold_value(const Value& value, const Schema& wanted, const std::string& pointer) {
    const Result<Validated> fits = wanted.validate(value);
    if (fits) return {};
    return fault("adds what version " + to_ + " refuses", pointer + fits.error().path())
        .expected(fits.error().expected())
        .found(fits.error().found());
  }

  Result<void> compare_object(Shape& shape, const Schema& schema, const std::string& pointer) {
    if (schema.kind() == Schema::Kind::map) {
      for (auto& [name, member] : shape.members) {
        Result<void> done =
            compare(std::move(member), *schema.element(), pointer_below(pointer, name));
        if (!done) return done;
      }
      return {};
    }
    if (schema.kind() != Schema::Kind::object) return mismatch("object", schema, pointer);
    for (const SchemaMember& wanted : schema.members()) {
      if (pointer.empty() && wanted.name == "version") continue;  // the plan's own
      Result<void> done = compare_member(shape.find(wanted.name), wanted, pointer);
      if (!done) return done;
    }
    if (schema.unknown_fields() != UnknownFields::reject) return {};
    for (const auto& [name, member] : shape.members) {
      if (schema.member(name) != nullptr) continue;
      return fault("leaves a member that version " + to_ + " doesn't know", pointer)
          .found(write_json(Value(name)))
          .remedy(added(pointer, name,
                        [](const std::string& place) { return "change::remove(" + place + ")"; }));
    }
    return {};
  }

  Result<void> compare_member(Shape* found, const SchemaMember& wanted,
                              const std::string& pointer) {
    const std::string inner = pointer_below(pointer, wanted.name);
    const bool required = !accepts_nothing(wanted.schema);
    const auto add = [value = example_text(wanted.schema)](const std::string& place) {
      return "change::add(" + place + ", " + value + ")";
    };
    if (found == nullptr) {
      if (!required) return {};
      return fault("doesn't make what version " + to_ + " asks for", inner)
          .expected(wanted.schema.text())
          .remedy(added(pointer, wanted.name, add));
    }
    if (found->optional && required) {
      const auto add_if_absent = [&add](const std::string& place) {
        return "change::when(change::absent(" + place + "), {" + add(place) + "})";
      };
      return fault("leaves absent, in some data, what version " + to_ + " asks for", inner)
          .expected(wanted.schema.text())
          .remedy(added(pointer, wanted.name, add_if_absent));
    }
    if (!found->optional) return compare(std::move(*found), wanted.schema, inner);
    return compare_within("present", std::move(*found), wanted.schema, inner);
  }

  Result<void> compare_within(const char* what, Shape shape, const Schema& wanted,
                              const std::string& pointer) {
    within_.push_back({what, pointer.size()});
    Result<void> done = compare(std::move(shape), wanted, pointer);
    within_.pop_back();
    return done;
  }

  /// Tells to add a change of that member of the object at the pointer, put into the changes of
  /// those that it lies within; `change` makes it out of the member's place there.
  std::string added(const std::string& pointer, const std::string& member,
                    FunctionRef<std::string(const std::string&)> change) const {
    std::string text = "add ";
    std::string end;
    std::size_t begin = 0;  // of the place in the list or map that was entered last
    for (const Within& within : within_) {
      const bool present = within.what == std::string_view("present");
      const std::size_t size = within.end - begin - (present ? 0 : std::string_view("/*").size());
      const std::string place = quoted(pointer.substr(begin, size));
      text += present ? "change::when(change::present(" + place + "), {"
                      : std::string("change::") + within.what + "(" + place + ", {";
      end += "})";
      if (!present) begin = within.end;
    }
    return text + change(quoted(pointer_below(pointer.substr(begin), member))) + end + " to it";
  }

  Result<void> compare_scalars(const Schema& before, const Schema& after,
                               const std::string& pointer) {
    using K = Schema::Kind;
    if (before.kind() == K::literal) {
      return after.validate(before.literal()) ? Result<void>()
                                              : mismatch(before.text(), after, pointer);
    }
    const bool is_word = before.kind() == K::string || before.kind() == K::enumeration;
    if (after.kind() == K::literal) {
      const bool may_fit = is_word ? after.literal().kind() == Value::Kind::string
                                   : before.validate(after.literal()).has_value();
      return may_fit ? Result<void>() : mismatch(before.text(), after, pointer);
    }
    const bool fits = before.kind() == after.kind() ||
                      (before.kind() == K::integer && after.kind() == K::number) ||
                      (is_word && (after.kind() == K::string || after.kind() == K::enumeration));
    return fits ? Result<void>() : mismatch(before.text(), after, pointer);
  }

  const std::string& step_;
  const std::string& to_;
  std::set<std::pair<const Schema*, const Schema*>> seen_;
  /// What the comparison is within: the elements of a list ("each") or map ("map_values"), or what
  /// is not always there ("present"); and where that ends in the pointer.
  struct Within {
    const char* what = nullptr;
    std::size_t end = 0;
  };
  std::vector<Within> within_;
};

}  // namespace

Result<void> prove_step(const std::string& from, const std::string& to, const Schema& before,
                        const Schema& after, std::vector<Change>& changes) {
  const std::string step = from + " -> " + to;
  Shape shape = Shape::of(before);
  expand(shape);
  Result<void> tried = Trial(step, from).run(changes, shape, "");
  if (!tried) return tried;
  return Comparison(step, to).compare(std::move(shape), after, "");
}

}  // namespace keepsake
