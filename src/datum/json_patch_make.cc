#include <algorithm>
#include <utility>

#include "keepsake/datum/diff.h"
#include "keepsake/datum/json.h"
#include "src/datum/match_items.h"
#include "src/datum/pointer.h"

namespace keepsake {

namespace {

Value operation(std::string_view op, const std::string& path) {
  return Value::object({{"op", op}, {"path", path}});
}
Value operation(std::string_view op, const std::string& path, const Value& value) {
  return Value::object({{"op", op}, {"path", path}, {"value", value}});
}

/// Appends operations, each for the document as those before it have left it. What has been gone
/// through is as in the newer value, so that its indexes count.
class PatchMaker {
 public:
  std::vector<Value> operations;

  void change(const Value& before, const Value& after, const std::string& place) {
    if (before == after) return;
    const std::size_t first = operations.size();
    if (before.kind() == after.kind() && before.kind() == Value::Kind::object) {
      change_object(before, after, place);
    } else if (before.kind() == after.kind() && before.kind() == Value::Kind::array) {
      change_array(before.items(), after.items(), place);
    } else {
      operations.push_back(operation("replace", place, after));
      return;
    }
    // One operation that replaces the whole is worth it where it is shorter.
    if (operations.size() - first == 1) return;
    Value whole = operation("replace", place, after);
    const std::size_t whole_size = write_json(whole).size();
    std::size_t size = 0;
    for (std::size_t i = first; i < operations.size() && size <= whole_size; ++i) {
      size += write_json(operations[i]).size() + (i == first ? 0 : 1);
    }
    if (size <= whole_size) return;
    operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(first), operations.end());
    operations.push_back(std::move(whole));
  }

 private:
  void change_object(const Value& before, const Value& after, const std::string& place) {
    for (const Member& member : before.members()) {
      const Value* now = after.find(member.name);
      if (now == nullptr) {
        operations.push_back(operation("remove", pointer_below(place, member.name)));
      } else {
        change(member.value, *now, pointer_below(place, member.name));
      }
    }
    for (const Member& member : after.members()) {
      if (before.find(member.name) != nullptr) continue;
      operations.push_back(operation("add", pointer_below(place, member.name), member.value));
    }
  }

  void change_array(std::span<const Value> before, std::span<const Value> after,
                    const std::string& place) {
    std::size_t i = 0;
    std::size_t j = 0;
    for (const ItemRun& run : match_items(before, after)) {
      for (std::size_t n = 0; !run.same && n < std::max(run.before, run.after); ++n) {
        if (n >= run.after) {
          operations.push_back(operation("remove", pointer_below(place, j + run.after)));
        } else if (n >= run.before) {
          operations.push_back(operation("add", pointer_below(place, j + n), after[j + n]));
        } else {
          change(before[i + n], after[j + n], pointer_below(place, j + n));
        }
      }
      i += run.before;
      j += run.after;
    }
  }
};

}  // namespace

Value make_json_patch(const Value& before, const Value& after) {
  PatchMaker maker;
  maker.change(before, after, "");
  return Value::array(std::move(maker.operations));
}

}  // namespace keepsake
