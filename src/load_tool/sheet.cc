#include "src/load_tool/sheet.h"

#include "keepsake/datum/data_ops.h"
#include "src/store/payload.h"

namespace keepsake::load_tool {

Catalog<Sheet> sheet_catalog() { return CatalogBuilder<Sheet>(kStore).current("1").lock().value(); }

Sheet sheet_of(std::size_t entries) {
  Sheet sheet{.score = 100, .seen = 1'700'000'000.25, .entries = {}};
  for (std::size_t i = 0; i < entries; ++i) {
    sheet.entries.push_back({.name = "entry_" + std::to_string(1000 + i % 9000),
                             .amount = static_cast<std::int64_t>(i % 99) + 1,
                             .marked = i % 5 == 0});
  }
  return sheet;
}

NewData data_of(const Sheet& sheet, PayloadFormat setting) {
  const DataForm form = form_of(setting);
  NewData data{.schema = {.version = "1", .ordinal = 1, .last_compatible = 1},
               .format = format_of(form),
               .payload = {}};
  sheet_catalog().ops().encode(&sheet, {}, "1", data.payload, form);
  PayloadCodec().pack(setting, data.format, data.payload);
  return data;
}

}  // namespace keepsake::load_tool
