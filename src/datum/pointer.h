// JSON pointers (RFC 6901): written from the place where a walk stands, read into names.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepsake {

/// Where a walk stands: each step lies on the caller's stack and names the one above it.
struct Place {
  const Place* up = nullptr;
  std::string_view name;  // or, where `is_index`,
  std::size_t index = 0;
  bool is_index = false;

  [[nodiscard]] static Place member(const Place* up, std::string_view name) {
    return {.up = up, .name = name};
  }
  [[nodiscard]] static Place element(const Place* up, std::size_t index) {
    return {.up = up, .name = {}, .index = index, .is_index = true};
  }
};

/// "" for the whole document (nullptr).
[[nodiscard]] std::string pointer_text(const Place* place);

/// Appends "/name", escaped.
void append_pointer(std::string& pointer, std::string_view name);
/// Appends the pointer of a place.
void append_pointer(std::string& pointer, const Place* place);

/// The pointer of what lies in what `pointer` leads to.
[[nodiscard]] std::string pointer_below(std::string_view pointer, std::string_view name);
[[nodiscard]] std::string pointer_below(std::string_view pointer, std::size_t index);

/// The names of a pointer; nothing if it is none.
[[nodiscard]] std::optional<std::vector<std::string>> split_pointer(std::string_view pointer);

}  // namespace keepsake
