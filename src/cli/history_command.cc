#include <string>
#include <utility>

#include "keepsake/datum/json.h"
#include "src/cli/commands.h"
#include "src/cli/json_list.h"
#include "src/cli/places.h"
#include "src/cli/record_json.h"
#include "src/cli/table.h"
#include "src/cli/text.h"

namespace keepsake::cli {

Result<int> execute(const HistoryOptions& options, Context& context) {
  auto store = store_of(context, options.place.store);
  if (!store) return std::move(store).error();
  auto backend = open_database(options.place.db, Use::reads);
  if (!backend) return std::move(backend).error();
  if (auto there = store_is_there(context, **backend, *store); !there) {
    return std::move(there).error();
  }
  auto kept = (*backend)->history({*store, options.key});
  if (!kept) return std::move(kept).error();
  Table table({{"REVISION", Table::Align::right}, {"KIND"}, {"KEPT"}, {"SAVED"}, {"VERSION"}});
  JsonList json(context.environment.out);
  for (const Snapshot& snapshot : *kept) {
    if (options.json) {
      json.add(json_of(snapshot, false));
    } else {
      table.add({std::to_string(snapshot.revision), std::string(name(snapshot.kind)),
                 utc_text(snapshot.kept_ms), utc_or_dash(snapshot.saved_ms),
                 snapshot.schema.version});
    }
  }
  table.write(context.environment.out);
  if (options.json) json.finish();
  if (kept->empty() && !options.json) note(context, "history keeps nothing of " + options.key);
  return 0;
}

}  // namespace keepsake::cli
