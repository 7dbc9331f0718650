#include "keepsake/datum/json_patch.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/datum/json_write.h"
#include "src/datum/pointer.h"

namespace keepsake {

namespace {

using Names = std::vector<std::string>;
using Way = std::span<const std::string>;

constexpr std::size_t kMostCopied = 1'000'000;

enum class Op : unsigned char { add, remove, replace, move, copy, test };
constexpr std::string_view kOps[] = {"add", "remove", "replace", "move", "copy", "test"};

struct Operation {
  Op op = Op::test;
  Names path;
  Names from;                    // move, copy
  const Value* value = nullptr;  // add, replace, test
};

std::string pointer_of(Way way) {
  std::string pointer;
  for (const std::string& name : way) append_pointer(pointer, name);
  return pointer;
}

std::string shortened(std::string_view text) {
  constexpr std::size_t kMost = 100;
  return quoted(text.size() <= kMost ? text : "a text of more than 100 bytes");
}

/// Reads the operation at that place of a patch.
class OperationReader {
 public:
  OperationReader(const Value& operation, std::size_t index)
      : operation_(operation), place_("/" + std::to_string(index)) {}

  Result<Operation> read() const {
    if (operation_.kind() != Value::Kind::object) {
      return wrong("", "object", std::string(name(operation_.kind())));
    }
    Operation read;
    const auto* const op = std::ranges::find(kOps, text_of("op"));
    if (op == std::end(kOps)) {
      return wrong("/op", R"("add", "remove", "replace", "move", "copy" or "test")", found("op"));
    }
    read.op = static_cast<Op>(op - kOps);
    if (!read_pointer("path", read.path)) return no_pointer("path");
    const bool has_from = read.op == Op::move || read.op == Op::copy;
    if (has_from && !read_pointer("from", read.from)) return no_pointer("from");
    read.value = operation_.find("value");
    if (!has_from && read.op != Op::remove && read.value == nullptr) {
      return wrong("/value", "any value", "nothing");
    }
    const bool into_itself = read.op == Op::move && read.path.size() > read.from.size() &&
                             std::equal(read.from.begin(), read.from.end(), read.path.begin());
    if (!into_itself) return read;
    return wrong("/path", "a place outside of what is moved", found("path"));
  }

 private:
  [[nodiscard]] Error wrong(std::string_view member, std::string_view expected,
                            std::string_view found) const {
    return Error(ErrorCode::malformed, "not an operation of a JSON Patch")
        .path(place_ + std::string(member))
        .expected(expected)
        .found(found);
  }
  [[nodiscard]] Error no_pointer(std::string_view name) const {
    return wrong("/" + std::string(name), "a JSON pointer", found(name));
  }
  [[nodiscard]] std::string_view text_of(std::string_view name) const {
    const Value* const member = operation_.find(name);
    const bool is_text = member != nullptr && member->kind() == Value::Kind::string;
    return is_text ? member->as_string() : std::string_view();
  }
  [[nodiscard]] std::string found(std::string_view name) const {
    const Value* const member = operation_.find(name);
    if (member == nullptr) return "nothing";
    if (member->kind() == Value::Kind::string) return shortened(member->as_string());
    return std::string(keepsake::name(member->kind()));
  }
  bool read_pointer(std::string_view name, Names& names) const {
    const Value* const member = operation_.find(name);
    if (member == nullptr || member->kind() != Value::Kind::string) return false;
    std::optional<Names> read = split_pointer(member->as_string());
    if (!read) return false;
    names = *std::move(read);
    return true;
  }

