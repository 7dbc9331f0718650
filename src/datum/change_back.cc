#include <algorithm>
#include <utility>

#include "src/datum/change_parts.h"

namespace keepsake {

namespace {

using P = ChangeParts;

Error no_way(const Change& change, const std::string& why) {
  return Error(ErrorCode::no_path, "\"" + change.text() + "\" can't be undone" + why);
}

/// Whether one of the places lies within the other.
bool touch(const Names& a, const Names& b) {
  const std::size_t common = std::min(a.size(), b.size());
  return std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(common), b.begin());
}

/// Whether the change touches what the condition asks for, before or after.
bool touches(const Change& change, const Condition& condition) {
  if (change.kind() == Change::Kind::when) {
    return std::any_of(change.parts().begin(), change.parts().end(),
                       [&](const Change& part) { return touches(part, condition); });
  }
  const Names& asked = P::at(condition);
  const auto is_touched = [&](const Names& place) {
    const bool within = place.size() > asked.size();  // and what lies within doesn't take it away
    return touch(place, asked) && !(within && P::kind(condition) == Condition::Kind::present);
  };
  Names renamed = P::at(change);
  if (change.kind() == Change::Kind::rename) renamed.back() = P::name(change);
  if (change.kind() == Change::Kind::move) renamed = P::to(change);
  return is_touched(P::at(change)) || is_touched(renamed);
}

Result<Change> parts_back(const Change& change) {
  Result<std::vector<Change>> parts = way_back(change.parts());
  if (!parts) return std::move(parts).error();
  Change back = change;
  P::parts(back) = *std::move(parts);
  if (change.kind() != Change::Kind::when) return back;
  const Condition& condition = P::conditions(change).front();
  for (const Change& part : change.parts()) {
    if (touches(part, condition)) {
      return no_way(change, ": its changes touch what it asks for");
    }
  }
  return back;
}

Result<Change> undo(const Change& change) {
  Change back = change;
  switch (change.kind()) {
    case Change::Kind::rename:
      P::at(back).back() = P::name(change);
      P::name(back) = P::at(change).back();
      return back;
    case Change::Kind::move:
      std::swap(P::at(back), P::to(back));
      P::pruned(back) = P::made(change);
      return back;
    case Change::Kind::add:
      back = P::make(Change::Kind::remove);
      P::at(back) = P::at(change);
      P::pruned(back) = P::made(change);
      return back;
    case Change::Kind::remove:
      if (!P::has_restored(change)) return no_way(change, ": what it removes is lost");
      back = P::make(Change::Kind::add);
      P::at(back) = P::at(change);
      P::value(back) = P::value(change);
      return back;
    case Change::Kind::wrap: {
      back = P::make(Change::Kind::unwrap);
      P::at(back) = P::at(change);
      P::name(back) = P::name(change);
      return back;
    }
    case Change::Kind::unwrap:
      if (P::lossy(change)) return no_way(change, ": the object's other members are lost");
      back = P::make(Change::Kind::wrap);
      P::at(back) = P::at(change);
      P::name(back) = P::name(change);
      return back;
    case Change::Kind::convert: {
      if (!P::convert_back(change)) return no_way(change, ": it has no function for that");
      if (!P::name(change).empty()) {
        const std::string place = pointer_of(P::at(change));
        const bool is_to_string = P::name(change) == "integer_to_string";
        return change::convert(
            place, is_to_string ? Conversion::string_to_integer : Conversion::integer_to_string);
      }
      std::swap(P::convert(back), P::convert_back(back));
      return back;
    }
    case Change::Kind::each:
    case Change::Kind::map_values:
    case Change::Kind::when: return parts_back(change);
  }
  return back;
}

}  // namespace

Result<std::vector<Change>> way_back(const std::vector<Change>& changes) {
  std::vector<Change> back;
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    Result<Change> undone = undo(*change);
    if (!undone) return std::move(undone).error();
    back.push_back(*std::move(undone));
  }
  return back;
}

}  // namespace keepsake
