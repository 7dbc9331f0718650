#include <gtest/gtest.h>

#include "keepsake/datum/catalog.h"
#include "keepsake/datum/json.h"
#include "src/datum/next_version.h"

namespace keepsake {
namespace {

struct Hero {
  std::string name;
  std::int64_t power = 1;
};
struct TitledHero {
  std::string name;
  std::int64_t power = 1;
  std::string title;
};

constexpr PublishedVersion kPublished[] = {
    {"1", "",
     R"json({"type":"object","properties":{"version":{"const":"1"},)json"
     R"json("name":{"type":"string"}},"required":["version","name"]})json"},
    {"2", "1",
     R"json({"type":"object","properties":{"version":{"const":"2"},)json"
     R"json("name":{"type":"string"},"power":{"type":"integer"}},)json"
     R"json("required":["version","name","power"]})json"},
};

template <class T>
CatalogBuilder<T> builder(std::string_view current) {
  return CatalogBuilder<T>("Heroes")
      .published(kPublished)
      .current(current)
      .step("1", "2", {change::add("/power", 5)});
}

TEST(PublishedVersions, AreTheCatalogsOldOnes) {
  const AnyCatalog catalog = builder<Hero>("2").lock().value();
  EXPECT_TRUE(catalog.has_published());
  ASSERT_EQ(catalog.versions().size(), 2U);
  EXPECT_EQ(catalog.find("2")->last_compatible, 2);  // the builder's word, not the header's
  EXPECT_EQ(catalog.encode(catalog.upgrade(R"({"version":"1","name":"Ada"})", "1")->data),
            R"({"version":"2","name":"Ada","power":5})");
}

TEST(PublishedVersions, KeepWhomTheyAreCompatibleWith) {
  const AnyCatalog catalog =
      builder<TitledHero>("3").step("2", "3", {change::add("/title", "")}).lock().value();
  ASSERT_EQ(catalog.versions().size(), 3U);
  EXPECT_EQ(catalog.find("2")->last_compatible, 1);
}

TEST(PublishedVersions, HoldTheStructToWhatWasPublishedOfIt) {
  EXPECT_EQ(builder<TitledHero>("2").lock().error().text(),
            "invalid_schema: Heroes: version 2 is published, and the struct is another one now: "
            "added /title: string; in place of .current(\"2\") write "
            ".current(\"3\").step(\"2\", \"3\", {change::add(\"/title\", \"\")})");
}

TEST(PublishedVersions, ThatCannotBeReadAreRefused) {
  constexpr PublishedVersion kTorn[] = {{"1", "", R"({"type":)"}};
  EXPECT_EQ(
      CatalogBuilder<Hero>("Heroes").published(kTorn).current("2").lock().error().text(),
      "invalid_schema: the published schema of version 1 can't be read: malformed at /type: line "
      "1, "
      "column 9: expected a value, found the end of the text");
}

TEST(Catalog, NamesTheStepThatIsMissing) {
  EXPECT_EQ(builder<TitledHero>("3").lock().error().text(),
            "no_path: no chain of steps leads from 1 to 3; add .step(\"2\", \"3\", "
            "{change::add(\"/title\", \"\")})");
  EXPECT_EQ(CatalogBuilder<TitledHero>("Heroes")
                .version("2", schema_of<Hero>())
                .current("3")
                .lock()
                .error()
                .text(),
            "no_path: no chain of steps leads from 2 to 3; add .step(\"2\", \"3\", "
            "{change::add(\"/title\", \"\")})");
}

TEST(NextVersion, RaisesTheNumberThatTheNameEndsWith) {
  const auto next = [](std::string_view name, std::string_view taken = "") {
    return next_version_name(name, [taken](std::string_view one) { return one == taken; });
  };
  EXPECT_EQ(next("3"), "4");
  EXPECT_EQ(next("3", "4"), "5");
  EXPECT_EQ(next("v9"), "v10");
  EXPECT_EQ(next("1.99"), "1.100");
  EXPECT_EQ(next("beta"), "beta2");
}

}  // namespace
}  // namespace keepsake
