#include "keepsake/datum/catalog.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "keepsake/datum/cbor.h"
#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

struct Hero {
  std::string title;
  std::int64_t power = 1;
};
struct Versioned {
  std::string version;
};

Schema first() { return schema::object({{"name", schema::string()}}); }
std::initializer_list<Change> step() {
  static const std::initializer_list<Change> kStep{change::rename("/name", "title"),
                                                   change::add("/power", 5)};
  return kStep;
}
CatalogBuilder<Hero> builder() {
  return CatalogBuilder<Hero>("Heroes").version("a", first()).current("b");
}
AnyCatalog heroes() { return builder().compatible_with("a").step("a", "b", step()).lock().value(); }
std::string contradiction(auto&& parts) { return parts.lock().error().text(); }

TEST(Catalog, UpgradesStoredDataAndSaysSo) {
  const AnyCatalog catalog = heroes();
  const Result<Upgraded> old = catalog.upgrade(R"({"version":"a","name":"Ada","x":1})", "a");
  ASSERT_TRUE(old.has_value()) << old.error().text();
  EXPECT_TRUE(old->migrated);
  EXPECT_EQ(catalog.encode(old->data), R"({"version":"b","title":"Ada","power":5,"x":1})");
  const Result<Upgraded> now = catalog.upgrade(R"({"power":1,"version":"b","title":""})", "b");
  ASSERT_TRUE(now.has_value()) << now.error().text();
  EXPECT_FALSE(now->migrated);
  EXPECT_EQ(catalog.encode(now->data), R"({"version":"b","title":"","power":1})");
}

TEST(Catalog, TakesADifferenceBetweenTheTwoVersionsForCorruption) {
  const AnyCatalog catalog = heroes();
  const char* text = R"({"version":"a","name":"Ada"})";
  const std::string expected =
      "version_mismatch at /version: the data's version is not the recorded one: expected \"b\", "
      "found \"a\"";
  EXPECT_EQ(catalog.upgrade(text, "b").error().text(), expected);
  EXPECT_EQ(catalog.decode(text, "b").error().text(), expected);
  EXPECT_EQ(catalog.decode(R"({"title":"","power":1})", "b").error().text(),
            "version_mismatch at /version: the data's version is not the recorded one: expected "
            "\"b\", found nothing");
}

TEST(Catalog, JudgesDataFromOutsideByItsVersionAlone) {
  const AnyCatalog catalog = heroes();
  EXPECT_TRUE(catalog.import_data(Value::object({{"version", "a"}, {"name", "A"}})).has_value());
  EXPECT_EQ(catalog.import_data(Value::object({{"version", "c"}})).error().text(),
            "version_unknown at /version: expected one of \"a\", \"b\", found \"c\"");
  EXPECT_EQ(catalog.import_data(Value::object({{"name", "A"}})).error().text(),
            "version_unknown at /version: expected one of \"a\", \"b\", found nothing");
  EXPECT_EQ(catalog.import_data(Value::object({{"version", 1}})).error().text(),
            "version_unknown at /version: expected one of \"a\", \"b\", found integer");
  EXPECT_EQ(catalog.import_data(Value(1)).error().text(),
            "invalid_data: expected object, found integer");
}

TEST(Catalog, DecodesIntoTheStructWithOrWithoutATree) {
  const AnyCatalog catalog = heroes();
  for (const char* text : {R"({"version":"b","title":"Ada","power":5})",
                           R"({"title":"Ada","power":5.0,"version":"b"})",
                           R"({"version":"b","title":"Ada","power":5,"later":null})"}) {
    const Result<ErasedBound> bound = catalog.decode(text, "b");
    ASSERT_TRUE(bound.has_value()) << bound.error().text();
    EXPECT_EQ(static_cast<const Hero*>(bound->data.get())->title, "Ada");
    EXPECT_FALSE(bound->migrated);
    std::string out;
    catalog.ops().encode(bound->data.get(), bound->extras, bound->version, out);
    EXPECT_EQ(out, R"({"version":"b","title":"Ada","power":5})");
  }
  const Result<ErasedBound> old = catalog.decode(R"({"version":"a","name":"Ada"})", "a");
  ASSERT_TRUE(old.has_value()) << old.error().text();
  EXPECT_TRUE(old->migrated);
  EXPECT_EQ(old->version, "b");
  EXPECT_EQ(static_cast<const Hero*>(old->data.get())->power, 5);
  EXPECT_EQ(catalog.decode(R"({"version":"b","title":1,"power":5})", "b").error().text(),
            "invalid_data at /title: expected string, found integer");
}

