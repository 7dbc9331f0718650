#include "sim/rows.h"

#include <utility>

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
  member.fence = {.generation = database.info()->generation,
                  .session = row.session,
                  .epoch = row.epoch,
                  .revision = row.revision};
  member.after = keepsake::After::hand_over;
  return Group{.token = keepsake::Id128::random(random),
               .self = *row.owner,
               .now_ms = 1,
               .members = {std::move(member)},
               .quarantine = {}};
}

}  // namespace sim
