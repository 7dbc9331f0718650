// Messages: value on its way from one profile to another, whoever has that one, also if nobody
// does.
//
// `Profile::send` takes the value out of the sender's data in the same journal record and the same
// save in which the message goes out. It waits in the inbox of its key until a handler of that
// profile (ProfilesHooks::on_message) takes it, in the same record and save in which the message is
// marked as handled. So it is credited once, whatever crashes on the way; or it comes back: what
// has expired, and what was for a profile that was removed, goes to the sender's own inbox.
// docs/messages.md is the guide.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "keepsake/backend/record.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/result.h"
#include "keepsake/datum/struct.h"

namespace keepsake {

template <class T>
class Profile;

/// A message to be sent. One id is sent to one key once, by whomever: name the sender or the trade
/// in it. 1 to 256 bytes; ids that begin with "returned:" are Keepsake's own.
struct Outgoing {
  std::string id;
  std::string body;    ///< JSON, at most 64 KiB
  WallTime expires{};  ///< when it goes back if nobody has handled it by then; none: never
};

/// A message whose body is a struct, written as data are.
template <class Body>
[[nodiscard]] Outgoing outgoing(std::string id, const Body& body, WallTime expires = {}) {
  return {.id = std::move(id), .body = encode_json(body), .expires = expires};
}

/// The way back. Errors: `malformed`, `invalid_data`: it is no such body.
template <class Body>
[[nodiscard]] Result<Body> body_of(const Message& message) {
  Result<Bound<Body>> bound = decode_json<Body>(message.body);
  if (!bound) return std::move(bound).error();
  return std::move(bound->value);
}

/// Whether it is a message of the profile's own that came back. It has the body that was sent, an
/// id of its own, no sender and no expiry: give back what was taken.
[[nodiscard]] bool is_returned(const Message& message);

/// What a handler makes of a message.
enum class Handling : std::uint8_t {
  pass,     ///< not mine: the next handler is asked
  handled,  ///< taken: what was changed in the data stays, and the message never comes again
  later,    ///< not now: no other handler is asked; it comes again in the next session
};

/// Runs as an edit of the profile, on a copy: its changes stay only with `handled`. A message that
/// no handler takes, or whose change is invalid (`on_error` is told), comes again in the profile's
/// next session.
template <class T>
using MessageHandler = std::function<Handling(Profile<T>, T& data, const Message&)>;

}  // namespace keepsake
