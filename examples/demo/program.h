// The demo's command line.
#pragma once

namespace demo {

/// 0: all is well; 1: the accounting doesn't hold, or something else is wrong; 2: misused.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace demo
