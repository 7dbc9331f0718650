// The product's runtime: a protocol thread, a worker for each lane (several that read), a drain and
// a watcher. The only place in the store that makes threads.
#pragma once

#include <memory>

#include "src/store/runtime.h"

namespace keepsake::detail {

/// `read_threads`: workers of Lane::read, 1 to 16.
[[nodiscard]] std::shared_ptr<Runtime> make_threaded_runtime(int read_threads);

}  // namespace keepsake::detail