TEST(Catalog, ReadsAndWritesCborAsItDoesJson) {
  const AnyCatalog catalog = heroes();
  const auto cbor = [](std::string_view json) { return write_cbor(parse_json(json).value()); };
  for (const char* text : {R"({"version":"b","title":"Ada","power":5})",
                           R"({"version":"b","title":"Ada","power":5,"later":null})",
                           R"({"version":"b","title":"Ada","power":5,"x":{"y":[1,2]}})"}) {
    const std::string bytes = cbor(text);
    const Result<ErasedBound> bound = catalog.decode({bytes, DataForm::cbor}, "b");
    ASSERT_TRUE(bound) << bound.error().text();
    std::string out;
    catalog.ops().encode(bound->data.get(), bound->extras, bound->version, out, DataForm::cbor);
    const Result<Upgraded> upgraded = catalog.upgrade({bytes, DataForm::cbor}, "b");
    ASSERT_TRUE(upgraded) << upgraded.error().text();
    EXPECT_EQ(out, catalog.encode(upgraded->data, DataForm::cbor));
  }
  const std::string old = cbor(R"({"version":"a","name":"Ada","x":1})");
  const Result<Upgraded> upgraded = catalog.upgrade({old, DataForm::cbor}, "a");
  ASSERT_TRUE(upgraded) << upgraded.error().text();
  EXPECT_TRUE(upgraded->migrated);
  EXPECT_EQ(catalog.encode(upgraded->data), R"({"version":"b","title":"Ada","power":5,"x":1})");
  EXPECT_TRUE(catalog.decode({old, DataForm::cbor}, "a")->migrated);
  EXPECT_EQ(catalog.decode({old, DataForm::cbor}, "b").error().code(), ErrorCode::version_mismatch);
  EXPECT_EQ(catalog.decode({"{}", DataForm::cbor}, "b").error().code(), ErrorCode::malformed);
}

TEST(Catalog, KeepsNewerDataAsItIsWhereItMayReadIt) {
  const AnyCatalog catalog = heroes();
  const char* text = R"({"version":"c","title":"Ada","power":5,"guild":{"id":1}})";
  EXPECT_EQ(catalog.decode(text, "c").error().text(),
            "needs_newer_server: the data is of version \"c\", which this program doesn't know; "
            "start a server that knows it");
  Result<ErasedBound> bound = catalog.decode(text, "c", NewerData::compatible);
  ASSERT_TRUE(bound.has_value()) << bound.error().text();
  EXPECT_EQ(bound->version, "c");
  static_cast<Hero*>(bound->data.get())->power = 6;
  std::string out;
  catalog.ops().encode(bound->data.get(), bound->extras, bound->version, out);
  EXPECT_EQ(out, R"({"version":"c","title":"Ada","power":6,"guild":{"id":1}})");
  EXPECT_EQ(catalog.decode(text, "d", NewerData::compatible).error().code(),
            ErrorCode::version_mismatch);
}

TEST(Catalog, KnowsItsVersionsInDeclaredOrder) {
  const AnyCatalog catalog = heroes();
  ASSERT_EQ(catalog.versions().size(), 2U);
  EXPECT_EQ(catalog.versions()[0].ordinal, 1);
  EXPECT_EQ(catalog.current().ordinal, 2);
  EXPECT_EQ(catalog.current().last_compatible, 1);
  EXPECT_EQ(catalog.find("c"), nullptr);
  EXPECT_EQ(&catalog.ops(), &DataOps::of<Hero>());
  EXPECT_NE(&catalog.ops(), &DataOps::of<Versioned>());
}

TEST(Catalog, RefusesToLockWhatContradictsItself) {
  EXPECT_EQ(contradiction(CatalogBuilder<Hero>("H").version("a", first())),
            "invalid_schema: the catalog has no current version");
  EXPECT_EQ(contradiction(CatalogBuilder<Hero>("").current("a")),
            "invalid_schema: the catalog's store has no name");
  EXPECT_EQ(contradiction(builder().current("c")),
            "invalid_schema: the catalog has two current versions");
  EXPECT_EQ(contradiction(builder().version("a", first())),
            "invalid_schema: version a is declared twice");
  EXPECT_EQ(contradiction(CatalogBuilder<Hero>("H").current("")),
            "invalid_schema: a version's name is 1 to 64 printable characters without quotes");
  EXPECT_EQ(contradiction(builder()),
            "no_path: no chain of steps leads from a to b; add .step(\"a\", \"b\", "
            "{change::remove(\"/name\", \"\"), change::add(\"/title\", \"\"), "
            "change::add(\"/power\", 0)})");
  EXPECT_EQ(contradiction(builder().step("a", "b", step()).step("a", "c", step())),
            "invalid_schema: step a -> c names version c, which is not declared");
  EXPECT_EQ(contradiction(builder().step("a", "b", step()).step("a", "b", step())),
            "duplicate_edge: there are two steps a -> b");
  EXPECT_EQ(contradiction(builder().step("a", "b", step()).step("b", "a", step())),
            "cycle: the steps form a cycle: a -> b -> a");
  EXPECT_EQ(contradiction(builder().compatible_with("z")),
            "invalid_schema: version b is compatible with version z, which is not declared before "
            "it");
  EXPECT_EQ(contradiction(CatalogBuilder<Hero>("H").version("a", schema::nil()).current("b")),
            "invalid_schema: version a is no object");
  EXPECT_EQ(contradiction(CatalogBuilder<Hero>("H").version(
                "a", schema::object({{"version", schema::literal("1")}}))),
            "invalid_schema: the schema of version a has another \"version\" than its own");
  EXPECT_EQ(contradiction(CatalogBuilder<Versioned>("V").current("1")),
            "invalid_schema: the struct has a member \"version\", which the catalog writes itself");
}

