// Messages on their way, inside one transaction: into an inbox, back to whoever sent them, or into
// quarantine (rules 30, 31).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/backend/tables.h"

namespace keepsake {

/// Decides where messages go, writes nothing until write(). One transaction.
class Dispatch {
 public:
  /// `salt`: random, tells apart what is sent twice under one id. `leaving`: keys that this
  /// transaction removes.
  Dispatch(Tables& tables, ServerId server, std::int64_t now_ms, std::string salt,
           std::set<ProfileKey> leaving);

  /// A message of a commit. Gives the limit that refuses it, which is never one that carries value.
  Result<std::optional<Error>> send(const ProfileKey& to, const Message& message);
  /// Takes a message out of that inbox, which it must not wait in any longer; its id stays used.
  Result<void> take_back(const ProfileKey& from, const Message& message);

  Result<void> write(std::vector<Owner>& wake);

 private:
  struct Post {
    ProfileKey to;
    Message message;
  };

  Result<std::optional<Envelope>> row_of(const ProfileKey& key);
  Result<bool> is_gone(const ProfileKey& key, const Message& message);
  Result<void> give_back(const ProfileKey& from, const Message& message, std::string_view salt);
  void quarantine(const ProfileKey& key, const Message& returned);
  Result<std::optional<Error>> count(const ProfileKey& to, const Message& message);

  Tables& tables_;
  const ServerId server_;
  const std::int64_t now_ms_;
  const std::string salt_;
  const std::set<ProfileKey> leaving_;

  std::vector<Post> posts_;
  std::vector<std::pair<ProfileKey, std::string>> used_;
  std::vector<QuarantineEntry> quarantine_;
  std::set<std::pair<ProfileKey, std::string>> ids_;
  std::map<ProfileKey, std::size_t> counts_;  ///< of each inbox, with what is added
};

[[nodiscard]] Result<InboxState> look_at_inbox(Tables& tables, const ProfileKey& key,
                                               std::string_view id);
/// Whether apply_send_back_expired would find something.
[[nodiscard]] Result<bool> any_expired(Tables& tables, std::int64_t now_ms);
[[nodiscard]] Result<std::size_t> apply_send_back_expired(Tables& tables,
                                                          const SendBackExpired& request,
                                                          std::vector<Owner>& wake);

}  // namespace keepsake
