// The frequent case: many profiles' data at once, in one statement and one round trip.
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "backends/postgres/engine.h"
#include "src/backend/row_blobs.h"
#include "src/backend/row_codec.h"
#include "src/backend/rules.h"

namespace keepsake::postgres {

namespace {

/// The columns of kSaveMany, one array each.
struct Columns {
  std::vector<std::string_view> stores, keys, servers, sessions, versions, marks_before, marks,
      payloads;
  std::vector<std::int64_t> incarnations, epochs, revisions, edits, ordinals, compatible, formats,
      saved;

  void add(const Group& save, std::string_view session, std::string_view before,
           std::string_view after) {
    const MemberCommit& member = save.members[0];
    const NewData& data = *member.data;
    stores.push_back(member.key.store);
    keys.push_back(member.key.key);
    servers.push_back(save.self.server.text);
    incarnations.push_back(static_cast<std::int64_t>(save.self.incarnation));
    sessions.push_back(session);
    epochs.push_back(static_cast<std::int64_t>(member.fence.epoch));
    revisions.push_back(static_cast<std::int64_t>(member.fence.revision + 1));
    edits.push_back(static_cast<std::int64_t>(member.edit_number));
    versions.push_back(data.schema.version);
    ordinals.push_back(data.schema.ordinal);
    compatible.push_back(data.schema.last_compatible);
    formats.push_back(static_cast<std::int64_t>(data.format));
    saved.push_back(save.now_ms);
    marks_before.push_back(before);
    marks.push_back(after);
    payloads.push_back(data.payload);
  }

  [[nodiscard]] Params params(const Generation& generation) const {
    Params params;
    params.texts(stores).texts(keys).texts(servers).numbers(incarnations).blobs(sessions);
    params.numbers(epochs).numbers(revisions).numbers(edits).texts(versions).numbers(ordinals);
    params.numbers(compatible).numbers(formats).numbers(saved).blobs(marks_before).blobs(marks);
    params.blobs(payloads) << generation;
    return params;
  }
};

/// What a save changes of what is known of its row.
struct Marked {
  std::vector<EpochMark> marks;
  std::string before, after, session;
};

std::vector<Marked> marks_of(SharedRows& known, const std::vector<const Group*>& saves) {
  const std::scoped_lock lock(known.mutex);
  std::vector<Marked> all(saves.size());
  for (std::size_t i = 0; i < saves.size(); ++i) {
    const MemberCommit& member = saves[i]->members[0];
    const KnownRow* row = known.rows.find(member.key);
    if (row == nullptr) continue;  // then "before" is no marks at all, and the row isn't changed
    Marked& marked = all[i];
    marked.marks = row->marks;
    marked.before = row->encoded_marks;
    const Fence& fence = member.fence;
    add_mark(marked.marks, fence.epoch, fence.revision + 1, saves[i]->token, false);
    marked.after = encode_marks(marked.marks);
    const auto id = fence.session.bytes();
    marked.session.assign(reinterpret_cast<const char*>(id.data()), id.size());
  }
  return all;
}

}  // namespace

Result<Engine::Saved> Engine::save_many(const std::vector<const Group*>& saves, Urgency urgency) {
  const std::uint64_t renewed = last_renewal();
  std::vector<Marked> marked = marks_of(known_, saves);
  Columns columns;
  for (std::size_t i = 0; i < saves.size(); ++i) {
    columns.add(*saves[i], marked[i].session, marked[i].before, marked[i].after);
  }
  auto lent = lend(urgency);
  if (!lent) return std::move(lent).error();
  Connection& connection = lent->connection();
  begin_transaction(connection, brief_, Sync::full);
  connection.send(sql::kSaveMany, columns.params(saves[0]->members[0].fence.generation));
  auto done = commit(connection);
  Saved saved{.stored = std::vector<bool>(saves.size(), false)};
  if (!done) {
    const bool left_as_it_was = !connection.broke() && done.error().code() != ErrorCode::in_doubt;
    saved.row_locked = connection.row_locked();
    const bool in_the_way = connection.try_again() || saved.row_locked;
    connection.rollback();
    // A row is gone, was changed meanwhile, or is locked: the ordinary way tells of which group.
    if (left_as_it_was && in_the_way) return saved;
    return std::move(done).error();
  }
  std::set<ProfileKey> changed;
  for (ProfileKey& key : connection.answer(1).all(read_key<Row>)) changed.insert(std::move(key));
  if (!changed.empty()) note_stored(renewed);
  const std::scoped_lock lock(known_.mutex);
  for (std::size_t i = 0; i < saves.size(); ++i) {
    const ProfileKey& key = saves[i]->members[0].key;
    saved.stored[i] = changed.contains(key);
    if (!saved.stored[i]) continue;
    known_.rows.note(
        key, {.marks = std::move(marked[i].marks), .encoded_marks = std::move(marked[i].after)});
  }
  return saved;
}

}  // namespace keepsake::postgres
