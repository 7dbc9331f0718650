#include "keepsake/datum/json_patch.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/datum/pointer.h"

namespace keepsake {

namespace {

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

bool add(Value& parent, const std::string& token, const Value& value) {
  if (parent.kind() == Value::Kind::object) {
    parent.set(token, value);
    return true;
  }
  if (parent.kind() != Value::Kind::array) return false;
  const auto index =
      token == "-" ? std::optional(parent.size()) : index_of(token, parent.size() + 1);
  if (!index) return false;
  if (*index == parent.size()) {
    parent.push_back(value);
  } else {
    insert_item(parent, *index, value);
  }
  return true;
}

bool remove(Value& parent, const std::string& token) {
  if (child(parent, token) == nullptr) return false;
  if (parent.kind() == Value::Kind::object) {
    (void)parent.take(token);
  } else {
    parent.erase(*index_of(token, parent.size()));
  }
  return true;
}

bool apply_at(Value& document, std::string_view op, const std::vector<std::string>& tokens,
              const Value& value) {
  if (tokens.empty()) {
    if (op == "remove") return false;
    if (op == "test") return document == value;
    document = value;
    return true;
  }
  Value* parent = &document;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    parent = child(*parent, tokens[i]);
    if (parent == nullptr) return false;
  }
  if (op == "add") return add(*parent, tokens.back(), value);
  if (op == "remove") return remove(*parent, tokens.back());
  Value* target = child(*parent, tokens.back());
  if (target == nullptr) return false;
  if (op == "test") return *target == value;
  *target = value;
  return true;
}

std::string_view text_of(const Value& operation, std::string_view name) {
  const Value* member = operation.find(name);
  return member != nullptr && member->kind() == Value::Kind::string ? member->as_string()
                                                                    : std::string_view();
}

}  // namespace

Result<Value> apply_json_patch(Value document, const Value& patch) {
  if (patch.kind() != Value::Kind::array) {
    return Error(ErrorCode::malformed, "not a JSON Patch").expected("array");
  }
  for (std::size_t i = 0; i < patch.size(); ++i) {
    const Value& operation = patch.items()[i];
    const std::string_view op = text_of(operation, "op");
    const Value* path = operation.find("path");
    const Value* value = operation.find("value");
    const bool known = op == "add" || op == "remove" || op == "replace" || op == "test";
    const bool whole = path != nullptr && path->kind() == Value::Kind::string &&
                       (op == "remove" || value != nullptr);
    const auto tokens = whole ? split_pointer(path->as_string()) : std::nullopt;
    if (!known || !tokens) {
      return Error(ErrorCode::malformed, "not an operation of a JSON Patch")
          .path("/" + std::to_string(i))
          .expected("op \"add\", \"remove\", \"replace\" or \"test\", with path and value");
    }
    if (!apply_at(document, op, *tokens, value != nullptr ? *value : Value())) {
      return Error(ErrorCode::not_found,
                   op == "test" ? "the patch's test failed" : "the patch's path leads nowhere")
          .path(path->as_string());
    }
  }
  return document;
}

}  // namespace keepsake
