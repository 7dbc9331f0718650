#include "backends/postgres/postgres_error.h"

namespace keepsake::postgres {

namespace {

constexpr std::string_view kSerializationFailure = "40001";
constexpr std::string_view kDeadlock = "40P01";
constexpr std::string_view kUniqueViolation = "23505";
constexpr std::string_view kDivisionByZero = "22012";  // how a statement says "changed meanwhile"
constexpr std::string_view kLockNotAvailable = "55P03";
constexpr std::string_view kQueryCanceled = "57014";
constexpr std::string_view kDiskFull = "53100";
constexpr std::string_view kReadOnlyTransaction = "25006";
constexpr std::string_view kInsufficientPrivilege = "42501";
constexpr std::string_view kNoSuchStatement = "26000";
constexpr std::string_view kDuplicateStatement = "42P05";

Error say(ErrorCode code, const std::string& place, std::string_view text) {
  return Error(code, "the database " + place + ": " + std::string(text));
}

}  // namespace

Error unreachable(const std::string& place, std::string_view why) {
  return Error(ErrorCode::unavailable,
               "the database " + place + " can't be reached: " + std::string(why))
      .remedy("nothing was changed; saving goes on by itself when it is back");
}

Error commit_in_doubt(const std::string& place, std::string_view why) {
  return Error(ErrorCode::in_doubt,
               "the database " + place + " gave no answer to a commit: " + std::string(why))
      .remedy("the same commit is sent again until it is settled");
}

Error commit_unreplicated(const std::string& place) {
  return say(ErrorCode::in_doubt, place,
             "it has stored a commit that might not have been replicated: no standby confirmed it")
      .remedy("bring the standby back; the same commit is sent again until it is settled");
}

Diagnosis diagnose(std::string_view state, std::string_view text, const std::string& place) {
  const std::string_view group = state.substr(0, 2);
  if (state.empty() || group == "08") return {.error = unreachable(place, text), .ended = true};
  if (state == kSerializationFailure || state == kDeadlock || state == kUniqueViolation ||
      state == kDivisionByZero) {
    return {.error = say(ErrorCode::unavailable, place, "other transactions were in the way")
                         .remedy("nothing was changed; try again"),
            .try_again = true};
  }
  if (state == kNoSuchStatement || state == kDuplicateStatement) {
    return {.error = say(ErrorCode::unavailable, place, "a pooler lends its connections")
                         .remedy("nothing was changed; try again"),
            .try_again = true,
            .name_failed = true};
  }
  if (state == kLockNotAvailable) {
    return {.error = say(ErrorCode::unavailable, place, "a row stayed locked by another")
                         .remedy("end the transaction that holds it (pg_locks, pg_stat_activity)"),
            .locked = true};
  }
  if (state == kQueryCanceled) {
    return {.error = say(ErrorCode::unavailable, place, "it took too long, and was ended")
                         .remedy("nothing was changed; saving goes on by itself")};
  }
  if (state == kDiskFull) {
    return {.error = say(ErrorCode::storage_full, place, "there is no room on its disk")
                         .remedy("free space; nothing was lost, and saving goes on by itself")};
  }
  if (state == kReadOnlyTransaction) {
    // A primary that became a standby: the next connection finds the new one.
    return {.error = unreachable(place, "it takes no writes (a standby?)"), .ended = true};
  }
  if (state == kInsufficientPrivilege) {
    return {.error = say(ErrorCode::read_only, place, text)
                         .remedy("grant the role what docs/postgres.md lists")};
  }
  if (group == "53") return {.error = unreachable(place, text)};
  if (group == "57" || group == "28" || group == "3D") {
    return {.error = unreachable(place, text), .ended = true};
  }
  if (group == "XX") {
    return {.error = say(ErrorCode::corrupt, place, text)
                         .remedy("keep a copy of the cluster, and restore the last backup")};
  }
  return {.error =
              say(ErrorCode::io_error, place, std::string(text) + " (" + std::string(state) + ")")};
}

}  // namespace keepsake::postgres
