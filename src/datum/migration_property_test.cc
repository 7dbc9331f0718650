// What holds of every declared step that a plan has proved: what it takes up comes down as it was,
// fields that no schema knows, too.
#include <optional>
#include <set>

#include "keepsake/datum/change_form.h"
#include "keepsake/datum/migration.h"
#include "src/datum/pointer.h"
#include "src/datum/random_test_data.h"
#include "src/datum/recipe.h"

namespace keepsake {
namespace {

using Changes = std::vector<Change>;

constexpr int kDepth = 2;  // of changes within changes

/// A plan of one step between data of these schemas, if it can be proved.
Result<Plan> plan_of(const Schema& before, const Changes& changes,
                     const Schema& after = schema::any()) {
  Plan plan;
  plan.add("1", "2", changes).value();
  Result<void> locked =
      plan.lock([&](std::string_view version) { return version == "1" ? &before : &after; });
  if (!locked) return std::move(locked).error();
  return plan;
}

/// The pointers of what is in an object, and in the objects in it.
void collect(const Value& value, const std::string& at, std::vector<std::string>& pointers) {
  if (value.kind() != Value::Kind::object) return;
  for (const Member& member : value.members()) {
    if (member.value.is_null()) continue;
    const std::string place = pointer_below(at, member.name);
    pointers.push_back(place);
    collect(member.value, place, pointers);
  }
}

/// What a pointer of collect() leads to.
const Value& resolve(const Value& value, const std::string& at) {
  const std::vector<std::string> names = split_pointer(at).value();
  const Value* there = &value;
  for (const std::string& name : names) there = there->find(name);
  return *there;
}

Value new_value(Choices& c) {
  const Value made = random_scalar(c);
  return made.is_null() ? Value::object() : made;
}

std::string fresh_name(Choices& c) { return "new" + random_name(c) + random_name(c); }

/// One of the elements of a list or map, if it has any.
Value one_element(const Value& value) {
  if (value.size() == 0) return {};
  if (value.kind() == Value::Kind::array) return value.items()[0];
  return value.kind() == Value::Kind::object ? value.members()[0].value : Value();
}

/// A change that may do something to `data`. None adds to an object that other data may lack: where
/// it has to be made, it comes back empty, or not at all (docs/migrations.md). A proof doesn't see
/// where a condition holds.
Change random_change(Choices& c, const Value& data, bool conditions, int depth) {
  std::vector<std::string> places{""};
  collect(data, "", places);
  const std::string at = places[c.below(places.size())];
  const Value& there = resolve(data, at);
  const bool whole = depth == kDepth;  // and not an element, beside which there are others
  const std::size_t which = at.empty() ? 4 + c.below(4) : c.below(10);
  switch (which) {
    case 0: return change::rename(at, fresh_name(c));
    case 1:
      return change::move(at, "/" + fresh_name(c) + (whole && c.coin() ? "/" + fresh_name(c) : ""));
    case 2: return whole ? change::remove(at, there) : change::rename(at, fresh_name(c));
    case 3:
      if (whole && there.kind() == Value::Kind::object && there.size() == 1 &&
          !there.members()[0].value.is_null()) {
        return change::unwrap(at, there.members()[0].name);
      }
      return change::convert(at, there.kind() == Value::Kind::string
                                     ? Conversion::string_to_integer
                                     : Conversion::integer_to_string);
    case 4: return change::add((whole ? at : "") + "/" + fresh_name(c), new_value(c));
    case 5: return change::wrap(at, fresh_name(c));
    case 6: {
      if (!conditions) break;
      const Condition condition =
          c.coin() ? change::present(at) : change::has_kind(at, data.kind());
      return change::when(condition, {change::add("/" + fresh_name(c), new_value(c))});
    }
    default: break;
  }
  Changes parts;
  if (depth > 0) parts.push_back(random_change(c, one_element(there), conditions, depth - 1));
  if (there.kind() == Value::Kind::array) return change::each(at, parts);
  return change::map_values(at, parts);
}

/// Changes that the plan takes one after another, each made for the data that the ones before give.
Changes random_changes(Choices& c, const Schema& before, const Value& data, bool conditions) {
  Changes changes;
  Value now = data;
  for (std::size_t n = 1 + c.below(6); n > 0; --n) {
    Changes more = changes;
    more.push_back(random_change(c, now, conditions, kDepth));
    Value next = now;
    if (!plan_of(before, more) || !more.back().apply(next)) continue;
    changes = std::move(more);
    now = std::move(next);
  }
  return changes;
}

/// The schema that this data has and hardly any other: a list's items are as the first one.
Schema schema_like(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: return schema::any();
    case Value::Kind::boolean: return schema::boolean();
    case Value::Kind::integer: return schema::integer();
    case Value::Kind::number: return schema::number();
    case Value::Kind::string: return schema::string();
    case Value::Kind::bytes: return schema::bytes();
    case Value::Kind::array:
      return schema::array(value.size() == 0 ? schema::any() : schema_like(value.items()[0]));
    case Value::Kind::object: break;
  }
  std::vector<SchemaMember> members;
  for (const Member& member : value.members()) {
    members.push_back({std::string(member.name), schema_like(member.value)});
  }
  return schema::strict_object(std::move(members));
}

/// Without nulls, which are absent to a change also where `any` keeps them, and without empty
/// objects, which is what objects come back as that a change had to make.
Value essence(const Value& value) {
  if (value.kind() == Value::Kind::array) {
    Value items = Value::array();
    for (const Value& item : value.items()) items.push_back(essence(item));
    return items;
  }
  if (value.kind() != Value::Kind::object) return value;
  Value members = Value::object();
  for (const Member& member : value.members()) {
    Value kept = essence(member.value);
    const bool empty = kept.kind() == Value::Kind::object && kept.size() == 0;
    if (!kept.is_null() && !empty) members.set(member.name, std::move(kept));
  }
  return members;
}

struct Case {
  Schema schema;
  Value data;  // validated
  Changes changes;
};

void showValue(const Case& shown, std::ostream& out) {
  out << write_json(to_json_schema(shown.schema)) << "\n"
      << write_json(shown.data) << "\n"
      << write_json(form_of(shown.changes));
}

/// As a catalog has it: with the version first.
Case case_of(Choices& c, const Schema& object, const Value& data, bool conditions) {
  const Schema schema = object.with_first("version", schema::literal("1"));
  Value versioned = data;
  versioned.set("version", "1");
  const Result<Validated> valid = schema.validate(versioned);
  if (!valid) {
    const Schema version = schema::object({{"version", schema::literal("1")}});
    return Case{version, Value::object({{"version", "1"}}), {}};
  }
  return Case{schema, valid->value(), random_changes(c, schema, valid->value(), conditions)};
}

rc::Gen<Case> cases() {
  return made_by(
      [](Choices& c) {
        const Schema schema = RandomSchemas(c, false).object(3).unknown_fields(UnknownFields::keep);
        return case_of(c, schema, fitting_value(c, schema), true);
      },
      400);
}

RC_GTEST_PROP(MigrationProperty, WhatGoesUpAndComesDownIsAsItWas, ()) {
  const Case tried = *cases();
  const Plan plan = plan_of(tried.schema, tried.changes).value();
  const auto of_version = [&](std::string_view version) {
    return version == "1" ? &tried.schema : nullptr;
  };
  std::vector<Displaced> displaced;
  const Result<Value> newer = plan.migrate(tried.data, "1", "2", of_version, displaced);
  if (!newer) RC_FAIL(newer.error().text());
  RC_ASSERT(newer->find("version")->as_string() == "2");
  RC_PRE(plan.way_back("2", "1").has_value());
  Result<Value> older = plan.migrate_back(*newer, "2", "1", of_version, displaced);
  if (!older) RC_FAIL(older.error().text());
  RC_ASSERT(displaced.empty());
  RC_ASSERT(essence(*older) == essence(tried.data));
}

RC_GTEST_PROP(MigrationProperty, AStepIsProvedBetweenTheSchemasOfWhatItTakesAndMakes, ()) {
  const Case tried = *made_by(
      [](Choices& c) {
        const Value data = essence(fitting_value(c, RandomSchemas(c, false).object(3)));
        return case_of(c, schema_like(data), data, false);
      },
      400);
  Value made = tried.data;
  for (const Change& change : tried.changes) RC_ASSERT(change.apply(made).has_value());
  made.set("version", "2");
  const Schema after = schema_like(made);
  RC_PRE(after.validate(made).has_value());
  const Result<Plan> plan = plan_of(tried.schema, tried.changes, after);
  if (!plan) RC_FAIL(plan.error().text());
}

RC_GTEST_PROP(MigrationProperty, AStepReadBackFromItsFormDoesTheSame, ()) {
  const Case tried = *cases();
  const Changes read = changes_from(form_of(tried.changes)).value();
  RC_ASSERT(form_of(read) == form_of(tried.changes));
  Value first = tried.data;
  Value second = tried.data;
  for (std::size_t i = 0; i < read.size(); ++i) {
    RC_ASSERT(tried.changes[i].apply(first).has_value());
    RC_ASSERT(read[i].apply(second).has_value());
  }
  RC_ASSERT(write_json(first) == write_json(second));
}

/// What changes and schema make of the data one change after another, or an error's text.
std::string by_changes(const Case& tried, const Schema& after) {
  const Plan plan = plan_of(tried.schema, tried.changes, after).value();
  const auto of_version = [&](std::string_view version) {
    return version == "1" ? &tried.schema : &after;
  };
  std::vector<Displaced> displaced;
  MigrationReport report;  // for which each change is made by itself
  const Result<Value> made = plan.migrate(tried.data, "1", "2", of_version, displaced, &report);
  if (!made) return made.error().text();
  std::string text = write_json(*made);
  for (const Displaced& one : displaced) text += " without " + one.pointer;
  return text;
}

/// A step between a schema and that of what its changes make of some data, or any; and other data.
struct Step {
  Case of;
  Schema after;
};

void showValue(const Step& shown, std::ostream& out) {
  showValue(shown.of, out);
  out << "\n" << write_json(to_json_schema(shown.after));
}

Step random_step(Choices& c) {
  const bool keep = c.coin();
  const UnknownFields unknown = keep ? UnknownFields::keep : UnknownFields::reject;
  const Schema schema = RandomSchemas(c, false).object(3).unknown_fields(unknown);
  const Value data = fitting_value(c, schema);
  const Value other = fitting_value(c, schema);
  Case tried = case_of(c, schema, data, false);
  Value made = tried.data;
  for (const Change& change : tried.changes) change.apply(made).value();
  made.set("version", "2");
  Schema after = c.coin() ? schema::any() : schema_like(made).unknown_fields(unknown);
  if (!plan_of(tried.schema, tried.changes, after)) after = schema::any();
  if (c.coin()) {
    Value versioned = other;
    versioned.set("version", "1");
    if (Result<Validated> valid = tried.schema.validate(versioned)) tried.data = valid->value();
  }
  return {std::move(tried), std::move(after)};
}

RC_GTEST_PROP(MigrationProperty, ARecipeMakesWhatTheChangesMakeOrNothing, ()) {
  const Step step = *made_by(random_step, 400);
  const auto& [tried, after] = step;
  const auto recipe = Recipe::of(tried.changes, tried.schema, after, "2");
  if (recipe == nullptr) RC_DISCARD("there is none");
  const std::optional<Value> made = recipe->make(tried.data);
  RC_PRE(made.has_value());
  RC_ASSERT(write_json(*made) == by_changes(tried, after));
}

// What the properties stand on.
TEST(RandomSteps, MostlyHaveRecipesWhichMostlyMakeSomething) {
  rc::Random random(0x4E);
  int with_recipe = 0;
  int made = 0;
  for (int i = 0; i < 1000; ++i) {
    const Step step = made_by(random_step, 400)(random.split(), rc::kNominalSize).value();
    const auto recipe = Recipe::of(step.of.changes, step.of.schema, step.after, "2");
    if (recipe == nullptr || step.of.changes.empty()) continue;
    ++with_recipe;
    if (recipe->make(step.of.data)) ++made;
  }
  EXPECT_GT(with_recipe, 150);
  EXPECT_GT(made, 100);
}

TEST(RandomChanges, AreMostlySomeAndOfEveryKind) {
  std::set<Change::Kind> kinds;
  int with_changes = 0;
  rc::Random random(0x316);
  for (int i = 0; i < 1000; ++i) {
    const Case tried = cases()(random.split(), rc::kNominalSize).value();
    if (!tried.changes.empty()) ++with_changes;
    for (const Change& change : tried.changes) kinds.insert(change.kind());
  }
  EXPECT_GT(with_changes, 600);
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(Change::Kind::when) + 1);
}

}  // namespace
}  // namespace keepsake
