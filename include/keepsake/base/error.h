// The one closed list of what can go wrong, and the value that carries it.
//
// An Error is a value: it says what went wrong (code), where (store, key, path), why (expected,
// found, cause), what to do about it (remedy), and, where a player was turned away, an incident id
// under which the data that could not be used lies in quarantine. Texts never hold a secret or a
// player's data: `found` names kinds ("string"), not contents.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace keepsake {

/// What a caller does next. Every code belongs to exactly one class.
enum class ErrorClass : std::uint8_t {
  retry,    ///< the same call may work in a moment; nothing was changed
  restart,  ///< this session or handle is over; begin again higher up (load the profile again)
  fix,      ///< the input, the schema or the options are wrong; the call can't work as it stands
  give_up,  ///< somebody has to look: storage, machine or data is damaged or missing
};

/// The closed list. The table in docs/errors.md gives each one's meaning and remedy.
enum class ErrorCode : std::uint8_t {
  // data: schemas, codecs, migration
  malformed,           ///< text or bytes that don't parse
  invalid_data,        ///< parsed, but not what the schema asks for
  limit_exceeded,      ///< too deep, too long, too large
  invalid_schema,      ///< a schema or catalog that contradicts itself
  version_unknown,     ///< the data's version is none of the catalog's, or missing
  version_mismatch,    ///< the data's own version differs from its envelope's
  step_failed,         ///< a migration step refused, threw, or gave an invalid result
  step_unknown,        ///< a migration step that this program doesn't have
  no_path,             ///< no chain of steps from one version to the other
  duplicate_edge,      ///< two steps between the same two versions
  cycle,               ///< the steps form a circle
  needs_newer_server,  ///< the data is of a version that this server can't read
  callback_threw,      ///< the game's function threw; nothing was changed
  refused,             ///< the game's own edit said no; `cause` holds its word
  // calls
  invalid_argument,  ///< a call that can never work: a bad key, an empty name
  invalid_options,   ///< options out of range or contradicting each other
  not_found,         ///< no such profile, server, incident or file
  already_exists,    ///< it is there already, and is not overwritten
  cancelled,         ///< the caller withdrew
  timed_out,         ///< the deadline passed
  // ownership
  not_owner,         ///< the handle has ended or never held the profile
  session_ending,    ///< the last save is under way; nothing more is accepted
  session_lost,      ///< another server owns the profile now, or our lease was closed
  superseded,        ///< a newer request for the same profile won
  contended,         ///< too many hand-overs in a short time; wait and ask again
  held,              ///< another server holds the profile and it was not asked for
  lease_closed,      ///< this server's lease was closed by another
  server_id_in_use,  ///< another live process bears this server id
  shutting_down,     ///< the store takes no new work
  tie_lost,          ///< a transaction's other side was lost; all its members fell back
  not_now,           ///< refused for the moment: doubtful, or a transaction waits too long
  fence_refused,     ///< the row is not as this commit's fence says
  too_old,           ///< a purchase older than receipts are kept
  // storage
  unavailable,         ///< the backend can't be reached or is busy; nothing was changed
  in_doubt,            ///< the reply was lost: it may or may not have been committed
  unknown_outcome,     ///< in doubt, and a later commit hides the answer
  read_only,           ///< the storage can be read but not written
  storage_full,        ///< no room on the disk or over a quota
  corrupt,             ///< damaged storage
  io_error,            ///< the operating system refused a read or a write
  wrong_format,        ///< a file of another program or of a newer Keepsake
  backend_went_back,   ///< the database is older than what was confirmed
  database_replaced,   ///< the path holds another file than the one that is open
  journal_full,        ///< no room in the journal; the edit was not taken
  journal_not_shared,  ///< a live journal whose memory this process can't reach
};

inline constexpr int kErrorCodeCount = static_cast<int>(ErrorCode::journal_not_shared) + 1;

/// The code's name as it stands in logs, JSON and docs: "session_lost".
[[nodiscard]] std::string_view name(ErrorCode code) noexcept;
[[nodiscard]] std::string_view name(ErrorClass error_class) noexcept;
[[nodiscard]] ErrorClass class_of(ErrorCode code) noexcept;

/// A failure with all that is known of it. Copyable; one pointer wide, so that Result stays small.
class [[nodiscard]] Error {
 public:
  /// `cause`: one sentence without a final stop, for the person who reads the log.
  explicit Error(ErrorCode code, std::string cause = {});
  Error(const Error& other);
  Error& operator=(const Error& other);
  Error(Error&&) noexcept;
  Error& operator=(Error&&) noexcept;
  ~Error();

  // Each sets one part and returns the error itself, for chaining: `Error(…).store(s).key(k)`.
  Error& store(std::string_view store_name) &;
  Error& key(std::string_view profile_key) &;
  Error& path(std::string_view json_pointer) &;  ///< RFC 6901; "" is the whole document
  Error& expected(std::string_view what) &;
  Error& found(std::string_view what) &;
  Error& remedy(std::string_view what_to_do) &;
  Error& incident(std::string_view incident_id) &;
  Error&& store(std::string_view store_name) &&;
  Error&& key(std::string_view profile_key) &&;
  Error&& path(std::string_view json_pointer) &&;
  Error&& expected(std::string_view what) &&;
  Error&& found(std::string_view what) &&;
  Error&& remedy(std::string_view what_to_do) &&;
  Error&& incident(std::string_view incident_id) &&;

  [[nodiscard]] ErrorCode code() const noexcept;
  [[nodiscard]] ErrorClass error_class() const noexcept { return class_of(code()); }
  [[nodiscard]] const std::string& store() const noexcept;
  [[nodiscard]] const std::string& key() const noexcept;
  [[nodiscard]] const std::string& path() const noexcept;
  [[nodiscard]] const std::string& expected() const noexcept;
  [[nodiscard]] const std::string& found() const noexcept;
  [[nodiscard]] const std::string& cause() const noexcept;
  [[nodiscard]] const std::string& remedy() const noexcept;
  [[nodiscard]] const std::string& incident() const noexcept;

  /// What happened, without code and place: "expected integer, found string". The cause, if one
  /// was given, stands before it.
  [[nodiscard]] std::string message() const;

  /// One line for a log: code, store/key, path, message, remedy, incident.
  [[nodiscard]] std::string text() const;

  /// One sentence for a player who is turned away: no key, no path, no cause; the incident id if
  /// there is one, so that support can find the data.
  [[nodiscard]] std::string player_text() const;

  friend bool operator==(const Error& a, const Error& b) noexcept;

 private:
  struct Detail;
  std::unique_ptr<Detail> detail_;
};

/// A game's own "no" out of an edit: nothing is changed and nothing is journaled.
/// `word`: the game's own name for the reason ("too_expensive"); it comes back as `cause()`.
[[nodiscard]] Error refuse(std::string_view word);

}  // namespace keepsake
