#include "src/cli/progress.h"

#include <chrono>
#include <string>

#include "src/cli/text.h"

namespace keepsake::cli {

namespace {

constexpr Duration kEvery = std::chrono::milliseconds(100);

std::string time_left(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

}  // namespace

Progress::Progress(Environment& environment, std::optional<std::uint64_t> total_bytes,
                   std::string_view unit)
    : environment_(environment),
      total_bytes_(total_bytes),
      unit_(unit),
      started_(environment.clock.now()) {}

bool Progress::due() {
  if (!environment_.err_is_terminal) return false;
  const MonotonicTime now = environment_.clock.now();
  if (now - shown_ < kEvery) return false;
  shown_ = now;
  return true;
}

void Progress::write(std::string_view text) {
  environment_.err << "\r\x1B[K" << text << std::flush;
  visible_ = true;
}

void Progress::show(std::string_view text) {
  if (due()) write(text);
}

void Progress::show(std::uint64_t done, std::uint64_t bytes) {
  if (done == 0 || !due()) return;
  const double seconds = std::chrono::duration<double>(shown_ - started_).count();
  std::string line = count_of(done, unit_);
  if (seconds > 0) {
    line += ", " + std::to_string(static_cast<std::uint64_t>(double(done) / seconds)) + "/s";
  }
  if (total_bytes_ && *total_bytes_ > 0) {
    line += ", " + std::to_string(bytes * 100 / *total_bytes_) + " %";
    if (bytes > 0 && bytes <= *total_bytes_) {
      line += ", " + time_left(seconds * double(*total_bytes_ - bytes) / double(bytes)) + " left";
    }
  }
  write(line);
}

void Progress::report(std::string_view line) {
  clear();
  environment_.err << printable(line) << '\n';
}

void Progress::clear() {
  if (visible_) environment_.err << "\r\x1B[K" << std::flush;
  visible_ = false;
}

}  // namespace keepsake::cli
