#include "src/cli/source.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "keepsake/datum/json.h"
#include "src/base/sha256.h"

namespace keepsake::cli {

namespace {

Value in_order_of_names(const Value& value) {
  if (value.kind() == Value::Kind::array) {
    std::vector<Value> items;
    items.reserve(value.size());
    for (const Value& item : value.items()) items.push_back(in_order_of_names(item));
    return Value::array(std::move(items));
  }
  if (value.kind() != Value::Kind::object) return value;
  std::vector<Member> members;
  members.reserve(value.size());
  for (const Member& member : value.members()) {
    members.push_back({member.name, in_order_of_names(member.value)});
  }
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.name < b.name; });
  return Value::object(std::move(members));
}

}  // namespace

std::string source_hash(const Value& document) {
  return source_hash_of_text(write_json(in_order_of_names(document)));
}

std::string source_hash_of_text(std::string_view text) { return hex(sha256(text)); }

IncidentId incident_of(const ProfileKey& key, std::string_view hash, std::string_view part) {
  std::string text = "keepsake import";
  for (const std::string_view piece :
       {std::string_view(key.store), std::string_view(key.key), hash, part}) {
    text += '\0';
    text += piece;
  }
  return IncidentId::from_bytes(sha256(text).data());
}

}  // namespace keepsake::cli
