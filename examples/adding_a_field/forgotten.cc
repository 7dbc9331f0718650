#include "examples/adding_a_field/heroes.h"
#include "examples/adding_a_field/published/schemas/Heroes.gen.h"
#include "keepsake/datum/catalog.h"

using keepsake::Catalog;
using keepsake::CatalogBuilder;
using keepsake::Result;

namespace {

struct Hero {
  std::string name;
  std::int64_t level = 1;
  std::string title;
};

Result<Catalog<Hero>> hero_catalog() {
  return CatalogBuilder<Hero>("Heroes").published(published::Heroes).current("1").lock();
}

}  // namespace

Result<keepsake::AnyCatalog> adding_a_field::heroes_forgotten() {
  const Result<Catalog<Hero>> catalog = hero_catalog();
  if (!catalog) return catalog.error();
  return keepsake::AnyCatalog(*catalog);
}
