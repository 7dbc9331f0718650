// keepsake::datum by itself: codecs, differences, migration forth and back, compression. Prints
// what each gives; docs/codecs.md and docs/migrations.md quote it.
#include <iostream>
#include <string>
#include <vector>

#include "keepsake/compress/compressor.h"
#include "keepsake/datum/catalog.h"
#include "keepsake/datum/cbor.h"
#include "keepsake/datum/diff.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/json_patch.h"

namespace {

using namespace keepsake;

struct Pet {
  std::string name;
  std::int64_t level = 1;
};
struct Trainer {
  std::string title;
  std::vector<Pet> pets;
};

Result<std::string> json_to_cbor(std::string_view json) {
  Result<Value> value = parse_json(json, {.depth = 20, .array = 1'000, .size_bytes = 64'000});
  if (!value) return std::move(value).error();  // malformed or limit_exceeded, with line and column
  return write_cbor(*value);
}

Result<Value> from_another_program(std::string_view bytes) {
  return read_cbor(bytes, {.lenient = true});
}

void print_changes(const Value& before, const Value& after) {
  for (const Difference& difference : diff(before, after)) {
    std::cout << "  " << name(difference.kind) << " " << difference.path << '\n';
  }
  const Value patch = make_json_patch(before, after);
  std::cout << "  " << write_json(patch) << '\n';
  std::cout << "  applied, it gives the same: "
            << (apply_json_patch(before, patch).value() == after ? "yes" : "no") << '\n';
}

Schema trainer_v1() {
  return schema::object({{"name", schema::string()},
                         {"pets", schema::array(schema::string())},
                         {"score", schema::string()}});
}

Result<Catalog<Trainer>> trainer_catalog() {
  return CatalogBuilder<Trainer>("Trainers")
      .version("1", trainer_v1())
      .current("2")
      .step("1", "2",
            {change::rename("/name", "title"),
             change::each("/pets", {change::wrap("", "name"), change::add("/level", 1)}),
             change::remove("/score", "0")})
      .example("1", R"({"version":"1","name":"Ada","pets":["Rex"],"score":"0"})")
      .lock();
}

Result<std::string> one_version_down(const AnyCatalog& catalog, const Value& data) {
  MigrationReport report;
  Result<Downgraded> older = catalog.downgrade(data, "1", &report);
  if (!older) return std::move(older).error();
  return report.text() + write_json(older->data);
}

Result<std::string> stored_small(const std::vector<std::string>& dictionaries,
                                 const std::string& record) {
  Result<Compressor> compressor = Compressor::make(dictionaries);
  if (!compressor) return std::move(compressor).error();
  return compressor->compress(record);
}

}  // namespace

int main() {
  const std::string json = R"({"version":"1","name":"Ada","pets":["Rex","Tom"],"score":"12"})";
  const std::string cbor = json_to_cbor(json).value();
  std::cout << json.size() << " bytes as JSON, " << cbor.size() << " as CBOR\n";
  const Value data = from_another_program(cbor).value();

  const AnyCatalog catalog = trainer_catalog().value();
  MigrationReport report;
  const Value newer = catalog.import_data(data, &report).value().data;
  std::cout << report.text() << write_json(newer) << '\n';
  std::cout << one_version_down(catalog, newer).value() << '\n';

  Value edited = newer;
  edited.find_mutable("pets")->erase(0);
  edited.set("title", "Countess");
  print_changes(newer, edited);

  const std::string long_record(600, 'a');
  std::cout << long_record.size() << " bytes, compressed "
            << stored_small({}, long_record).value().size() << '\n';
  return 0;
}
