// A member's name as a codec writes it, kept so that it is compared and copied in words: nearly all
// names are short, and a call for each would take longer than the work.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace keepsake::detail {

class KeyText {
 public:
  /// What copy_to() may write beyond the text.
  static constexpr std::size_t kSlack = 16;

  KeyText() = default;
  explicit KeyText(std::string text) : text_(std::move(text)) {
    char bytes[kSlack] = {};
    char mask[kSlack] = {};
    const std::size_t size = text_.size() < kSlack ? text_.size() : kSlack;
    if (size != 0) std::memcpy(bytes, text_.data(), size);
    std::memset(mask, 0xFF, size);
    std::memcpy(words_, bytes, kSlack);
    std::memcpy(masks_, mask, kSlack);
  }

  [[nodiscard]] std::string_view view() const noexcept { return text_; }
  [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }

  /// Whether what lies between `p` and `end` begins with it.
  [[nodiscard]] bool begins(const char* p, const char* end) const noexcept {
    const auto left = static_cast<std::size_t>(end - p);
    if (left < kSlack) [[unlikely]] {
      return std::string_view(p, left).starts_with(text_);
    }
    std::uint64_t found[2];
    std::memcpy(found, p, kSlack);
    if ((((found[0] ^ words_[0]) & masks_[0]) | ((found[1] ^ words_[1]) & masks_[1])) != 0) {
      return false;
    }
    return text_.size() <= kSlack || std::string_view(p, left).starts_with(text_);
  }

  /// Gives the place behind it. There must be room for it and kSlack.
  char* copy_to(char* out) const noexcept {
    std::memcpy(out, words_, kSlack);
    if (text_.size() > kSlack) [[unlikely]] {
      std::memcpy(out, text_.data(), text_.size());
    }
    return out + text_.size();
  }

 private:
  std::uint64_t words_[2] = {};
  std::uint64_t masks_[2] = {};  // of the bytes that count
  std::string text_;
};

}  // namespace keepsake::detail
