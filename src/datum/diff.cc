#include "keepsake/datum/diff.h"

#include <algorithm>
#include <utility>

#include "src/datum/match_items.h"
#include "src/datum/pointer.h"

namespace keepsake {

namespace {

class Differ {
 public:
  std::vector<Difference> found;

  /// `old_place` and `place`: where the two are in the older and the newer value.
  void compare(const Value& before, const Value& after, const std::string& old_place,
               const std::string& place) {
    if (before == after) return;
    const bool same_kind = before.kind() == after.kind();
    if (same_kind && before.kind() == Value::Kind::object) {
      return compare_objects(before, after, old_place, place);
    }
    if (same_kind && before.kind() == Value::Kind::array) {
      return compare_arrays(before.items(), after.items(), old_place, place);
    }
    found.push_back({Difference::Kind::changed, place, before, after});
  }

 private:
  void compare_objects(const Value& before, const Value& after, const std::string& old_place,
                       const std::string& place) {
    for (const Member& member : before.members()) {
      const std::string old_member = pointer_below(old_place, member.name);
      const Value* now = after.find(member.name);
      if (now == nullptr) {
        found.push_back({Difference::Kind::removed, old_member, member.value, {}});
      } else {
        compare(member.value, *now, old_member, pointer_below(place, member.name));
      }
    }
    for (const Member& member : after.members()) {
      if (before.find(member.name) != nullptr) continue;
      found.push_back(
          {Difference::Kind::added, pointer_below(place, member.name), {}, member.value});
    }
  }

  void compare_arrays(std::span<const Value> before, std::span<const Value> after,
                      const std::string& old_place, const std::string& place) {
    std::size_t i = 0;
    std::size_t j = 0;
    for (const ItemRun& run : match_items(before, after)) {
      for (std::size_t n = 0; !run.same && n < std::max(run.before, run.after); ++n) {
        if (n >= run.after) {
          found.push_back(
              {Difference::Kind::removed, pointer_below(old_place, i + n), before[i + n], {}});
        } else if (n >= run.before) {
          found.push_back({Difference::Kind::added, pointer_below(place, j + n), {}, after[j + n]});
        } else {
          compare(before[i + n], after[j + n], pointer_below(old_place, i + n),
                  pointer_below(place, j + n));
        }
      }
      i += run.before;
      j += run.after;
    }
  }
};

}  // namespace

std::string_view name(Difference::Kind kind) noexcept {
  constexpr std::string_view kNames[] = {"added", "removed", "changed"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<Difference> diff(const Value& before, const Value& after) {
  Differ differ;
  differ.compare(before, after, "", "");
  return std::move(differ.found);
}

}  // namespace keepsake
