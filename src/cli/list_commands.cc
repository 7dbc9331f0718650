#include <algorithm>
#include <functional>
#include <set>
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

namespace {

constexpr std::size_t kPage = 500;

std::string text_of(const std::vector<UserId>& users) {
  std::string text;
  for (const UserId user : users) text += (text.empty() ? "" : ",") + user.text();
  return text;
}

/// The incarnations whose profiles are not free.
Result<std::set<Incarnation>> holders(Backend& backend) {
  auto leases = backend.leases();
  if (!leases) return std::move(leases).error();
  std::set<Incarnation> holders;
  for (const Lease& lease : *leases) {
    if (lease.state != LeaseState::recovered) holders.insert(lease.owner.incarnation);
  }
  return holders;
}

/// "guild=Red level=12".
std::string text_of_tags(const std::string& stored) {
  const Result<Value> tags = parse_json(stored);
  if (!tags || tags->kind() != Value::Kind::object) return stored;
  std::string text;
  for (const Member& tag : tags->members()) {
    const bool plain = tag.value.kind() == Value::Kind::string;
    text += (text.empty() ? "" : " ") + std::string(tag.name) + "=" +
            (plain ? std::string(tag.value.as_string()) : write_json(tag.value));
  }
  return text;
}

std::vector<std::string> row_of(const Record& record, const std::set<Incarnation>& holders,
                                bool with_tags) {
  const Envelope& envelope = record.envelope;
  const bool held = envelope.owner && holders.contains(envelope.owner->incarnation);
  std::vector<std::string> row{record.key.key,
                               envelope.has_data ? envelope.schema.version : "",
                               std::to_string(envelope.revision),
                               std::to_string(envelope.load_count),
                               utc_text(envelope.created_ms),
                               utc_or_dash(envelope.saved_ms),
                               held ? envelope.owner->server.text : "",
                               text_of(envelope.user_ids)};
  if (with_tags) row.push_back(text_of_tags(envelope.tags));
  return row;
}

Result<std::vector<QuarantineEntry>> newest(Backend& backend, const QuarantineOptions& options) {
  return backend.quarantine(options.place.store, static_cast<std::size_t>(options.limit));
}

/// What people are shown of a payload: where it is no text, its data.
std::string shown(const QuarantineEntry& entry) {
  if (is_utf8(entry.payload)) return entry.payload;
  const Result<Value> data = data_of(entry);
  return data ? write_json(*data) : entry.payload;
}

Result<int> show_incident(const QuarantineOptions& options, const Context& context,
                          Backend& backend) {
  std::ostream& out = context.environment.out;
  const std::optional<IncidentId> id = IncidentId::parse(options.incident);
  if (!id) {
    return Error(ErrorCode::invalid_argument, "that is no incident id")
        .expected("32 hexadecimal digits")
        .remedy("`quarantine` without one lists them");
  }
  auto entry = backend.incident(*id);
  if (!entry) return std::move(entry).error();
  if (options.raw) {
    out << entry->payload;
    if (context.environment.out_is_terminal) out << '\n';
    return 0;
  }
  if (options.json) {
    out << write_json(json_of(*entry, true)) << '\n';
    return 0;
  }
  out << "incident  " << entry->incident.text() << '\n'
      << "when      " << utc_text(entry->at_ms) << '\n'
      << "profile   " << printable(entry->key.store + "/" + entry->key.key) << '\n'
      << "version   " << (entry->schema_version.empty() ? "-" : printable(entry->schema_version))
      << '\n'
      << "reason    " << printable(entry->code + ": " + entry->message) << '\n'
      << "path      \"" << printable(entry->path) << "\"\n"
      << "server    " << (entry->server.text.empty() ? "-" : printable(entry->server.text)) << '\n'
      << "payload   " << count_of(entry->payload.size(), "byte") << '\n'
      << '\n'
      << printable(shown(*entry)) << '\n';
  return 0;
}

Result<void> each_owned(Backend& backend, const std::string& store,
                        const std::function<void(const Lease&, const OwnedRow&)>& show) {
  auto leases = backend.leases();
  if (!leases) return std::move(leases).error();
  for (const Lease& lease : *leases) {
    if (lease.state == LeaseState::recovered) continue;  // its profiles are free
    ProfileKey after;
    while (true) {
      auto rows = backend.owned(lease.owner.incarnation, after, kPage);
      if (!rows) return std::move(rows).error();
      for (const OwnedRow& row : *rows) {
        if (store.empty() || row.key.store == store) show(lease, row);
      }
      if (rows->size() < kPage) break;
      after = rows->back().key;
    }
  }
  return {};
}

}  // namespace

