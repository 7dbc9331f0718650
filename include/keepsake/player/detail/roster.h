// Roster: who joined and who left, without the type of the data. PlayerDataManager<T> casts on top.
//
// For each user the roster keeps two things that come and go on their own: a load under way, and a
// session. Joining and leaving only say what the game wants; what the store then answers, in
// whatever order, is brought in line with it: a session that nobody wants any more is ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "keepsake/base/error.h"
#include "keepsake/base/function_ref.h"
#include "keepsake/base/ids.h"
#include "keepsake/base/result.h"
#include "keepsake/store/detail/slot_ref.h"

namespace keepsake::detail {

/// What a roster asks of the store beneath it, and what it tells the game above it. The store may
/// answer at once or later; the game may call the roster from inside any of the `tell` functions.
class RosterPort {
 public:
  /// Begins a load whose answer goes to Roster::answered with the same `serial`. Gives the ticket.
  virtual std::uint64_t begin_load(UserId user, const std::string& key, std::uint64_t serial) = 0;
  virtual void cancel_load(std::uint64_t ticket) = 0;
  /// The session may be ending or over already; then this does nothing.
  virtual void end_session(const SlotRef& slot) = 0;
  /// Whether the session still takes edits: neither ending nor over.
  [[nodiscard]] virtual bool playable(const SlotRef& slot) const = 0;

  virtual void tell_ready(UserId user, const SlotRef& slot) = 0;
  virtual void tell_refused(UserId user, const Error& error) = 0;
  virtual void tell_ended(UserId user, EndReason why) = 0;

 protected:
  ~RosterPort() = default;
};

class Roster {
 public:
  /// `port` outlives the roster.
  explicit Roster(RosterPort& port) : port_(port) {}
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;

  // --- from the game ----------------------------------------------------------------------------

  /// `key` is the same at each join of a user, and no other user's: else an assertion.
  void join(UserId user, std::string key);
  void leave(UserId user);

  // --- from the store ---------------------------------------------------------------------------

  /// A load's answer. One that the roster doesn't wait for any more is not lost: see above.
  void answered(UserId user, std::uint64_t serial, Result<SlotRef> answer);
  /// A session's end. It comes before the answer of a load that waited for that end.
  void ended(const std::string& key, EndReason why);

  // --- looking ----------------------------------------------------------------------------------

  /// The user's session, if the game was told of it and it still takes edits.
  [[nodiscard]] std::optional<SlotRef> find(UserId user) const;
  /// The user whose load or session that is.
  [[nodiscard]] std::optional<UserId> user_of(const std::string& key) const;
  /// The same, if the game was told of the session.
  [[nodiscard]] std::optional<UserId> player_of(const std::string& key) const;
  /// `f` may join and leave anyone.
  void for_each(FunctionRef<void(UserId, const SlotRef&)> f) const;
  [[nodiscard]] std::size_t size() const;  ///< users that find() gives a session for
  /// Users with a load under way or a session, wanted or not. 0: nothing is left behind.
  [[nodiscard]] std::size_t known() const { return entries_.size(); }

 private:
  struct Load {
    std::uint64_t serial = 0;
    std::uint64_t ticket = 0;
    bool withdrawn = false;  ///< the user left; its answer may still be a session
  };
  struct Session {
    SlotRef slot;
    bool told = false;    ///< the game has it: it hears of its end
    bool ending = false;  ///< we asked for its end
  };
  struct Entry {
    std::string key;
    bool wanted = false;
    std::optional<Load> load;
    std::optional<Session> session;
    std::optional<EndReason> missed_end;  ///< a session ended before its load was answered
  };

  void begin_load(UserId user, Entry& entry);
  void end_session(Session& session);
  void granted(UserId user, Entry& entry, bool withdrawn, const SlotRef& slot);
  void denied(UserId user, Entry& entry, bool withdrawn, const Error& error);
  void forget(UserId user);
  [[nodiscard]] bool in_play(const Entry& entry) const;

  RosterPort& port_;
  std::unordered_map<UserId, Entry> entries_;
  std::unordered_map<std::string, UserId> users_;  // by key, of all entries
  std::uint64_t last_serial_ = 0;
};

}  // namespace keepsake::detail
