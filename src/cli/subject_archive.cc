#include <string>
#include <utility>

#include "keepsake/cli/subject.h"
#include "keepsake/datum/json.h"
#include "src/cli/record_json.h"

namespace keepsake {

namespace {

using cli::json_of;
using cli::json_time;

Value line_of(const ProfileKey& key, const Belongings& all) {
  Value line = Value::object({{"store", key.store}, {"key", key.key}});
  if (all.record) {
    line.set("envelope", json_of(*all.record));
    const Envelope& envelope = all.record->envelope;
    if (envelope.has_data) cli::set_payload(line, envelope.format, all.record->payload);
  }
  line.set("inbox", json_of(all.inbox, true));
  line.set("receipts", json_of(all.receipts));
  line.set("handled", json_of(all.handled));
  std::vector<Value> history;
  for (const Snapshot& snapshot : all.history) history.push_back(json_of(snapshot, true));
  line.set("history", Value::array(std::move(history)));
  std::vector<Value> quarantine;
  for (const QuarantineEntry& entry : all.quarantine) quarantine.push_back(json_of(entry, true));
  line.set("quarantine", Value::array(std::move(quarantine)));
  return line;
}

}  // namespace

Result<std::size_t> export_subject(Backend& backend, UserId user, std::int64_t now_ms,
                                   std::ostream& out) {
  auto keys = backend.subject(user);
  if (!keys) return std::move(keys).error();
  out << write_json(Value::object({{"keepsake_subject", 1},
                                   {"user_id", user.number},
                                   {"made_ms", now_ms},
                                   {"made", json_time(now_ms)},
                                   {"profiles", static_cast<std::int64_t>(keys->size())}}))
      << '\n';
  for (const ProfileKey& key : *keys) {
    auto all = backend.belongings(key);
    if (!all) return std::move(all).error();
    out << write_json(line_of(key, *all)) << '\n';
  }
  return keys->size();
}

}  // namespace keepsake
