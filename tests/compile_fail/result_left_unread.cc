// A result that nobody looks at is a failure that nobody sees.
// expect: ignoring returned value
#include "keepsake/base/result.h"

keepsake::Result<int> answer();

int read_it() {
#ifdef BAD
  answer();
  return 0;
#else
  return answer().value_or(0);
#endif
}
