#include "src/datum/member_names.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace keepsake {

namespace {
constexpr std::size_t kFewNames = 12;
}

bool all_distinct(std::span<const Member> members) {
  if (members.size() <= kFewNames) {
    for (std::size_t i = 1; i < members.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (members[i].name == members[j].name) return false;
      }
    }
    return true;
  }
  std::vector<std::string_view> names;
  names.reserve(members.size());
  for (const Member& member : members) names.push_back(member.name);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

}  // namespace keepsake
