// Errors of data: texts, schemas, catalogs and their steps.
#include <string>

#include "keepsake/datum/change_form.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/json_schema.h"
#include "src/store/purse_test_game.h"
#include "tests/error_scenarios.h"

namespace keepsake::test {

namespace {

CatalogBuilder<Purse> two_versions() {
  return CatalogBuilder<Purse>("Purses").version("1", first_purse()).current("2");
}

Change with_things() { return change::add("/things", Value::array({})); }

}  // namespace

std::vector<ErrorScenario> data_errors() {
  using enum ErrorCode;
  return {
      {malformed, [] { return error_of(parse_json(R"({"gold":)")); }},
      {invalid_data,
       [] { return error_of(purses().decode(R"({"version":"2","gold":-1,"things":[]})", "2")); }},
      {limit_exceeded,
       [] { return error_of(parse_json(std::string(101, '[') + std::string(101, ']'))); }},
      {invalid_schema, [] { return error_of(from_json_schema(parse_json("3").value())); }},
      {version_unknown,
       [] {
         const AnyCatalog catalog = purses();
         return error_of(catalog.import_data(Value::object({{"version", "9"}, {"gold", 1}})));
       }},
      {version_mismatch,
       [] { return error_of(purses().decode(R"({"version":"1","gold":1})", "2")); }},
      {step_failed,
       [] {
         const auto step = [](Value) -> Result<Value> { return refuse("not_this_one"); };
         const auto catalog = two_versions().step("1", "2", step).lock().value();
         return error_of(catalog.decode(R"({"version":"1","gold":1})", "1"));
       }},
      {step_unknown,
       [] {
         return error_of(
             changes_from(parse_json(R"([{"op":"convert","at":"/gold","as":"rot13"}])").value()));
       }},
      {no_path, [] { return error_of(two_versions().lock()); }},
      {duplicate_edge,
       [] {
         return error_of(
             two_versions().step("1", "2", {with_things()}).step("1", "2", {with_things()}).lock());
       }},
      {cycle,
       [] {
         return error_of(two_versions()
                             .step("1", "2", {with_things()})
                             .step("2", "1", {change::remove("/things", Value::array({}))})
                             .lock());
       }},
      {needs_newer_server,
       [] {
         World world;
         put(world, "p", R"({"version":"3","gold":1,"things":[],"title":""})", "3", 3);
         return error_of(try_load(world, play(world, "a").purses, "p"));
       }},
  };
}

}  // namespace keepsake::test
