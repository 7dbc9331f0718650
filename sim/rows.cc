#include "sim/rows.h"

#include <utility>
#include <variant>

namespace sim {

using keepsake::Create;
using keepsake::Group;
using keepsake::MemberCommit;

Create new_row(std::string_view store, std::string_view key, std::string_view version,
               std::string_view payload) {
  Create request;
  request.record.key = {std::string(store), std::string(key)};
  request.record.envelope.has_data = true;
  const auto ordinal = static_cast<std::uint32_t>(version.front() - '0');
  request.record.envelope.schema = {
      .version = std::string(version), .ordinal = ordinal, .last_compatible = ordinal};
  request.record.payload = payload;
  return request;
}

std::optional<Group> robbery(keepsake::Backend& database, const keepsake::ProfileKey& key,
                             keepsake::Random& random) {
  const auto rows = database.read({key});
  if (!rows || !rows->front() || !rows->front()->envelope.owner) return std::nullopt;
  const keepsake::Envelope& row = rows->front()->envelope;
  MemberCommit member;
  member.key = key;
  member.fence = fence_of(row, database.info()->generation);
  member.after = keepsake::After::hand_over;
  return Group{.token = keepsake::Id128::random(random),
               .self = *row.owner,
               .now_ms = 1,
               .members = {std::move(member)},
               .quarantine = {}};
}

namespace {

/// The lease of an operator's tool.
keepsake::Owner open_tool(keepsake::Backend& database) {
  keepsake::Owner self{.server = {"tool"}, .incarnation = 0};
  keepsake::OpenLease opening{.server = self.server, .journal = {}, .now_ms = 1};
  self.incarnation = database.open_lease(opening).value();
  return self;
}

}  // namespace

bool steal_row(keepsake::Backend& database, const keepsake::ProfileKey& key,
               keepsake::Random& random) {
  const auto rows = database.read({key});
  if (!rows || !rows->front() || !rows->front()->envelope.owner) return false;
  const keepsake::Envelope& row = rows->front()->envelope;
  const keepsake::Owner self = open_tool(database);
  const auto done = database.steal({.key = key,
                                    .self = self,
                                    .generation = database.info()->generation,
                                    .session = row.session,
                                    .epoch = row.epoch,
                                    .token = keepsake::Id128::random(random),
                                    .reason = "stuck",
                                    .now_ms = 1});
  (void)database.end_lease({.self = self, .target = self});
  return done && std::holds_alternative<keepsake::Stolen>(*done);
}

bool erase_free(keepsake::Backend& database, const keepsake::ProfileKey& key,
                keepsake::Random& random) {
  const keepsake::Owner self = open_tool(database);
  keepsake::Acquire request;
  request.key = key;
  request.self = self;
  request.generation = database.info()->generation;
  request.session = keepsake::Id128::random(random);
  request.readable_ordinal = 9;
  const auto answer = database.acquire(request);
  bool erased = false;
  if (const auto* acquired = answer ? std::get_if<keepsake::Acquired>(&*answer) : nullptr) {
    const keepsake::Envelope& row = acquired->record.envelope;
    const auto done = database.erase({.key = key,
                                      .self = self,
                                      .fence = fence_of(row, request.generation),
                                      .token = keepsake::Id128::random(random),
                                      .user = {1},
                                      .reason = "asked for",
                                      .now_ms = 1});
    erased = done && std::holds_alternative<keepsake::Erased>(*done);
  }
  (void)database.end_lease({.self = self, .target = self});
  return erased;
}

}  // namespace sim
