#include "src/datum/json_text.h"

#include <algorithm>

#include "keepsake/datum/value.h"

namespace keepsake {

namespace {

// Four hex digits; negative if there are none.
int read_hex4(const char* p, const char* end) {
  if (end - p < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = p[i];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void put_utf8(std::string& out, unsigned code) {
  const auto byte = [&out](unsigned value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

// `p` stands behind "\u".
TextFault read_code_point(const char*& p, const char* end, std::string& out) {
  const int first = read_hex4(p, end);
  if (first < 0) return "expected four hex digits";
  if (first >= 0xDC00 && first <= 0xDFFF) return "half of a surrogate pair";
  if (first < 0xD800 || first > 0xDBFF) {
    p += 4;
    put_utf8(out, static_cast<unsigned>(first));
    return nullptr;
  }
  const bool paired = end - p >= 10 && p[4] == '\\' && p[5] == 'u';
  const int second = paired ? read_hex4(p + 6, end) : -1;
  if (second < 0xDC00 || second > 0xDFFF) return "half of a surrogate pair";
  p += 10;
  put_utf8(out, 0x10000U + (static_cast<unsigned>(first - 0xD800) << 10) +
                    static_cast<unsigned>(second - 0xDC00));
  return nullptr;
}

TextFault read_escape(const char*& p, const char* end, std::string& out) {
  if (p == end) return "a string without an end";
  const char c = *p++;
  switch (c) {
    case '"':
    case '\\':
    case '/': out += c; return nullptr;
    case 'b': out += '\b'; return nullptr;
    case 'f': out += '\f'; return nullptr;
    case 'n': out += '\n'; return nullptr;
    case 'r': out += '\r'; return nullptr;
    case 't': out += '\t'; return nullptr;
    case 'u': return read_code_point(p, end, out);
    default: --p; return "an escape that JSON doesn't have";
  }
}

constexpr char kHex[] = "0123456789abcdef";

}  // namespace

TextFault read_text(const char*& p, const char* end, std::string& scratch, std::string_view& text) {
  std::uint64_t bits = 0;
  const char* begin = p;
  p = skip_plain(p, end, bits);
  if (p != end && *p == '"') {
    text = {begin, static_cast<std::size_t>(p - begin)};
    if (bits != 0 && !is_utf8(text)) return p = begin, "a string that is not UTF-8";
    ++p;
    return nullptr;
  }
  scratch.assign(begin, p);
  while (true) {
    if (p == end) return "a string without an end";
    if (*p == '"') break;
    if (*p != '\\') return "a control character within a string";
    ++p;
    if (const TextFault fault = read_escape(p, end, scratch)) return fault;
    const char* run = p;
    p = skip_plain(p, end, bits);
    scratch.append(run, p);
  }
  text = scratch;
  if (bits != 0 && !is_utf8(text)) return p = begin, "a string that is not UTF-8";
  ++p;
  return nullptr;
}

void TextOut::put_long(std::string_view text) {
  finish();
  out_.append(text);
}

[[gnu::hot]] void TextOut::quoted(std::string_view text) {
  put('"');
  const char* p = text.data();
  const char* const end = p + text.size();
  while (true) {
    std::uint64_t bits = 0;
    const char* const stop = skip_plain(p, end, bits);
    put(std::string_view(p, static_cast<std::size_t>(stop - p)));
    if (stop == end) break;
    const auto c = static_cast<unsigned char>(*stop);
    put('\\');
    switch (c) {
      case '"':
      case '\\': put(*stop); break;
      case '\b': put('b'); break;
      case '\f': put('f'); break;
      case '\n': put('n'); break;
      case '\r': put('r'); break;
      case '\t': put('t'); break;
      default:
        put("u00");
        put(kHex[c >> 4]);
        put(kHex[c & 15]);
    }
    p = stop + 1;
  }
  put('"');
}

void TextOut::base64(std::string_view octets) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  put('"');
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, octets.size() - i);
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(octets[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      put(k <= count ? kDigits[group >> (18 - 6 * k) & 63] : '=');
    }
  }
  put('"');
}

}  // namespace keepsake
