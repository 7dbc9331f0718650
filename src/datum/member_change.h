// What a change by member (member_path.h) is in a struct's data: where it is made, whether it is
// valid, and the same change as JSON Patch and to the extras. Its cost is that of the part that
// changed, and of the rules of the structs that it lies in.
#pragma once

#include <array>

#include "keepsake/datum/detail/member_path.h"
#include "src/datum/patch_text.h"

namespace keepsake::detail {

/// Where a change is made in one object, which stays where it is; good before and after the change.
struct MemberSite {
  MemberSite(const MemberChange& change, const void* root);
  MemberSite(const MemberSite&) = delete;
  MemberSite& operator=(const MemberSite&) = delete;

  [[nodiscard]] const FieldInfo& field() const { return change.path.back().info(); }
  [[nodiscard]] const FieldRules* rules() const { return field().ruled ? &field().rules : nullptr; }
  [[nodiscard]] const void* element(std::size_t at) const {
    return element_of(*type, type->list->data(target), at);
  }

  const MemberChange& change;
  const Place* place = nullptr;    ///< of the member that is named
  const TypeInfo* type = nullptr;  ///< of what follows
  /// That member, or the list or map that it is; nullptr: an optional on the way is empty.
  const void* target = nullptr;
  // For each step as far as the way goes; what stands behind is nothing.
  std::size_t steps = 0;
  std::array<const void*, kMostSteps> records;  ///< the structs on the way
  union {
    std::array<Place, kMostSteps> places;  ///< and the members of them that it goes through
  };
};

/// What the change is made to: the member, element or entry; for those that change how many there
/// are, the list or map. not_found, with the path: an optional on the way is empty, or there is no
/// such element or entry.
[[nodiscard]] Result<void*> find_target(const MemberSite& site);

/// Whether the member is an empty optional, which stands in no data.
[[nodiscard]] bool is_absent(const MemberSite& site);

// Of data in which the change was made.
/// The rules of the part that changed, the limits of the list or map that it is in, and the rules
/// over several members of every struct that it lies in.
[[nodiscard]] Result<void> validate_change(const MemberSite& site);
[[nodiscard]] Extras rebase_change(const MemberSite& site, const Extras& extras);
/// `was_absent`: what is_absent said before. `extras`: as rebase_change gave them.
void write_change(const MemberSite& site, bool was_absent, const Extras& extras, PatchText& patch);

}  // namespace keepsake::detail
