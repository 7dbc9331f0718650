// The machine's own file system.
#pragma once

#include "src/base/file_system.h"

namespace keepsake::os {

class PosixFileSystem final : public FileSystem {
 public:
  Result<void> create_directory(std::string_view path) override;
  Result<std::vector<std::string>> list(std::string_view directory) override;
  Result<std::unique_ptr<File>> open(std::string_view path, OpenMode mode) override;
  Result<void> rename(std::string_view from, std::string_view to) override;
  Result<void> remove(std::string_view path) override;
  Result<void> sync_directory(std::string_view path) override;
  bool exists(std::string_view path) override;
  bool is_local(std::string_view path) override;
  Result<std::unique_ptr<FileLock>> lock(std::string_view path) override;
  Result<LockState> probe(std::string_view path) override;
  bool wait_until_free(std::string_view path, Duration at_most) override;
};

}  // namespace keepsake::os
