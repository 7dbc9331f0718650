#include "src/backend/row_blobs.h"

#include <charconv>
#include <cstdint>

namespace keepsake {

namespace {

constexpr std::size_t kAskFixedBytes = 16 + 8 + 8 + 16 + 4 + 8;
constexpr std::size_t kMarkBytes = 8 + 8 + 16 + 16;

void put(std::string& out, std::uint64_t number, std::size_t bytes = 8) {
  char big_endian[8];
  for (std::size_t i = bytes; i > 0; --i, number >>= 8) {
    big_endian[i - 1] = static_cast<char>(number & 0xFF);
  }
  out.append(big_endian, bytes);
}
void put(std::string& out, const Id128& id) {
  put(out, id.high);
  put(out, id.low);
}

/// Reads from the front of what is left; the caller has made sure that it is enough.
struct Reader {
  std::string_view rest;
  std::uint64_t number(std::size_t bytes = 8) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value = value << 8 | static_cast<unsigned char>(rest[i]);
    }
    rest.remove_prefix(bytes);
    return value;
  }
  Id128 id() {
    const std::uint64_t high = number();
    return {.high = high, .low = number()};
  }
};

}  // namespace

std::string encode_ask(const Ask& ask) {
  std::string out;
  out.reserve(kAskFixedBytes + ask.asker.server.text.size());
  put(out, ask.id);
  put(out, ask.number);
  put(out, ask.asker.incarnation);
  put(out, ask.session);
  put(out, ask.readable_ordinal, 4);
  put(out, static_cast<std::uint64_t>(ask.duration_ms));
  return out += ask.asker.server.text;
}

std::optional<Ask> decode_ask(std::string_view bytes) {
  if (bytes.size() <= kAskFixedBytes) return std::nullopt;
  Reader in{bytes};
  Ask ask;
  ask.id = in.id();
  ask.number = in.number();
  ask.asker.incarnation = in.number();
  ask.session = in.id();
  ask.readable_ordinal = static_cast<std::uint32_t>(in.number(4));
  ask.duration_ms = static_cast<std::int64_t>(in.number());
  ask.asker.server.text = in.rest;
  return ask;
}

std::string encode_marks(const std::vector<EpochMark>& marks) {
  std::string out;
  out.reserve(marks.size() * kMarkBytes);
  for (const EpochMark& mark : marks) {
    put(out, mark.epoch);
    put(out, mark.revision);
    put(out, mark.token);
    put(out, mark.recoverer);
  }
  return out;
}

bool decode_marks(std::string_view bytes, std::vector<EpochMark>& marks) {
  if (bytes.size() % kMarkBytes != 0) return false;
  marks.clear();
  marks.reserve(bytes.size() / kMarkBytes);
  for (Reader in{bytes}; !in.rest.empty();) {
    EpochMark mark;
    mark.epoch = in.number();
    mark.revision = in.number();
    mark.token = in.id();
    mark.recoverer = in.id();
    marks.push_back(mark);
  }
  return true;
}

std::optional<EpochMark> decode_mark(std::string_view bytes) {
  std::vector<EpochMark> marks;
  if (!decode_marks(bytes, marks) || marks.size() != 1) return std::nullopt;
  return marks.front();
}

std::string encode_times(const std::vector<std::int64_t>& times) {
  std::string out;
  for (const std::int64_t time : times) put(out, static_cast<std::uint64_t>(time));
  return out;
}

std::optional<std::vector<std::int64_t>> decode_times(std::string_view bytes) {
  if (bytes.size() % 8 != 0) return std::nullopt;
  std::vector<std::int64_t> times;
  for (Reader in{bytes}; !in.rest.empty();) {
    times.push_back(static_cast<std::int64_t>(in.number()));
  }
  return times;
}

std::string encode_users(const std::vector<UserId>& users) {
  std::string out;
  for (const UserId& user : users) {
    if (!out.empty()) out += ',';
    out += user.text();
  }
  return out;
}

std::optional<std::vector<UserId>> decode_users(std::string_view text) {
  std::vector<UserId> users;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    UserId user;
    const auto [stop, fault] = std::from_chars(at, end, user.number);
    if (fault != std::errc() || (stop != end && *stop != ',')) return std::nullopt;
    users.push_back(user);
    if (stop + 1 == end) return std::nullopt;  // a comma, and nothing after it
    at = stop == end ? end : stop + 1;
  }
  return users;
}

}  // namespace keepsake
