#include "src/backend/profile_operations.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "src/backend/group_limits.h"
#include "src/backend/lease_operations.h"
#include "src/backend/rules.h"

namespace keepsake {

namespace {

/// What an acquire is judged by.
struct View {
  std::uint64_t own_renewal = 0;
  std::int64_t now_ms = 0;  ///< the database's
  std::optional<Envelope> row;
  LeaseState owner_state = LeaseState::recovered;
  AcquireCase outcome = AcquireCase::look;
};

Result<View> view_for(Tables& tables, const Acquire& request) {
  if (auto valid = valid_key(request.key); !valid) return valid.error();
  if (request.session.none()) {
    return Error(ErrorCode::invalid_argument, "an acquire proposes a session id")
        .store(request.key.store)
        .key(request.key.key);
  }
  if (auto same = need_generation(tables, request.generation); !same) return same.error();
  auto own = need_open_lease(tables, request.self);
  if (!own) return own.error();
  View view;
  view.own_renewal = own->lease.renewal;
  auto row = tables.envelope(request.key);
  if (!row) return row.error();
  view.row = *std::move(row);
  if (view.row && view.row->owner) {
    auto state = state_of_lease(tables, view.row->owner->incarnation);
    if (!state) return state.error();
    view.owner_state = *state;
  }
  view.now_ms = tables.now_ms();
  view.outcome =
      judge_acquire(view.row ? &*view.row : nullptr, view.owner_state, request, view.now_ms);
  return view;
}

AcquireAnswer held(const View& view, const Acquire& request) {
  return Held{.owner = *view.row->owner,
              .owner_state = view.owner_state,
              .ask = standing_of(*view.row, request),
              .offered_number = view.row->ask_sequence + 1,
              .contended_ms = contended_for_ms(*view.row, view.now_ms)};
}

Result<AcquireAnswer> acquired(Tables& tables, const Acquire& request, Envelope row) {
  auto payload = tables.payload(request.key);
  if (!payload) return payload.error();
  return AcquireAnswer(
      Acquired{{.key = request.key, .envelope = std::move(row), .payload = *std::move(payload)}});
}

/// Only where `outcome` needs no write.
Result<AcquireAnswer> answer_of(Tables& tables, const Acquire& request, View view) {
  if (view.outcome == AcquireCase::ours_already) {
    return acquired(tables, request, *std::move(view.row));
  }
  if (view.outcome == AcquireCase::too_new) return AcquireAnswer(TooNew{view.row->schema});
  return held(view, request);
}

/// The first row of a key since it was removed, or ever.
Result<Envelope> begin_row(Tables& tables, const ProfileKey& key) {
  auto floor = tables.epoch_floor();
  if (!floor) return floor.error();
  auto removal = tables.removal(key);
  if (!removal) return removal.error();
  if (*removal) {
    if (auto erased = tables.erase_removal(key); !erased) return erased.error();
  }
  return new_row(*floor, *removal);
}

Result<AcquireAnswer> take(Tables& tables, const Acquire& request, const View& view) {
  if (!view.row) {
    auto row = begin_row(tables, request.key);
    if (!row) return row.error();
    take_row(*row, request, view.own_renewal, true);
    const Record record{.key = request.key, .envelope = *std::move(row), .payload = {}};
    if (auto inserted = tables.insert_profile(record); !inserted) return inserted.error();
    return AcquireAnswer(Acquired{record});
  }
  Envelope row = *view.row;
  if (row.ask) {  // of a server that died since: it would end the new session for nobody
    auto asker = state_of_lease(tables, row.ask->asker.incarnation);
    if (!asker) return asker.error();
    if (*asker != LeaseState::open) row.ask.reset();
  }
  take_row(row, request, view.own_renewal, false);
  auto updated = tables.update_profile(request.key, *view.row, row, nullptr);
  if (!updated) return updated.error();
  return acquired(tables, request, std::move(row));
}

Result<void> valid_create(const Create& request) {
  const Record& record = request.record;
  if (auto valid = valid_key(record.key); !valid) return valid;
  if (auto valid = valid_payload(record.key, record.payload); !valid) return valid;
  if (auto valid = valid_metadata(record.key, record.envelope.metadata); !valid) return valid;
  if (auto valid = valid_tags(record.key, record.envelope.tags); !valid) return valid;
  if (auto valid = valid_user_ids(record.key, record.envelope.user_ids); !valid) return valid;
  for (const Message& message : request.inbox) {
    if (auto valid = valid_message(record.key, message); !valid) return valid;
  }
  return {};
}

/// The messages of a new profile that its inbox doesn't know, each id once.
Result<std::vector<const Message*>> new_messages(Tables& tables, const Create& request) {
  std::vector<const Message*> added;
  std::set<std::string_view> ids;
  for (const Message& message : request.inbox) {
    auto known = tables.message_known(request.record.key, message.id);
    if (!known) return known.error();
    if (!*known && ids.insert(message.id).second) added.push_back(&message);
  }
  auto count = tables.inbox_count(request.record.key);
  if (!count) return count.error();
  if (auto fits = valid_inbox_count(request.record.key, *count + added.size()); !fits) {
    return fits.error();
  }
  return added;
}

}  // namespace

Result<void> need_generation(Tables& tables, const Generation& claimed) {
  auto generation = tables.generation();
  if (!generation) return generation.error();
  if (*generation == claimed) return {};
  return Error(ErrorCode::backend_went_back, "the database is not the one this server started on")
      .expected("generation " + claimed.text())
      .found("generation " + generation->text())
      .remedy("restart the server; a restored database begins a new generation");
}

Result<std::optional<AcquireAnswer>> look_at_acquire(Tables& tables, const Acquire& request) {
  auto view = view_for(tables, request);
  if (!view) return view.error();
  if (view->outcome == AcquireCase::take || view->outcome == AcquireCase::ask) {
    return std::optional<AcquireAnswer>();
  }
  auto answer = answer_of(tables, request, *std::move(view));
  if (!answer) return answer.error();
  return std::optional<AcquireAnswer>(*std::move(answer));
}

bool may_be_of_one(const Error& error) {
  return error.code() == ErrorCode::invalid_argument || error.code() == ErrorCode::corrupt;
}

Result<AcquireAnswer> apply_acquire(Tables& tables, const Acquire& request,
                                    std::vector<Owner>& wake) {
  auto view = view_for(tables, request);
  if (!view) return view.error();
  if (view->outcome == AcquireCase::take) return take(tables, request, *view);
  if (view->outcome == AcquireCase::ask) {
    const Envelope before = *view->row;
    write_ask(*view->row, request);
    auto updated = tables.update_profile(request.key, before, *view->row, nullptr);
    if (!updated) return updated.error();
    wake.push_back(*view->row->owner);
    // Whoever asked before has been superseded, and may as well know at once.
    if (before.ask && before.ask->asker != request.self) wake.push_back(before.ask->asker);
  }
  return answer_of(tables, request, *std::move(view));
}

Result<void> apply_withdraw(Tables& tables, const Withdraw& request, std::vector<Owner>& wake) {
  if (auto valid = valid_key(request.key); !valid) return valid;
  auto found = tables.envelope(request.key);
  if (!found) return found.error();
  if (!*found) return {};
  Envelope row = **found;
  if (row.ask && row.ask->id == request.ask) row.ask.reset();
  if (row.owner == request.self && row.session == request.session) {
    free_row(row);
    if (row.ask) wake.push_back(row.ask->asker);
  }
  if (row == **found) return {};
  return tables.update_profile(request.key, **found, row, nullptr);
}

Result<CreateAnswer> apply_create(Tables& tables, const Create& request) {
  if (auto valid = valid_create(request); !valid) return valid.error();
  const ProfileKey& key = request.record.key;
  auto found = tables.envelope(key);
  if (!found) return found.error();
  if (*found) return CreateAnswer(Exists{**std::move(found)});
  auto messages = new_messages(tables, request);
  if (!messages) return messages.error();
  auto begun = begin_row(tables, key);
  if (!begun) return begun.error();

  Record record = request.record;
  Envelope& row = record.envelope;
  row.born = begun->born;
  row.epoch = begun->epoch;
  row.marks = begun->marks;
  free_row(row);
  row.ask.reset();
  row.ask_sequence = 0;
  row.handover_ms.clear();
  row.user_ids = without_repeats(row.user_ids);
  if (auto inserted = tables.insert_profile(record); !inserted) return inserted.error();
  for (const Message* message : *messages) {
    if (auto added = tables.add_message(key, *message); !added) return added.error();
  }
  return CreateAnswer(Created{});
}

}  // namespace keepsake
