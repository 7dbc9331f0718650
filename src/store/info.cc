#include "keepsake/store/info.h"

namespace keepsake {

std::string_view name(EndReason reason) noexcept {
  switch (reason) {
    case EndReason::released: return "released";
    case EndReason::handed_over: return "handed_over";
    case EndReason::shutdown: return "shutdown";
    case EndReason::removed: return "removed";
    case EndReason::lost: return "lost";
    case EndReason::tie_lost: return "tie_lost";
    case EndReason::refused: return "refused";
  }
  return "lost";
}

std::string_view name(ProfileState state) noexcept {
  switch (state) {
    case ProfileState::active: return "active";
    case ProfileState::doubtful: return "doubtful";
    case ProfileState::ending: return "ending";
    case ProfileState::ended: return "ended";
  }
  return "ended";
}

std::string_view name(StoreState state) noexcept {
  switch (state) {
    case StoreState::starting: return "starting";
    case StoreState::ready: return "ready";
    case StoreState::degraded: return "degraded";
    case StoreState::read_only: return "read_only";
    case StoreState::closed: return "closed";
  }
  return "closed";
}

ProfileInfo info_of(const ProfileKey& key, const Envelope& envelope) {
  return {.key = key,
          .version = envelope.schema.version,
          .owner = envelope.owner,
          .user_ids = envelope.user_ids,
          .created = wall_from_unix_ms(envelope.created_ms),
          .first_session = wall_from_unix_ms(envelope.first_session_ms),
          .saved = wall_from_unix_ms(envelope.saved_ms),
          .load_count = envelope.load_count,
          .epoch = envelope.epoch,
          .revision = envelope.revision,
          .metadata = envelope.metadata,
          .tags = envelope.tags};
}

std::string ShutdownReport::text() const {
  std::string text = std::to_string(saved) + " sessions saved";
  if (!left_in_journal.empty()) {
    text += ", " + std::to_string(left_in_journal.size()) + " left in the journal:";
    for (const ProfileKey& key : left_in_journal) text += "\n  " + key.store + "/" + key.key;
  }
  for (const Error& error : errors) text += "\n  " + error.text();
  return text;
}

}  // namespace keepsake
