// Numbers out of a program's arguments.
#pragma once

#include <charconv>
#include <string_view>
#include <system_error>

namespace demo {

/// Reads all of `text` as a number from `least` to `most`; false: it is none.
template <class Number>
[[nodiscard]] bool read_number(std::string_view text, Number least, Number most, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= least &&
         number <= most;
}

}  // namespace demo
