// Two JSON texts, one line each: a declared step and data. Reading the step never crashes, and what
// was read has that very form again; with the schema that the data itself has, a step that is
// proved and has a way back takes the data forth and gives it back as it was.

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "fuzz/lines.h"
#include "keepsake/datum/change_form.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/migration.h"

namespace {

using namespace keepsake;

/// The schema of data like this; lists take after their first item.
Schema schema_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::boolean: return schema::boolean();
    case Value::Kind::integer: return schema::integer();
    case Value::Kind::number: return schema::number();
    case Value::Kind::string: return schema::string();
    case Value::Kind::array:
      return schema::array(value.size() == 0 ? schema::nil() : schema_of(value.items().front()));
    case Value::Kind::object: {
      std::vector<SchemaMember> members;
      for (const Member& member : value.members()) {
        members.push_back({std::string(member.name), schema_of(member.value)});
      }
      return schema::strict_object(std::move(members));
    }
    default: return schema::nil();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::optional<fuzz::TwoValues> input = fuzz::two_values(data, size);
  if (!input) return 0;
  const auto& [form, value] = *input;
  const Result<std::vector<Change>> changes = changes_from(form);
  if (!changes) return 0;
  if (!(form_of(*changes) == form)) std::abort();
  const Schema before = schema_of(value);
  Result<Validated> valid = before.validate(value);
  if (!valid || valid->value().find("version") != nullptr) return 0;
  const auto of_version = [&](std::string_view version) {
    return version == "1" ? &before : nullptr;
  };
  Plan plan;
  plan.add("1", "2", *changes).value();
  const Schema anything = schema::any();
  const auto for_proof = [&](std::string_view version) {
    return version == "1" ? &before : &anything;
  };
  if (!plan.lock(for_proof)) return 0;
  std::vector<Displaced> displaced;
  Value expected = valid->value();
  Result<Value> newer = plan.migrate(expected, "1", "2", of_version, displaced);
  if (!newer || !plan.way_back("2", "1")) return 0;
  const Result<Value> older = plan.migrate_back(*newer, "2", "1", of_version, displaced);
  if (!older) return 0;
  // What was removed comes back as the step says; conditions on "version" are the plan's own.
  const auto loses = [](const auto& self, const std::vector<Change>& list) -> bool {
    for (const Change& change : list) {
      if (change.kind() == Change::Kind::remove || change.kind() == Change::Kind::when) return true;
      if (self(self, change.parts())) return true;
    }
    return false;
  };
  if (loses(loses, *changes) || value.kind() != Value::Kind::object) return 0;
  expected.set("version", "1");
  if (!(*older == expected)) std::abort();
  return 0;
}
