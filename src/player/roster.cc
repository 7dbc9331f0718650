// Every tell_… and every call of the port comes last in its function: the game, or a store that
// answers at once, may call back into the roster, and no reference into entries_ outlives that.
#include "keepsake/player/detail/roster.h"

#include <utility>
#include <vector>

#include "src/base/assert.h"

namespace keepsake::detail {

namespace {

/// Why a load came to nothing when its session ended before the game was told of it.
Error ended_too_soon(std::optional<EndReason> why) {
  if (why == EndReason::shutdown) {
    return Error(ErrorCode::shutting_down, "the store shut down before the player was let in");
  }
  if (why == EndReason::lost) {
    return Error(ErrorCode::session_lost, "the session was lost before the player was let in");
  }
  return Error(ErrorCode::superseded, "the profile went to another before the player was let in");
}

}  // namespace

void Roster::join(UserId user, std::string key) {
  Entry& entry = entries_[user];
  if (entry.key.empty()) {
    const bool is_new = users_.emplace(key, user).second;
    require(is_new, "PlayerHooks::key_of gives each user a key of its own");
    entry.key = std::move(key);
  } else {
    require(entry.key == key, "PlayerHooks::key_of gives a user the same key each time");
  }
  entry.wanted = true;
  if (!entry.load) begin_load(user, entry);
}

void Roster::leave(UserId user) {
  const auto found = entries_.find(user);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.wanted = false;
  const bool ends = entry.session && !entry.session->ending;
  if (ends) entry.session->ending = true;
  const SlotRef slot = ends ? entry.session->slot : SlotRef();
  const bool cancels = entry.load && !entry.load->withdrawn;
  if (cancels) entry.load->withdrawn = true;
  const std::uint64_t ticket = cancels ? entry.load->ticket : 0;
  if (cancels) port_.cancel_load(ticket);
  if (ends) port_.end_session(slot);
}

void Roster::answered(UserId user, std::uint64_t serial, Result<SlotRef> answer) {
  const auto found = entries_.find(user);
  require(found != entries_.end() && found->second.load && found->second.load->serial == serial,
          "a load is answered once");
  Entry& entry = found->second;
  const bool withdrawn = entry.load->withdrawn;
  entry.load.reset();
  if (answer) {
    granted(user, entry, withdrawn, *answer);
  } else {
    denied(user, entry, withdrawn, answer.error());
  }
}

void Roster::granted(UserId user, Entry& entry, bool withdrawn, const SlotRef& slot) {
  const std::optional<EndReason> missed = std::exchange(entry.missed_end, std::nullopt);
  if (!port_.playable(slot)) {
    // An end under way or over, whose own news comes, or came, by ended().
    if (entry.wanted && withdrawn) return begin_load(user, entry);
    const bool refuse = entry.wanted;
    entry.wanted = false;
    if (!entry.session) forget(user);
    if (refuse) port_.tell_refused(user, ended_too_soon(missed));
    return;
  }
  if (!entry.session) entry.session = Session{slot, false, false};
  require(entry.session->slot == slot, "a session's end is told before the next one's beginning");
  if (!entry.wanted) {
    if (!std::exchange(entry.session->ending, true)) port_.end_session(slot);
    return;
  }
  entry.session->told = true;
  port_.tell_ready(user, slot);
}

void Roster::denied(UserId user, Entry& entry, bool withdrawn, const Error& error) {
  entry.missed_end.reset();
  // The answer to a withdrawn load says nothing about the join that came after.
  if (entry.wanted && withdrawn) return begin_load(user, entry);
  const bool refuse = entry.wanted;
  entry.wanted = in_play(entry);
  if (!entry.session) forget(user);
  if (refuse) port_.tell_refused(user, error);
}

void Roster::ended(const std::string& key, EndReason why) {
  const auto named = users_.find(key);
  if (named == users_.end()) return;
  const UserId user = named->second;
  Entry& entry = entries_.at(user);
  if (!entry.session) {
    if (entry.load) entry.missed_end = why;
    return;
  }
  const bool told = entry.session->told;
  entry.session.reset();
  if (!entry.load) forget(user);
  if (told) port_.tell_ended(user, why);
}

std::optional<SlotRef> Roster::find(UserId user) const {
  const auto found = entries_.find(user);
  if (found == entries_.end() || !in_play(found->second)) return std::nullopt;
  return found->second.session->slot;
}

std::optional<UserId> Roster::user_of(const std::string& key) const {
  const auto named = users_.find(key);
  if (named == users_.end()) return std::nullopt;
  return named->second;
}

std::optional<UserId> Roster::player_of(const std::string& key) const {
  const std::optional<UserId> user = user_of(key);
  if (!user) return std::nullopt;
  const Entry& entry = entries_.at(*user);
  if (!entry.session || !entry.session->told) return std::nullopt;
  return user;
}

void Roster::for_each(FunctionRef<void(UserId, const SlotRef&)> f) const {
  std::vector<UserId> users;
  users.reserve(entries_.size());
  for (const auto& [user, entry] : entries_) users.push_back(user);
  for (const UserId user : users) {
    if (const std::optional<SlotRef> slot = find(user)) f(user, *slot);
  }
}

std::size_t Roster::size() const {
  std::size_t count = 0;
  for (const auto& [user, entry] : entries_) count += in_play(entry) ? 1 : 0;
  return count;
}

void Roster::begin_load(UserId user, Entry& entry) {
  const std::uint64_t serial = ++last_serial_;
  entry.load = Load{serial, 0, false};
  const std::uint64_t ticket = port_.begin_load(user, std::string(entry.key), serial);
  const auto found = entries_.find(user);
  if (found == entries_.end()) return;
  std::optional<Load>& load = found->second.load;
  if (load && load->serial == serial) load->ticket = ticket;
}

void Roster::forget(UserId user) {
  const auto found = entries_.find(user);
  users_.erase(found->second.key);
  entries_.erase(found);
}

bool Roster::in_play(const Entry& entry) const {
  return entry.session && entry.session->told && !entry.session->ending &&
         port_.playable(entry.session->slot);
}

}  // namespace keepsake::detail