  const Value& operation_;
  const std::string place_;
};

/// An array index without leading zeros, below `end`.
std::optional<std::size_t> index_of(std::string_view token, std::size_t end) {
  std::size_t index = 0;
  const auto [stop, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool whole = error == std::errc{} && stop == token.data() + token.size();
  if (!whole || index >= end || (token.size() > 1 && token.front() == '0')) return std::nullopt;
  return index;
}

/// The child of that name or index, to be changed in place; nullptr if there is none.
Value* child(Value& parent, std::string_view token) {
  if (parent.kind() == Value::Kind::object) return parent.find_mutable(token);
  if (parent.kind() != Value::Kind::array) return nullptr;
  const auto index = index_of(token, parent.size());
  return index ? &parent.item(*index) : nullptr;
}

void insert_item(Value& array, std::size_t at, Value item) {
  std::vector<Value> items(array.items().begin(), array.items().end());
  items.insert(items.begin() + static_cast<std::ptrdiff_t>(at), std::move(item));
  array = Value::array(std::move(items));
}

/// How many levels of arrays and objects; no more than `most` are looked at.
std::size_t depth_of(const Value& value, std::size_t most) {
  std::size_t inner = 0;
  if (most == 0) return 0;
  if (value.kind() == Value::Kind::array) {
    for (const Value& item : value.items()) inner = std::max(inner, depth_of(item, most - 1));
  } else if (value.kind() == Value::Kind::object) {
    for (const Member& member : value.members()) {
      inner = std::max(inner, depth_of(member.value, most - 1));
    }
  } else {
    return 0;
  }
  return inner + 1;
}

/// Takes the values in `value` from what is `left`; false where they are more.
bool count_values(const Value& value, std::size_t& left) {
  if (left == 0) return false;
  --left;
  if (value.kind() == Value::Kind::array) {
    return std::ranges::all_of(value.items(),
                               [&](const Value& item) { return count_values(item, left); });
  }
  return value.kind() != Value::Kind::object ||
         std::ranges::all_of(value.members(), [&](const Member& member) {
           return count_values(member.value, left);
         });
}

class Patcher {
 public:
  Patcher(Value& document, const JsonLimits& limits) : document_(document), limits_(limits) {}

  Result<void> apply(const Operation& operation) {
    switch (operation.op) {
      case Op::add: return add(operation.path, *operation.value);
      case Op::remove: return without_value(take(operation.path, kPath));
      case Op::replace: return replace(operation.path, *operation.value);
      case Op::move: return move(operation);
      case Op::copy: return copy(operation);
      case Op::test: return test(operation.path, *operation.value);
    }
    return {};
  }

 private:
  static constexpr const char* kPath = "the patch's path leads nowhere";
  static constexpr const char* kFrom = "the patch's from leads nowhere";
  static constexpr const char* kTest = "the patch's test failed";

  static Result<void> without_value(Result<Value> taken) {
    return taken ? Result<void>() : std::move(taken).error();
  }
  static Error nowhere(Way way, const char* cause, std::string_view expected,
                       std::string_view found) {
    return Error(ErrorCode::not_found, cause).path(pointer_of(way)).expected(expected).found(found);
  }
  /// `parent` has no child by the name of that step; `may_be_new`: one was to be made.
  static Error no_child(Way way, std::size_t step, const Value& parent, const char* cause,
                        bool may_be_new = false) {
    const std::string at = " at " + pointer_of(way.first(step + 1));
    if (parent.kind() == Value::Kind::object) return nowhere(way, cause, "a value" + at, "nothing");
    if (parent.kind() == Value::Kind::array) {
      const std::string size = std::to_string(parent.size());
      return nowhere(
          way, cause,
          (may_be_new ? "an index of at most " + size + ", or -," : "an index below " + size) + at,
          shortened(way[step]));
    }
    const std::string above = step == 0 ? "the whole" : pointer_of(way.first(step));
    return nowhere(way, cause, "an object or array at " + above, name(parent.kind()));
  }

  /// What the first `steps` of the way lead to.
  Result<Value*> find(Way way, std::size_t steps, const char* cause) {
    Value* value = &document_;
    for (std::size_t i = 0; i < steps; ++i) {
      Value* const next = child(*value, way[i]);
      if (next == nullptr) return no_child(way, i, *value, cause);
      value = next;
    }
    return value;
  }
  Result<Value*> find(Way way, const char* cause) { return find(way, way.size(), cause); }

  [[nodiscard]] Result<void> check_depth(Way way, const Value& value) const {
    if (way.size() <= limits_.depth) {
      const std::size_t left = limits_.depth - way.size();
      if (depth_of(value, left + 1) <= left) return {};
    }
    return Error(ErrorCode::limit_exceeded,
                 "more than " + std::to_string(limits_.depth) + " levels")
        .path(pointer_of(way));
  }

  Result<void> add(Way way, const Value& value) {
    Result<void> fits = check_depth(way, value);
    if (!fits) return fits;
    if (way.empty()) return document_ = value, Result<void>();
    Result<Value*> found = find(way, way.size() - 1, kPath);
    if (!found) return std::move(found).error();
    Value& parent = **found;
    const std::string& token = way.back();
    if (parent.kind() == Value::Kind::object) return parent.set(token, value), Result<void>();
    const bool is_array = parent.kind() == Value::Kind::array;
    const auto index = !is_array      ? std::nullopt
                       : token == "-" ? std::optional(parent.size())
                                      : index_of(token, parent.size() + 1);
    if (!index) return no_child(way, way.size() - 1, parent, kPath, true);
    if (*index == parent.size()) {
      parent.push_back(value);
    } else {
      insert_item(parent, *index, value);
    }
    return {};
  }

  Result<Value> take(Way way, const char* cause) {
    if (way.empty()) {
      return nowhere(way, cause, "a place within the document", "the whole of it");
    }
    Result<Value*> found = find(way, way.size() - 1, cause);
    if (!found) return std::move(found).error();
    Value& parent = **found;
    Value* const there = child(parent, way.back());
    if (there == nullptr) return no_child(way, way.size() - 1, parent, cause);
    if (parent.kind() == Value::Kind::object) return parent.take(way.back());
    Value taken = std::move(*there);
    parent.erase(*index_of(way.back(), parent.size()));
    return taken;
  }

  Result<void> replace(Way way, const Value& value) {
    Result<Value*> found = find(way, kPath);
    if (!found) return std::move(found).error();
    Result<void> fits = check_depth(way, value);
    if (fits) **found = value;
    return fits;
  }

  Result<void> move(const Operation& operation) {
    if (operation.path == operation.from) {
      const Result<Value*> found = find(operation.from, kFrom);
      return found ? Result<void>() : found.error();
    }
    Result<Value> taken = take(operation.from, kFrom);
    return taken ? add(operation.path, *taken) : std::move(taken).error();
  }

  Result<void> copy(const Operation& operation) {
    Result<Value*> found = find(operation.from, kFrom);
    if (!found) return std::move(found).error();
    const Value copied = **found;
    if (count_values(copied, copies_left_)) return add(operation.path, copied);
    return Error(ErrorCode::limit_exceeded,
                 "copies of more than " + std::to_string(kMostCopied) + " values")
        .path(pointer_of(operation.path));
  }

  Result<void> test(Way way, const Value& value) {
    const Result<Value*> found = find(way, kTest);
    if (!found) return found.error();
    if (**found == value) return {};
    const std::string expected(name(value.kind()));
    const std::string kind(name((*found)->kind()));
    if (expected != kind) return nowhere(way, kTest, expected, kind);
    return nowhere(way, kTest, "the test's " + kind, "another " + kind);
  }

  Value& document_;
  const JsonLimits& limits_;
  std::size_t copies_left_ = kMostCopied;
};

}  // namespace

Result<Value> apply_json_patch(Value document, const Value& patch, const JsonLimits& limits) {
  if (patch.kind() != Value::Kind::array) {
    return Error(ErrorCode::malformed, "not a JSON Patch")
        .expected("array")
        .found(name(patch.kind()));
  }
  Patcher patcher(document, limits);
  for (std::size_t i = 0; i < patch.size(); ++i) {
    const Result<Operation> operation = OperationReader(patch.items()[i], i).read();
    if (!operation) return operation.error();
    const Result<void> applied = patcher.apply(*operation);
    if (!applied) return applied.error();
  }
  return document;
}

}  // namespace keepsake
