// What holds of every schema and every value: encoding what a schema takes and reading it again
// gives the same, in both codecs; and a schema that is read back from its JSON Schema means the
// same.
#include <set>

#include "keepsake/datum/cbor.h"
#include "src/datum/random_test_data.h"

namespace keepsake {
namespace {

/// Verdict and outcome, all in one line.
std::string behaviour(const Schema& schema, const Value& value) {
  const Result<Validated> validated = schema.validate(value);
  return validated ? "takes " + write_json(validated->value()) : validated.error().text();
}

RC_GTEST_PROP(SchemaProperty, WhatIsTakenIsSettledAndComesBackThroughBothCodecs, ()) {
  const Schema schema = *schemas();
  const Value value = *values_about(schema);
  const Result<Validated> taken = schema.validate(value);
  RC_PRE(taken.has_value());
  const Value& once = taken->value();
  const auto settled = [&](const Value& same) {
    return write_json(schema.validate(same).value().value()) == write_json(once);
  };
  RC_ASSERT(settled(once));
  RC_ASSERT(settled(parse_json(write_json(once)).value()));
  RC_ASSERT(schema.validate(read_cbor(write_cbor(once)).value()).value().value() == once);
}

RC_GTEST_PROP(SchemaProperty, TheFirstOfAllFaultsIsTheOneThatValidateTells, ()) {
  const Schema schema = *schemas();
  const Value value = *values_about(schema);
  const std::vector<Error> all = schema.validate_all(value);
  const Result<Validated> validated = schema.validate(value);
  RC_ASSERT(all.empty() == validated.has_value());
  if (all.empty()) return;
  RC_ASSERT(all.front() == validated.error());
  std::set<std::string> texts;
  for (const Error& error : all) texts.insert(error.text());
  RC_ASSERT(texts.size() == all.size());
}

RC_GTEST_PROP(SchemaProperty, MeansTheSameWhenReadBackFromItsJsonSchema, ()) {
  const Schema schema = *made_by([](Choices& c) { return RandomSchemas(c, false).next(4); });
  const Value document = parse_json(write_json(to_json_schema(schema))).value();
  const Schema read = from_json_schema(document).value();
  for (int i = 0; i < 5; ++i) {
    const Value value = *values_about(schema);
    RC_ASSERT(behaviour(read, value) == behaviour(schema, value));
  }
  const Value again = to_json_schema(read);
  RC_ASSERT(write_json(to_json_schema(from_json_schema(again).value())) == write_json(again));
}

RC_GTEST_PROP(SchemaProperty, PredicatesAreListedWhenReadBack, ()) {
  const Schema schema = *schemas();
  std::vector<std::string> unheld;
  const Schema read = from_json_schema(to_json_schema(schema), &unheld).value();
  if (!unheld.empty()) return;
  const Value value = *values_about(schema);
  RC_ASSERT(behaviour(read, value) == behaviour(schema, value));
}

// What the properties stand on.
TEST(RandomTestData, HasSchemasOfEveryKindAndValuesOfBothVerdicts) {
  std::set<Schema::Kind> kinds;
  int taken = 0;
  constexpr int kRuns = 2000;
  rc::Random random(0x5C4E3A);
  for (int i = 0; i < kRuns; ++i) {
    const Schema schema = schemas()(random.split(), rc::kNominalSize).value();
    kinds.insert(schema.kind());
    const Value value = values_about(schema)(random.split(), rc::kNominalSize).value();
    if (schema.validate(value)) ++taken;
  }
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(Schema::Kind::refine) + 1);
  EXPECT_GT(taken, kRuns / 3);
  EXPECT_LT(taken, kRuns * 4 / 5);
}

}  // namespace
}  // namespace keepsake
