// What a change by member (member_path.h) is in a struct's data: where it is made, whether it is
// valid, and the same change as JSON Patch and to the extras. Its cost is that of the part that
// changed, and of the rules of the structs that it lies in.
#pragma once

#include "keepsake/datum/detail/member_path.h"
#include "src/datum/patch_text.h"

namespace keepsake::detail {

/// What the change is made to: the member, element or entry; for those that change how many there
/// are, the list or map. not_found, with the path: an optional on the way is empty, or there is no
/// such element or entry.
[[nodiscard]] Result<void*> find_target(const MemberChange& change, void* root);

/// Whether the member is an empty optional, which stands in no data.
[[nodiscard]] bool is_absent(const MemberChange& change, const void* root);

// Of data in which the change was made.
/// The rules of the part that changed, the limits of the list or map that it is in, and the rules
/// over several members of every struct that it lies in.
[[nodiscard]] Result<void> validate_change(const MemberChange& change, const void* root);
[[nodiscard]] Extras rebase_change(const MemberChange& change, const Extras& extras,
                                   const void* root);
/// `was_absent`: what is_absent said before. `extras`: as rebase_change gave them.
void write_change(const MemberChange& change, const void* root, bool was_absent,
                  const Extras& extras, PatchText& patch);

}  // namespace keepsake::detail
