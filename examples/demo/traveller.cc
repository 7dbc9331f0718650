#include "examples/demo/traveller.h"

namespace demo {

void Traveller::join(std::size_t to, Purpose why, keepsake::MonotonicTime when) {
  server = to;
  from = kNowhere;
  ready = false;
  purpose = why;
  sent = when;
  left_seen = answered = {};
}

void Traveller::hop(std::size_t to, keepsake::MonotonicTime when) {
  const std::size_t old = server;
  if (ready) leaving.insert(old);
  join(to, Purpose::hop, when);
  from = old;
}

void Traveller::left(std::size_t where, keepsake::MonotonicTime told) {
  const bool was_told = leaving.erase(where) != 0;
  if (from == where) {
    left_seen = told;
    from = kNowhere;
  } else if (server == where && !was_told) {
    server = kNowhere;
    ready = false;
  }
}

}  // namespace demo
