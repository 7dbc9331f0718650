#include "sim/trace.h"

#include <array>
#include <cstdio>
#include <cstring>

namespace sim {

void Trace::mix(std::string_view bytes) {
  for (const char byte : bytes) {
    hash_ = (hash_ ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
  }
  hash_ = (hash_ ^ 0xFF) * 0x100000001B3U;  // no text has this byte: "ab", "c" isn't "a", "bc"
}

void Trace::note(keepsake::MonotonicTime when, std::string_view who, std::string_view about,
                 std::string_view what) {
  const std::int64_t ns = when.time_since_epoch().count();
  std::array<char, sizeof ns> bytes{};
  std::memcpy(bytes.data(), &ns, sizeof ns);
  mix({bytes.data(), bytes.size()});
  mix(who);
  mix(about);
  mix(what);
  if (!with_lines_) return;
  std::array<char, 32> time{};
  const std::int64_t us = ns / 1000 % 86'400'000'000;
  std::snprintf(time.data(), time.size(), "%6lld.%06lld", static_cast<long long>(us / 1'000'000),
                static_cast<long long>(us % 1'000'000));
  lines_.push_back(std::string(time.data()) + "  " + std::string(who.empty() ? "-" : who) + "  " +
                   std::string(about) + (about.empty() ? "" : ": ") + std::string(what));
}

}  // namespace sim
