#include "bench/setting.h"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <string_view>

#include "bench/report.h"

namespace bench {

Setting::Setting(int argc, char** argv, const std::string& bench, const std::string& counted,
                 std::uint64_t count)
    : folder_(std::filesystem::temp_directory_path()), count_(count) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    if (option == "--json") {
      json_ = true;
    } else if (option == "--dir" && !value.empty()) {
      folder_ = argv[++i];
    } else if (option == "--" + counted &&
               std::from_chars(value.data(), value.data() + value.size(), count_).ec ==
                   std::errc()) {
      ++i;
    } else {
      fail("usage: " + bench + " [--json] [--dir DIR] [--" + counted + " N]");
    }
  }
  folder_ += "/keepsake-" + bench + "-" + std::to_string(::getpid());
  std::filesystem::create_directories(folder_);
}

Setting::~Setting() {
  std::error_code left;  // what can't be removed is only left lying there
  std::filesystem::remove_all(folder_, left);
}

}  // namespace bench
