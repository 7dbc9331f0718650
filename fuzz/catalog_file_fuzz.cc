// Two JSON texts, one line each: a catalog's file and data of one of its versions. Reading the file
// never crashes; what was read is written as a file that reads back as a catalog of the same file;
// and both make the same of the data, forth and back, in words, too.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "fuzz/lines.h"
#include "keepsake/datum/catalog_file.h"

namespace {

using namespace keepsake;

std::string text_of(const Value& data, const std::vector<Displaced>& displaced) {
  std::string text = write_json(data);
  for (const Displaced& one : displaced) text += "\n" + one.pointer + write_json(one.value);
  return text;
}

/// What the catalog makes of the data: at its current version, and back at each of its versions.
std::string behaviour(const AnyCatalog& catalog, const Value& data) {
  const Result<Upgraded> upgraded = catalog.import_data(data);
  if (!upgraded) return upgraded.error().text();
  std::string text = text_of(upgraded->data, upgraded->displaced);
  for (const VersionInfo& version : catalog.versions()) {
    const Result<Downgraded> back = catalog.downgrade(upgraded->data, version.name);
    text += "\n" + version.name + " ";
    text += back ? text_of(back->data, back->displaced) : back.error().text();
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::optional<fuzz::TwoValues> input = fuzz::two_values(data, size);
  if (!input) return 0;
  const auto& [file, player] = *input;
  const Result<AnyCatalog> catalog = from_catalog_file(file);
  if (!catalog) return 0;
  const Result<Value> written = to_catalog_file(*catalog);
  if (!written) std::abort();
  const std::string text = write_json(*written);
  const Result<AnyCatalog> back = from_catalog_file(parse_json(text).value());
  if (!back || write_json(to_catalog_file(*back).value()) != text) std::abort();
  if (behaviour(*back, player) != behaviour(*catalog, player)) std::abort();
  return 0;
}
