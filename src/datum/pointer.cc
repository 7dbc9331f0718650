#include "src/datum/pointer.h"

namespace keepsake {

std::string pointer_text(const Place* place) {
  std::string text;
  append_pointer(text, place);
  return text;
}

[[gnu::hot]] void append_pointer(std::string& pointer, const Place* place) {
  if (place == nullptr) return;
  append_pointer(pointer, place->up);
  if (place->is_index) {
    pointer += '/';
    pointer += std::to_string(place->index);
  } else {
    append_pointer(pointer, place->name);
  }
}

[[gnu::hot]] void append_pointer(std::string& pointer, std::string_view name) {
  pointer += '/';
  for (const char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

std::string pointer_below(std::string_view pointer, std::string_view name) {
  std::string place(pointer);
  append_pointer(place, name);
  return place;
}
std::string pointer_below(std::string_view pointer, std::size_t index) {
  return std::string(pointer) + "/" + std::to_string(index);
}

std::optional<std::vector<std::string>> split_pointer(std::string_view pointer) {
  std::vector<std::string> names;
  if (pointer.empty()) return names;
  if (pointer.front() != '/') return std::nullopt;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    const char c = pointer[i];
    if (c == '/') {
      names.emplace_back();
    } else if (c != '~') {
      names.back() += c;
    } else {
      ++i;
      if (i == pointer.size() || (pointer[i] != '0' && pointer[i] != '1')) return std::nullopt;
      names.back() += pointer[i] == '0' ? '~' : '/';
    }
  }
  return names;
}

}  // namespace keepsake