TEST(Catalog, ProvesItsDeclaredSteps) {
  EXPECT_EQ(contradiction(builder().step("a", "b", {change::rename("/name", "title")})),
            "invalid_schema at /power: step a -> b doesn't make what version b asks for: expected "
            "integer; add change::add(\"/power\", 0) to it");
}

TEST(Catalog, BringsDataBackToAnOlderVersion) {
  const AnyCatalog catalog = heroes();
  MigrationReport report;
  const Value data = *parse_json(R"({"version":"b","title":"Ada","power":7,"x":1})");
  const Result<Downgraded> old = catalog.downgrade(data, "a", &report);
  ASSERT_TRUE(old.has_value()) << old.error().text();
  EXPECT_EQ(write_json(old->data), R"({"version":"a","name":"Ada","x":1})");
  EXPECT_EQ(report.text(), "b -> a (back)\n  remove /power: 1\n  rename /title to name: 1\n");
  EXPECT_EQ(catalog.downgrade(data, "b")->data, data);
  EXPECT_EQ(catalog.downgrade(data, "z").error().text(),
            "version_unknown: there is no version \"z\"");
  EXPECT_EQ(catalog.downgrade(Value::object({{"version", "b"}}), "a").error().code(),
            ErrorCode::invalid_data);
}

TEST(Catalog, TriesItsExamples) {
  const auto with = [](const char* version, const char* json) {
    const auto locked = builder().step("a", "b", step()).example(version, json).lock();
    return locked ? "locked" : locked.error().text();
  };
  EXPECT_EQ(with("a", R"({"version":"a","name":"Ada"})"), "locked");
  EXPECT_EQ(with("b", R"({"version":"b","title":"Ada","power":1})"), "locked");
  EXPECT_EQ(with("c", "{}"),
            "invalid_schema: there is an example of version c, which is not declared");
  EXPECT_EQ(
      with("a", "{"),
      "invalid_schema: the example of version a is no JSON: line 1, column 2: expected a name "
      "in quotes");
  EXPECT_EQ(with("a", R"({"version":"a","name":1})"),
            "invalid_schema at /name: the example of version a is refused: expected string, found "
            "integer");
  const auto by_function = [](Value (*back)(Value)) {
    return builder()
        .step(
            "a", "b",
            [](Value data) -> Result<Value> {
              data.set("power", static_cast<std::int64_t>(data.find("name")->size()));
              data.set("title", data.take("name"));
              if (data.find("power")->as_integer() == 0) return refuse("no_name");
              return data;
            },
            [back](Value data) -> Result<Value> { return back(std::move(data)); })
        .example("a", R"({"version":"a","name":"Ada"})");
  };
  const auto forget = [](Value data) {
    static_cast<void>(data.take("power"));
    data.set("name", "?");
    static_cast<void>(data.take("title"));
    return data;
  };
  const auto rename = [](Value data) {
    static_cast<void>(data.take("power"));
    data.set("name", data.take("title"));
    return data;
  };
  EXPECT_TRUE(by_function(rename).lock().has_value());
  EXPECT_EQ(contradiction(by_function(forget)),
            "invalid_schema: the example of version a is not the same after it went to version b "
            "and back");
  EXPECT_EQ(contradiction(by_function(rename).example("a", R"({"version":"a","name":""})")),
            "invalid_schema: the example of version a does not migrate: step a -> b failed: "
            "no_name");
}

TEST(Catalog, RefusesATemplateThatItsSchemaRefuses) {
  const auto with = [](std::function<Hero(WallTime)> make) {
    return CatalogBuilder<Hero>("H")
        .current("b")
        .new_profile(std::move(make))
        .lock()
        .error()
        .text();
  };
  EXPECT_EQ(with([](WallTime) { return Hero{.title = "\xFF"}; }),
            "invalid_schema at /title: a new profile's data is invalid: expected string, found "
            "string that is not UTF-8");
  EXPECT_EQ(with([](WallTime) -> Hero { throw std::runtime_error("bang"); }),
            "invalid_schema: a new profile's data is invalid: the catalog's new_profile threw: "
            "bang");
}

TEST(DataOps, CopiesComparesAndSwapsWithoutTheType) {
  const DataOps& ops = DataOps::of<Hero>();
  const Hero ada{.title = "Ada", .power = 3};
  const ErasedData copy = ops.clone(&ada);
  EXPECT_TRUE(ops.equal(&ada, copy.get()));
  const ErasedData fresh = ops.make();
  EXPECT_FALSE(ops.equal(&ada, fresh.get()));
  ops.assign(fresh.get(), &ada);
  EXPECT_TRUE(ops.equal(&ada, fresh.get()));
  static_cast<Hero*>(copy.get())->power = 9;
  ops.swap(copy.get(), fresh.get());
  EXPECT_EQ(static_cast<const Hero*>(fresh.get())->power, 9);
  static_cast<Hero*>(fresh.get())->title = "\xFF";
  EXPECT_EQ(ops.validate(fresh.get()).error().path(), "/title");
}

}  // namespace
}  // namespace keepsake
