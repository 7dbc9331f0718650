// Keepsake inside an engine: clang, libc++, no exceptions, no RTTI, the macros that engines define,
// and an allocator of the program's own. Built and run by script/test.
#include <cstdio>
#include <cstdlib>
#include <new>

// Before our headers, as in an engine.
// clang-format off
#include "tests/consumer/engine_macros.h"
// clang-format on

#include "keepsake/base/clock.h"
#include "keepsake/base/error.h"
#include "keepsake/base/function_ref.h"
#include "keepsake/base/ids.h"
#include "keepsake/base/log.h"
#include "keepsake/base/result.h"

namespace {

std::size_t allocations = 0;

int failed(const char* what) {
  std::fprintf(stderr, "consumer: %s\n", what);
  return 1;
}

int use_base() {
  const keepsake::Result<int> refused = keepsake::refuse("too_expensive");
  if (refused || refused.error().cause() != "too_expensive")
    return failed("refuse() lost its word");
  int calls = 0;
  const keepsake::Result<void> called = keepsake::call_caught([&] { ++calls; }, "the call");
  if (!called || calls != 1) return failed("call_caught() did not call");
  return 0;
}

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main() {
  if (const int status = use_base()) return status;
  if (allocations == 0) return failed("the program's own operator new was not used");
  std::puts("consumer: all good");
  return 0;
}
