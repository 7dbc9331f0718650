// File systems of the torture's own, small enough to be filled. They are mounted in a name space of
// this process and its children: nobody else sees them, and they are gone when the last of these
// processes is, however it ends.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "keepsake/base/result.h"

namespace torture {

/// Gives this process a name space of its own for mounts; before it has a second thread. Nothing
/// where that is allowed, else why it isn't.
[[nodiscard]] std::optional<std::string> separate_mounts();

/// A tmpfs over a folder, for as long as it lives.
class Mount {
 public:
  [[nodiscard]] static keepsake::Result<Mount> over(const std::string& folder, std::size_t bytes);
  /// The same over a new temporary folder, which is removed with it.
  [[nodiscard]] static keepsake::Result<Mount> temporary(std::size_t bytes);
  ~Mount();
  Mount(Mount&& other) noexcept;
  Mount& operator=(Mount&&) = delete;

  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] keepsake::Result<void> resize(std::size_t bytes);

 private:
  Mount(std::string folder, bool made) : folder_(std::move(folder)), made_(made) {}

  std::string folder_;
  bool made_ = false;
};

/// A file that takes all room that its file system has left, until it is destroyed.
class Ballast {
 public:
  [[nodiscard]] static keepsake::Result<Ballast> in(const std::string& folder);
  ~Ballast();
  Ballast(Ballast&& other) noexcept;
  Ballast& operator=(Ballast&&) = delete;

 private:
  explicit Ballast(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace torture
