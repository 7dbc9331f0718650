// Setting: what a benchmark that works on files is started with, and the folder that it works in.
#pragma once

#include <cstdint>
#include <string>

namespace bench {

/// Of the arguments [--json] [--dir DIR] [--COUNT N]. The folder is new, in DIR, else in that for
/// temporary files; it goes with the object.
class Setting {
 public:
  /// `bench`: the program's name. `counted`: what `count` is called, "ticks". Arguments that make
  /// no sense print the usage and end the program with status 2.
  Setting(int argc, char** argv, const std::string& bench, const std::string& counted,
          std::uint64_t count);
  ~Setting();
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

  [[nodiscard]] bool json() const { return json_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  bool json_ = false;
  std::string folder_;
  std::uint64_t count_;
};

}  // namespace bench
