#include "src/os/errno_error.h"

#include <cerrno>
#include <string>
#include <system_error>

namespace keepsake::os {

Error errno_error(int number, std::string_view doing, std::string_view path) {
  const std::string cause = "can't " + std::string(doing) + " '" + std::string(path) +
                            "': " + std::generic_category().message(number);
  switch (number) {
    case ENOENT:
    case ENOTDIR: return Error(ErrorCode::not_found, cause);
    case EEXIST:
    case ENOTEMPTY: return Error(ErrorCode::already_exists, cause);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Error(ErrorCode::storage_full, cause).remedy("make room there, or raise the limit");
    case EROFS:
    case EACCES:
    case EPERM:
      return Error(ErrorCode::read_only, cause).remedy("give this user the right to write there");
    default: return Error(ErrorCode::io_error, cause);
  }
}

}  // namespace keepsake::os
