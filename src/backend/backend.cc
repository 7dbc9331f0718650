#include "keepsake/backend/backend.h"

namespace keepsake {

Result<AcquireAnswers> Backend::acquire_many(const std::vector<Acquire>& requests) {
  AcquireAnswers answers;
  answers.reserve(requests.size());
  for (const Acquire& request : requests) answers.push_back(acquire(request));
  return answers;
}

}  // namespace keepsake
