#include "keepsake/datum/catalog_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keepsake/datum/catalog.h"
#include "keepsake/datum/json.h"

namespace keepsake {
namespace {

using ::testing::ElementsAre;

struct Hero {
  std::string title;
  std::int64_t power = 1;
  double born = 0;
};

Result<Value> same(Value data) { return data; }

Catalog<Hero> heroes() {
  return CatalogBuilder<Hero>("Heroes")
      .version("a", schema::object({{"name", schema::string()}}))
      .version("b", schema::object({{"title", schema::string().within(size_at_least(1))}}))
      .compatible_with("a")
      .current("c")
      .step("a", "b", {change::rename("/name", "title")})
      .step("b", "c", {change::add("/power", 5), change::add("/born", 0)})
      .example("a", R"({"version":"a","name":"Ada"})")
      .new_profile([](WallTime created) {
        return Hero{.title = "new", .born = static_cast<double>(unix_ms(created))};
      })
      .lock()
      .value();
}

/// Without its "$schema", which is the same everywhere.
std::string shortened(std::string text) {
  const std::string draft = R"("$schema":"https://json-schema.org/draft/2020-12/schema",)";
  for (std::size_t at = text.find(draft); at != std::string::npos; at = text.find(draft)) {
    text.erase(at, draft.size());
  }
  return text;
}

AnyCatalog read_back(const AnyCatalog& catalog) {
  const std::string text = write_json(to_catalog_file(catalog).value());
  return from_catalog_file(parse_json(text).value()).value();
}

TEST(CatalogFile, IsTheDocumentedOne) {
  EXPECT_EQ(shortened(write_json(to_catalog_file(heroes()).value())),
            R"({"keepsake":"catalog","form":1,"store":"Heroes","current":"c","versions":[)"
            R"({"version":"a","schema":{"type":"object","properties":{"version":{"const":"a"},)"
            R"("name":{"type":"string"}},"required":["version","name"]}},)"
            R"({"version":"b","compatible_with":"a","schema":{"type":"object","properties":)"
            R"({"version":{"const":"b"},"title":{"type":"string","x-keepsake-minBytes":1}},)"
            R"("required":["version","title"]}},)"
            R"({"version":"c","schema":{"type":"object","properties":{"version":{"const":"c"},)"
            R"("title":{"type":"string"},"power":{"type":"integer"},"born":{"type":"number"}},)"
            R"("required":["version","title","power","born"]}}],"steps":[)"
            R"({"from":"a","to":"b","changes":[{"op":"rename","at":"/name","name":"title"}]},)"
            R"({"from":"b","to":"c","changes":[{"op":"add","at":"/power","value":5},)"
            R"({"op":"add","at":"/born","value":0}]}],"examples":[{"version":"a","name":"Ada"}],)"
            R"("new_profile":{"data":{"version":"c","title":"new","power":1,"born":946684800000},)"
            R"("by_time":["/born"]}})");
}

TEST(CatalogFile, IsTheSameAgainOfTheCatalogThatWasReadFromIt) {
  const Value file = to_catalog_file(heroes()).value();
  const AnyCatalog catalog = from_catalog_file(file).value();
  EXPECT_FALSE(catalog.has_struct());
  EXPECT_EQ(write_json(to_catalog_file(catalog).value()), write_json(file));
}

TEST(CatalogFile, MeansWhatTheProgramsOwnCatalogMeans) {
  const AnyCatalog own = heroes();
  const AnyCatalog read = read_back(own);
  EXPECT_EQ(read.store_name(), "Heroes");
  EXPECT_EQ(read.current_version(), "c");
  EXPECT_EQ(read.find("b")->last_compatible, 1);
  for (const char* text : {R"({"version":"a","name":"Ada","x":1})", R"({"version":"a","name":""})",
                           R"({"version":"b","title":"Ada","power":{"x":1}})",
                           R"({"version":"c","title":"Ada","power":1.0,"born":7})",
                           R"({"version":"c","title":"Ada"})", R"({"version":"d"})", "[]"}) {
    const Value data = parse_json(text).value();
    const Result<Upgraded> expected = own.import_data(data);
    const Result<Upgraded> found = read.import_data(data);
    ASSERT_EQ(found.has_value(), expected.has_value()) << text;
    if (!found) {
      EXPECT_EQ(found.error().text(), expected.error().text());
      continue;
    }
    EXPECT_EQ(read.encode(found->data), own.encode(expected->data));
    EXPECT_EQ(found->displaced, expected->displaced);
    const Result<Downgraded> back = read.downgrade(found->data, "a");
    ASSERT_TRUE(back.has_value()) << back.error().text();
    EXPECT_EQ(back->data, own.downgrade(expected->data, "a")->data);
  }
}

TEST(CatalogFile, NamesTheStepThatOnlyTheProgramHas) {
  const auto catalog = CatalogBuilder<Hero>("Heroes")
                           .version("a", schema::object({{"name", schema::string()}}))
                           .version("b", schema::object({{"name", schema::string()}}))
                           .current("c")
                           .step("a", "b", {change::convert("/name", same)})
                           .step("b", "c", same, same)
                           .lock()
                           .value();
  const Value file = to_catalog_file(catalog).value();
  EXPECT_EQ(write_json(*file.find("steps")),
            R"([{"from":"a","to":"b","changes":[{"op":"convert","at":"/name"}]},)"
            R"({"from":"b","to":"c","function":true,"back":true}])");
  const AnyCatalog read = read_back(catalog);
  EXPECT_EQ(write_json(to_catalog_file(read).value()), write_json(file));
  EXPECT_EQ(read.import_data(*parse_json(R"({"version":"b","name":"x"})")).error().text(),
            "step_unknown: step b -> c is code of the game's program, which a catalog's file "
            "doesn't hold; use the game's own tool");
  EXPECT_EQ(read.import_data(*parse_json(R"({"version":"a","name":"x"})")).error().text(),
            "step_unknown: step a -> b is code of the game's program, which a catalog's file "
            "doesn't hold; use the game's own tool");
  const Value now = *parse_json(R"({"version":"c","title":"x","power":1,"born":0})");
  EXPECT_TRUE(read.import_data(now).has_value());
  EXPECT_EQ(read.downgrade(now, "b").error().code(), ErrorCode::step_unknown);
  EXPECT_EQ(read.downgrade(now, "a").error().code(), ErrorCode::step_unknown);
  EXPECT_EQ(read.plan().way_back("b", "a").error().code(), ErrorCode::no_path);
}

TEST(CatalogFile, SaysWhereAPredicateIsNotHeld) {
  Value file = to_catalog_file(heroes()).value();
  Value& name = *file.find_mutable("versions")
                     ->item(0)
                     .find_mutable("schema")
                     ->find_mutable("properties")
                     ->find_mutable("name");
  name.set("x-keepsake-refine", "a good name");
  std::vector<std::string> unheld;
  ASSERT_TRUE(from_catalog_file(file, &unheld).has_value());
  EXPECT_THAT(unheld, ElementsAre("/versions/0/schema/properties/name/x-keepsake-refine"));
}

std::string refusal(std::string_view json) {
  const Result<AnyCatalog> catalog = from_catalog_file(parse_json(json).value());
  return catalog ? "taken" : catalog.error().text();
}

TEST(CatalogFile, SaysWhatIsWrongWithAFileAndWhere) {
  const std::string head = R"({"keepsake":"catalog","form":1,"store":"S","current":"1",)";
  const std::string version = R"("versions":[{"version":"1","schema":{"type":"object"}}])";
  EXPECT_EQ(refusal(head + version + "}"), "taken");
  const std::string misread = "a catalog's file that isn't understood: expected ";
  EXPECT_EQ(refusal("[]"), "invalid_schema: " + misread + "object, found array");
  EXPECT_EQ(refusal(R"({"type":"object"})"),
            "invalid_schema at /keepsake: " + misread + "string, found nothing");
  EXPECT_EQ(refusal(R"({"keepsake":"catalog","form":2})"),
            "invalid_schema at /form: " + misread + "1, found integer");
  EXPECT_EQ(refusal(head + R"("plan":[]})"),
            "invalid_schema at /plan: " + misread + "no such member, found array");
  EXPECT_EQ(refusal(head + R"("versions":[{"version":1}]})"),
            "invalid_schema at /versions/0/version: " + misread + "string, found integer");
  EXPECT_EQ(refusal(head + R"("versions":[{"version":"1","schema":{"type":"object",)"
                           R"("properties":{"x":{"not":{}}}}}]})"),
            "invalid_schema at /versions/0/schema/properties/x/not: expected a keyword that is "
            "supported, found \"not\"");
  EXPECT_EQ(
      refusal(head + version + R"(,"steps":[{"from":"1","to":"2"}]})"),
      "invalid_schema at /steps/0/changes: " + misread + "changes, or a function, found nothing");
  EXPECT_EQ(refusal(head + version +
                    R"(,"steps":[{"from":"1","to":"2","changes":[{"op":"fly","at":"/a"}]}]})"),
            "invalid_schema at /steps/0/changes/0/op: a change that isn't understood: expected "
            "the kind of a change, found \"fly\"");
  EXPECT_EQ(refusal(head + version + R"(,"new_profile":{"data":{},"by_time":[]}})"),
            "invalid_schema at /version: a new profile's data is invalid: expected \"1\", found "
            "nothing");
  EXPECT_EQ(refusal(head + R"("versions":[]})"),
            "invalid_schema: the catalog has no current version");
}

}  // namespace
}  // namespace keepsake