Result<int> execute(const ListOptions& options, Context& context) {
  auto store = store_of(context, options.place.store);
  if (!store) return std::move(store).error();
  auto backend = open_database(options.place.db, Use::reads);
  if (!backend) return std::move(backend).error();
  auto held_by = holders(**backend);
  if (!held_by) return std::move(held_by).error();
  if (auto there = store_is_there(context, **backend, *store); !there) {
    return std::move(there).error();
  }
  std::ostream& out = context.environment.out;
  std::vector<Table::Column> columns{{"KEY"},
                                     {"VERSION"},
                                     {"REVISION", Table::Align::right},
                                     {"LOADS", Table::Align::right},
                                     {"CREATED"},
                                     {"SAVED"},
                                     {"OWNER"},
                                     {"USERS"}};
  if (options.tags) columns.push_back({"TAGS"});
  Table table(std::move(columns));
  JsonList json(out);
  std::string after = options.after;
  std::uint64_t shown = 0;
  for (std::uint64_t left = options.limit == 0 ? UINT64_MAX : options.limit; left > 0;) {
    const std::size_t most = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPage));
    auto page = (*backend)->list(*store, after, most);
    if (!page) return std::move(page).error();
    for (const Record& record : page->records) {
      if (options.json) {
        json.add(json_of(record));
      } else {
        table.add(row_of(record, *held_by, options.tags));
      }
    }
    table.write(out);
    shown += page->records.size();
    left -= std::min<std::uint64_t>(left, page->records.size());
    after = page->next_after;
    if (after.empty()) break;
  }
  if (options.json) json.finish();
  if (!after.empty()) note(context, "there may be more; go on with --after '" + after + "'");
  if (shown == 0 && !options.json) {
    note(context, *store + " has no profiles" +
                      (options.after.empty() ? "" : " after '" + options.after + "'"));
  }
  return 0;
}

Result<int> execute(const QuarantineOptions& options, Context& context) {
  auto backend = open_database(options.place.db, Use::reads);
  if (!backend) return std::move(backend).error();
  if (!options.incident.empty()) return show_incident(options, context, **backend);
  const std::string& store = options.place.store;
  if (auto there = store_is_there(context, **backend, store); !there) {
    return std::move(there).error();
  }
  auto entries = newest(**backend, options);
  if (!entries) return std::move(entries).error();
  std::ostream& out = context.environment.out;
  Table table({{"INCIDENT"}, {"WHEN"}, {"PROFILE"}, {"PATH"}, {"REASON"}});
  JsonList json(out);
  for (const QuarantineEntry& entry : *entries) {
    if (options.json) {
      json.add(json_of(entry, false));
    } else {
      table.add({entry.incident.text(), utc_text(entry.at_ms),
                 entry.key.store + "/" + entry.key.key, entry.path,
                 entry.code + ": " + entry.message});
    }
  }
  table.write(out);
  if (options.json) json.finish();
  if (entries->size() == options.limit) {
    note(context, "there may be older ones; show more with --limit");
  }
  if (entries->empty() && !options.json) {
    note(context, "nothing" + (store.empty() ? "" : " of " + store) + " is in quarantine");
  }
  return 0;
}

Result<int> execute(const SessionsOptions& options, Context& context) {
  auto backend = open_database(options.place.db, Use::reads);
  if (!backend) return std::move(backend).error();
  const std::string& store = options.place.store;
  if (auto there = store_is_there(context, **backend, store); !there) {
    return std::move(there).error();
  }
  std::ostream& out = context.environment.out;
  Table table({{"PROFILE"},
               {"SERVER"},
               {"INCARNATION", Table::Align::right},
               {"LEASE"},
               {"EPOCH", Table::Align::right},
               {"SESSION"}});
  JsonList json(out);
  bool any = false;
  auto shown = each_owned(**backend, store, [&](const Lease& lease, const OwnedRow& row) {
    any = true;
    if (!options.json) {
      table.add({row.key.store + "/" + row.key.key, lease.owner.server.text,
                 std::to_string(lease.owner.incarnation), std::string(name(lease.state)),
                 std::to_string(row.epoch), row.session.text()});
      return;
    }
    json.add(Value::object({{"store", row.key.store},
                            {"key", row.key.key},
                            {"server", lease.owner.server.text},
                            {"incarnation", json_of(lease.owner.incarnation)},
                            {"lease", name(lease.state)},
                            {"epoch", json_of(row.epoch)},
                            {"session", row.session.text()}}));
  });
  if (!shown) return std::move(shown).error();
  table.write(out);
  if (options.json) json.finish();
  if (!any && !options.json) {
    note(context, "no server holds a profile" + (store.empty() ? "" : " of " + store));
  }
  return 0;
}

Result<int> execute(const ServersOptions& options, Context& context) {
  auto backend = open_database(options.db, Use::reads);
  if (!backend) return std::move(backend).error();
  auto leases = (*backend)->leases();
  if (!leases) return std::move(leases).error();
  std::ostream& out = context.environment.out;
  Table table({{"SERVER"},
               {"INCARNATION", Table::Align::right},
               {"LEASE"},
               {"RENEWAL", Table::Align::right},
               {"STARTED"},
               {"HOST"},
               {"PID", Table::Align::right},
               {"JOURNAL"}});
  JsonList json(out);
  for (const Lease& lease : *leases) {
    if (options.json) {
      json.add(json_of(lease));
      continue;
    }
    table.add({lease.owner.server.text, std::to_string(lease.owner.incarnation),
               std::string(name(lease.state)), std::to_string(lease.renewal),
               utc_or_dash(lease.started_ms), lease.journal.host,
               lease.journal.pid == 0 ? "" : std::to_string(lease.journal.pid),
               lease.journal.directory});
  }
  table.write(out);
  if (options.json) json.finish();
  if (leases->empty() && !options.json) note(context, "no server has a lease");
  return 0;
}

}  // namespace keepsake::cli
