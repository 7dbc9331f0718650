// A payload whose patches are text to append: "!" is one that doesn't fit.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "src/session/journal_replay.h"

namespace keepsake::test {

class AppendedPayload final : public PatchedPayload {
 public:
  AppendedPayload(PayloadFormat format, std::string_view payload)
      : format_(format), bytes_(payload) {}
  Result<void> apply(std::string_view patch) override {
    bytes_ += patch;
    if (patch == "!") return Error(ErrorCode::not_found);
    return {};
  }
  [[nodiscard]] PayloadFormat format() const override {
    return format_ == PayloadFormat::compressed ? PayloadFormat::cbor : format_;
  }
  [[nodiscard]] std::string bytes() const override { return bytes_; }

 private:
  const PayloadFormat format_;
  std::string bytes_;
};

inline constexpr auto open_appended =
    [](PayloadFormat format, std::string_view payload) -> Result<std::unique_ptr<PatchedPayload>> {
  return std::unique_ptr<PatchedPayload>(new AppendedPayload(format, payload));
};

}  // namespace keepsake::test
