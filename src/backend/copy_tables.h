// What a database is read and written by when it is carried into another: beside its tables as
// requests see them, everything that is kept of a key, of whatever age.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/function_ref.h"
#include "src/backend/tables.h"

namespace keepsake {

class CopyTables : public Tables {
 public:
  /// Keys after that one of which anything is kept, each once, in order of their bytes.
  virtual Result<std::vector<ProfileKey>> keys_after(const ProfileKey& after,
                                                     std::size_t limit) = 0;
  /// Of each, in the order asked.
  virtual Result<std::vector<Belongings>> belongings_of(const std::vector<ProfileKey>& keys) = 0;
  virtual Result<std::vector<std::vector<UserId>>> past_users_of(
      const std::vector<ProfileKey>& keys) = 0;
  virtual Result<void> add_past_user(const ProfileKey& key, UserId user) = 0;
  /// Inbox, receipts, handled ids and quarantine of a key, and nothing of others.
  virtual Result<void> erase_kept(const ProfileKey& key) = 0;

  virtual Result<std::vector<Tombstone>> tombstones() = 0;
  virtual Result<void> set_tombstone_secret(std::string_view secret) = 0;
  /// Newest first.
  virtual Result<std::vector<AuditEntry>> audit(std::size_t limit) = 0;
};

/// A database that is copied, or copied to. Used by one thread.
class CopySide {
 public:
  using Body = FunctionRef<Result<void>(CopyTables&)>;

  virtual ~CopySide() = default;
  /// On one state of the database; `body` may run several times.
  virtual Result<void> read(Body body) = 0;
  /// In one transaction, likewise.
  virtual Result<void> write(Body body) = 0;
  /// Whether what was erased under that secret may be remembered here: files beside the database
  /// know none or the same. Error: `already_exists`, naming them.
  virtual Result<void> may_remember(std::string_view secret) = 0;
  [[nodiscard]] virtual std::string place() const = 0;
};

}  // namespace keepsake
