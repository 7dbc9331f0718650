#include "keepsake/backend/backend.h"

namespace keepsake {

std::string_view name(PayloadFormat format) noexcept {
  switch (format) {
    case PayloadFormat::json: return "json";
    case PayloadFormat::cbor: return "cbor";
    case PayloadFormat::compressed: return "compressed";
  }
  return "unknown";
}

Result<AcquireAnswers> Backend::acquire_many(const std::vector<Acquire>& requests) {
  AcquireAnswers answers;
  answers.reserve(requests.size());
  for (const Acquire& request : requests) answers.push_back(acquire(request));
  return answers;
}

}  // namespace keepsake
