#include "src/datum/member_names.h"

#include <algorithm>
#include <vector>

namespace keepsake {

namespace {
constexpr std::size_t kFewNames = 12;
}

const Name* repeated_name(std::span<const Member> members) {
  if (members.size() <= kFewNames) {
    for (std::size_t i = 1; i < members.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (members[i].name == members[j].name) return &members[i].name;
      }
    }
    return nullptr;
  }
  std::vector<const Name*> names;
  names.reserve(members.size());
  for (const Member& member : members) names.push_back(&member.name);
  const auto before = [](const auto* a, const auto* b) { return *a < *b; };
  const auto same = [](const auto* a, const auto* b) { return *a == *b; };
  std::sort(names.begin(), names.end(), before);
  const auto twice = std::adjacent_find(names.begin(), names.end(), same);
  return twice == names.end() ? nullptr : *twice;
}

}  // namespace keepsake
