// One safeguard less: decorators around backend and journal that take away what Keepsake relies on,
// so that the demo's accounting can be seen to notice. Nothing of this is in the product.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "examples/demo/forwarding.h"

namespace demo {

enum class Break : std::uint8_t {
  none,
  fence,    ///< a commit refused by its fence is made to fit the row as it stands, and sent again
  journal,  ///< what is written to the journal goes nowhere
  trade,    ///< of a transaction's group the first member is stored, and all are reported as stored
};
[[nodiscard]] std::string_view name(Break what);
[[nodiscard]] std::optional<Break> parse_break(std::string_view text);

/// nullptr where `what` doesn't concern the backend. `inner` outlives it.
[[nodiscard]] std::unique_ptr<keepsake::Backend> break_backend(keepsake::Backend& inner,
                                                               Break what);
/// `inner` itself where `what` doesn't concern the journal.
[[nodiscard]] std::shared_ptr<keepsake::detail::Runtime> break_runtime(
    std::shared_ptr<keepsake::detail::Runtime> inner, Break what);

}  // namespace demo
