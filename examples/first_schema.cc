// The guide "your first schema, your second version" (docs/first-schema.md).
#include <iostream>

#include "keepsake/datum/catalog.h"

namespace {

using namespace keepsake;

namespace first {

struct Quest {
  std::string id;
  std::int64_t stage = 0;
};
struct Hero {
  std::string name;
  std::int64_t fame = 0;
  std::vector<Quest> quests;
};

Result<Catalog<Hero>> hero_catalog() {
  return CatalogBuilder<Hero>("Heroes")
      .current("1")
      .new_profile([](WallTime) { return Hero{.name = "nobody", .fame = 1}; })
      .lock();
}

}  // namespace first

namespace second {

struct Quest {
  std::string id;
  std::int64_t stage = 0;
  bool done = false;
};
struct Deeds {
  std::int64_t fame = 0;
  std::vector<Quest> quests;
};
struct Hero {
  std::string name;
  Deeds deeds;
};

Schema hero_v1() {
  const Schema quest = schema::object({{"id", schema::string()}, {"stage", schema::integer()}});
  return schema::object(
      {{"name", schema::string()}, {"fame", schema::integer()}, {"quests", schema::array(quest)}});
}

Result<Catalog<Hero>> without_a_step() {
  return CatalogBuilder<Hero>("Heroes").version("1", hero_v1()).current("2").lock();
}

Result<Catalog<Hero>> with_half_a_step() {
  return CatalogBuilder<Hero>("Heroes")
      .version("1", hero_v1())
      .current("2")
      .step("1", "2",
            {change::move("/fame", "/deeds/fame"), change::move("/quests", "/deeds/quests")})
      .lock();
}

Result<Catalog<Hero>> hero_catalog() {
  return CatalogBuilder<Hero>("Heroes")
      .version("1", hero_v1())
      .current("2")
      .step("1", "2",
            {change::move("/fame", "/deeds/fame"), change::move("/quests", "/deeds/quests"),
             change::each("/deeds/quests", {change::add("/done", false)})})
      .example("1", R"({"version":"1","name":"Ada","fame":7,"quests":[{"id":"owl","stage":2}]})")
      .new_profile([](WallTime) { return Hero{.name = "nobody", .deeds = {.fame = 1}}; })
      .lock();
}

}  // namespace second

void read_and_write() {
  const std::string stored =
      R"({"name":"Ada","fame":7,"quests":[{"id":"owl","stage":2}],"pet":"cat"})";
  Result<Bound<first::Hero>> hero = decode_json<first::Hero>(stored);
  if (!hero) {
    std::cout << hero.error().text() << '\n';
    return;
  }
  hero->value.fame += 1;
  std::cout << encode_json(hero->value, hero->extras) << '\n';
}

void refuse_bad_data() {
  const std::string stored = R"({"name":"Ada","fame":7,"quests":[{"id":"owl","stage":1.5}]})";
  std::cout << decode_json<first::Hero>(stored).error().text() << '\n';
}

Result<void> migrate() {
  Result<Catalog<second::Hero>> catalog = second::hero_catalog();
  if (!catalog) return std::move(catalog).error();
  const std::string stored =
      R"({"version":"1","name":"Ada","fame":7,"quests":[{"id":"owl","stage":2}]})";
  MigrationReport report;
  Result<Upgraded> now = catalog->upgrade(stored, "1", &report);
  if (!now) return std::move(now).error();
  std::cout << report.text() << write_json(now->data) << '\n';
  Result<Downgraded> before = catalog->downgrade(now->data, "1");
  if (!before) return std::move(before).error();
  std::cout << write_json(before->data) << '\n';
  return {};
}

}  // namespace

int main() {
  read_and_write();
  refuse_bad_data();
  if (!first::hero_catalog()) return 1;
  std::cout << second::without_a_step().error().text() << '\n';
  std::cout << second::with_half_a_step().error().text() << '\n';
  const Result<void> migrated = migrate();
  if (!migrated) std::cout << migrated.error().text() << '\n';
  return migrated ? 0 : 1;
}
