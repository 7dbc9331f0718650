#include "src/backend/message_operations.h"

#include "src/backend/erasure_operations.h"
#include "src/backend/group_limits.h"
#include "src/backend/messages.h"
#include "src/backend/reads.h"
#include "src/backend/rules.h"
#include "src/plant/plant.h"

namespace keepsake {

Dispatch::Dispatch(Tables& tables, ServerId server, std::int64_t now_ms, std::string salt,
                   std::set<ProfileKey> leaving)
    : tables_(tables),
      server_(std::move(server)),
      now_ms_(now_ms),
      salt_(std::move(salt)),
      leaving_(std::move(leaving)) {}

Result<std::optional<Envelope>> Dispatch::row_of(const ProfileKey& key) {
  if (leaving_.contains(key)) return std::optional<Envelope>();
  return tables_.envelope(key);
}

/// Without a row a key may be one that nobody has loaded yet: only a removal that is remembered
/// or a tombstone tells otherwise. Whoever sent a message had a row.
Result<bool> Dispatch::is_gone(const ProfileKey& key, const Message& message) {
  if (leaving_.contains(key)) return true;
  auto row = tables_.envelope(key);
  if (!row) return row.error();
  if (*row) return false;
  if (is_returned_id(message.id)) return true;
  auto removal = tables_.removal(key);
  if (!removal) return removal.error();
  if (*removal) return true;
  return was_erased(tables_, key);
}

Result<std::optional<Error>> Dispatch::count(const ProfileKey& to, const Message& message) {
  auto counted = counts_.find(to);
  if (counted == counts_.end()) {
    auto count = tables_.inbox_count(to);
    if (!count) return count.error();
    counted = counts_.emplace(to, *count).first;
  }
  ++counted->second;
  // A message that carries value is never refused here: its limit was tested when it was sent.
  if (message.carries_value) return std::optional<Error>();
  auto fits = valid_inbox_count(to, counted->second);
  return fits ? std::optional<Error>() : std::optional<Error>(std::move(fits).error());
}

Result<std::optional<Error>> Dispatch::send(const ProfileKey& to, const Message& message) {
  auto known = tables_.message_known(to, message.id);
  if (!known) return known.error();
  if (*known || !ids_.emplace(to, message.id).second) {
    // A commit that is sent again doesn't come here: this one took its value anew.
    const std::string salt = salt_ + "/" + std::to_string(posts_.size() + quarantine_.size());
    const bool value = message.carries_value && !is_returned_id(message.id);
    Result<void> given = value ? give_back(to, message, salt) : Result<void>();
    if (!given) return std::move(given).error();
    return std::optional<Error>();
  }
  auto gone = is_gone(to, message);
  if (!gone) return gone.error();
  if (*gone && is_returned_id(message.id)) {
    quarantine(to, message);
    return std::optional<Error>();
  }
  if (*gone || is_expired(message, now_ms_)) {
    if (auto taken = take_back(to, message); !taken) return std::move(taken).error();
    return std::optional<Error>();
  }
  auto refused = count(to, message);
  if (!refused || *refused) return refused;
  posts_.push_back({.to = to, .message = message});
  return std::optional<Error>();
}

Result<void> Dispatch::take_back(const ProfileKey& from, const Message& message) {
  used_.emplace_back(from, message.id);
  if (!message.carries_value || planted<Plant::expired_message_vanishes>()) return {};
  return give_back(from, message, {});
}

Result<void> Dispatch::give_back(const ProfileKey& from, const Message& message,
                                 std::string_view salt) {
  Message back = returned(from, message, salt, now_ms_);
  const std::optional<ProfileKey> sender = sender_of(message);
  if (!sender) {
    quarantine(from, back);
    return {};
  }
  auto row = row_of(*sender);
  if (!row) return row.error();
  if (*row) {
    posts_.push_back({.to = *sender, .message = std::move(back)});
  } else {
    quarantine(*sender, back);
  }
  return {};
}

void Dispatch::quarantine(const ProfileKey& key, const Message& returned) {
  quarantine_.push_back({.incident = incident_of_returned(returned),
                         .key = key,
                         .code = std::string(name(ErrorCode::not_found)),
                         .path = {},
                         .message = "a message's value came back, and its sender is gone",
                         .schema_version = {},
                         .payload = returned.body,
                         .at_ms = now_ms_,
                         .server = server_});
}

Result<void> Dispatch::write(std::vector<Owner>& wake) {
  for (const auto& [key, id] : used_) {
    if (auto used = tables_.acknowledge(key, id, now_ms_); !used) return used;
  }
  for (const Post& post : posts_) {
    if (auto added = tables_.add_message(post.to, post.message); !added) return added;
    auto row = tables_.envelope(post.to);
    if (!row) return row.error();
    if (*row && (*row)->owner) wake.push_back(*(*row)->owner);
  }
  for (const QuarantineEntry& entry : quarantine_) {
    if (auto added = apply_set_aside(tables_, entry); !added) return added;
  }
  return {};
}

Result<InboxState> look_at_inbox(Tables& tables, const ProfileKey& key, std::string_view id) {
  if (auto valid = valid_key(key); !valid) return std::move(valid).error();
  auto waiting = tables.inbox_count(key);
  if (!waiting) return waiting.error();
  auto known = tables.message_known(key, id);
  if (!known) return known.error();
  return InboxState{.waiting = *waiting, .known = *known};
}

Result<bool> any_expired(Tables& tables, std::int64_t now_ms) {
  auto expired = tables.expired_messages(now_ms, 1);
  if (!expired) return expired.error();
  return !expired->empty();
}

Result<std::size_t> apply_send_back_expired(Tables& tables, const SendBackExpired& request,
                                            std::vector<Owner>& wake) {
  auto expired = tables.expired_messages(request.now_ms, page_size(request.limit));
  if (!expired) return expired.error();
  Dispatch dispatch(tables, request.self.server, request.now_ms, {}, {});
  for (const auto& [key, message] : *expired) {
    auto found = tables.envelope(key);
    if (!found) return found.error();
    // Of a recovered lease: a journal that turns up later must find its session over, since it may
    // hold that this message was handled.
    if (*found && (*found)->owner) {
      Envelope row = **found;
      free_row(row);
      if (row.ask) wake.push_back(row.ask->asker);
      if (auto freed = tables.update_profile(key, **found, row, nullptr); !freed) {
        return std::move(freed).error();
      }
    }
    if (auto taken = dispatch.take_back(key, message); !taken) return std::move(taken).error();
  }
  if (auto written = dispatch.write(wake); !written) return std::move(written).error();
  return expired->size();
}

}  // namespace keepsake
