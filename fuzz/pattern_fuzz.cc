// A pattern and a text, one line each. Reading never crashes; a pattern that is read matches in
// time that the text's length bounds, whatever both hold (libFuzzer's -timeout watches over that);
// and what is put around the text changes nothing for a pattern that isn't held by "^", "$" or
// "\b".

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fuzz/lines.h"
#include "keepsake/datum/pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace keepsake;
  const std::optional<fuzz::TwoLines> input = fuzz::two_lines(data, size);
  if (!input) return 0;
  const Result<Pattern> pattern = Pattern::parse(input->first);
  if (!pattern) return 0;
  const std::string text(input->second);
  const bool found = pattern->matches(text);
  const Result<Pattern> again = Pattern::parse(pattern->text());
  if (!again || again->matches(text) != found) std::abort();
  std::string longer;
  for (int i = 0; i < 200; ++i) longer += text;
  static_cast<void>(pattern->matches(longer));
  const Result<Pattern> held = Pattern::parse("(?:" + pattern->text() + ")");
  if (held && held->matches(text) != found) std::abort();
  const bool anchored = pattern->text().find_first_of("^$") != std::string::npos ||
                        pattern->text().find("\\b") != std::string::npos ||
                        pattern->text().find("\\B") != std::string::npos;
  if (found && !anchored && !pattern->matches("-" + text + "-")) std::abort();
  return 0;
}
