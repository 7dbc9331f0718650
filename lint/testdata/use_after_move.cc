// clang-tidy must refuse this: bugprone-use-after-move.
#include <string>
#include <utility>

std::size_t length_after(std::string text) {
  const std::string taken = std::move(text);
  return text.size() + taken.size();
}
