// The rules, one function each. A rule looks at one file and appends what it finds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lint/source.h"

namespace keepsake::lint {

inline constexpr int kMaxFileLines = 500;
inline constexpr int kMaxPublicHeaderLines = 200;
inline constexpr int kMaxFunctionLines = 70;
inline constexpr int kMaxLineColumns = 100;

void file_length(const Source& source, Findings& findings);
void line_length(const Source& source, Findings& findings);      ///< in characters, not bytes
void function_length(const Source& source, Findings& findings);  ///< from brace to brace
void pragma_once(const Source& source, Findings& findings);

/// No #define in a public header, but the export macro (KEEPSAKE_EXPORT).
void public_define(const Source& source, Findings& findings);
/// No name in a public header that engines define as a macro: check, verify, TEXT, PI.
void engine_name(const Source& source, Findings& findings);
/// `try` stands only in .cc files.
void try_in_header(const Source& source, Findings& findings);
/// Notes of work to do name who does it: "TODO(name): …".
void owner_of_note(const Source& source, Findings& findings);
/// No test is switched off, and no code is kept under #if 0.
void switched_off(const Source& source, Findings& findings);
/// Tests beside the code move a clock; they never sleep.
void sleeping_test(const Source& source, Findings& findings);
/// The library never names what one example game has: coins, gems, inventory.
void domain_word(const Source& source, Findings& findings);

/// All of the above.
void all_text_rules(const Source& source, Findings& findings);

}  // namespace keepsake::lint
