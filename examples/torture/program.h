// keepsake-torture: see docs/torture.md.
#pragma once

namespace torture {

/// The exit status: 0 if all held, 1 if something was lost, doubled or otherwise wrong, 2 if the
/// arguments make no sense.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace torture
