#include <exception>
#include <string>

#include "keepsake/base/function_ref.h"
#include "keepsake/base/result.h"

namespace keepsake {

#if defined(__cpp_exceptions)
[[gnu::hot]] Result<void> call_caught(FunctionRef<void()> f, const char* what) {
  try {
    f();
    return {};
  } catch (const std::exception& thrown) {
    return Error(ErrorCode::callback_threw, std::string(what) + " threw: " + thrown.what());
  } catch (...) {
    return Error(ErrorCode::callback_threw, std::string(what) + " threw");
  }
}
#else
[[gnu::hot]] Result<void> call_caught(FunctionRef<void()> f, const char*) {
  f();
  return {};
}
#endif

}  // namespace keepsake
