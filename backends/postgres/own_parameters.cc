#include "backends/postgres/own_parameters.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace keepsake::postgres {

namespace {

constexpr std::string_view kPrefix = "keepsake_";
constexpr std::string_view kListen = "keepsake_listen";

/// Where the parameters of a URL begin, behind its "?". A password may hold one, too.
std::size_t parameters_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == url.npos) return url.npos;
  const std::size_t from = scheme + 3;
  const std::size_t mark = url.find_first_of("@/", from);
  const bool has_user = mark != url.npos && url[mark] == '@';
  const std::size_t question = url.find('?', has_user ? mark : from);
  return question == url.npos ? url.npos : question + 1;
}

/// "%3A" is ":". None: a % without two digits.
std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    unsigned char byte = 0;
    const char* const end = text.data() + i + 3;
    if (std::from_chars(end - 2, end, byte, 16).ptr != end) return std::nullopt;
    plain += static_cast<char>(byte);
    i += 2;
  }
  return plain;
}

Error unknown(std::string_view name) {
  return Error(ErrorCode::invalid_argument,
               "the address of the PostgreSQL database has a parameter that is not known")
      .expected("keepsake_listen")
      .found(std::string(name));
}

Error unreadable() {
  return Error(ErrorCode::invalid_argument,
               "keepsake_listen in the address of the PostgreSQL database can't be read")
      .expected("two hexadecimal digits after each %");
}

}  // namespace

Result<OwnParameters> take_own_parameters(const std::string& url) {
  const std::size_t begin = parameters_of(url);
  if (begin == std::string::npos) return OwnParameters{.url = url, .listen = {}};
  OwnParameters taken{.url = url.substr(0, begin - 1), .listen = {}};
  std::string_view left = std::string_view(url).substr(begin);
  char before = '?';
  while (!left.empty()) {
    const std::string_view one = left.substr(0, left.find('&'));
    left.remove_prefix(std::min(one.size() + 1, left.size()));
    if (!one.starts_with(kPrefix)) {
      taken.url.append(1, before).append(one);
      before = '&';
      continue;
    }
    const std::string_view name = one.substr(0, one.find('='));
    if (name != kListen) return unknown(name);
    auto value = decoded(one.substr(std::min(name.size() + 1, one.size())));
    if (!value) return unreadable();
    taken.listen = *std::move(value);
  }
  return taken;
}

}  // namespace keepsake::postgres
