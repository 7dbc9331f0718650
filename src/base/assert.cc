#include "src/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace keepsake {

void fail_assertion(std::string_view what) {
  std::fprintf(stderr, "keepsake: assertion failed: %.*s\n", static_cast<int>(what.size()),
               what.data());
  std::abort();
}

}  // namespace keepsake
