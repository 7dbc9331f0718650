// Monotonic and wall time are different types: no comparison between them compiles.
// expect: no match for
#include "keepsake/base/clock.h"

bool expired(keepsake::MonotonicTime now, keepsake::MonotonicTime deadline,
             [[maybe_unused]] keepsake::WallTime created) {
#ifdef BAD
  return created < now && deadline < now;
#else
  return deadline < now;
#endif
}
