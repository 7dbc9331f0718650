#include "keepsake/datum/value.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

#include "src/base/assert.h"
#include "src/datum/member_names.h"

namespace keepsake {

struct Value::Node {
  std::atomic<std::uint32_t> owners{1};
};
struct Value::TextNode : Node {
  explicit TextNode(std::string_view content) : text(content) {}
  std::string text;
};
struct Value::ArrayNode : Node {
  explicit ArrayNode(std::vector<Value> list) : items(std::move(list)) {}
  std::vector<Value> items;
};
struct Value::ObjectNode : Node {
  explicit ObjectNode(std::vector<Member> list) : members(std::move(list)) {}
  std::vector<Member> members;
};

namespace {

bool equal_numbers(std::int64_t integer, double number) {
  constexpr double kTwo63 = 9223372036854775808.0;
  if (!(number >= -kTwo63 && number < kTwo63)) return false;
  return std::trunc(number) == number && static_cast<std::int64_t>(number) == integer;
}

bool equal_members(std::span<const Member> a, std::span<const Member> b) {
  if (a.size() != b.size()) return false;
  std::size_t i = 0;
  while (i < a.size() && a[i].name == b[i].name) {
    if (!(a[i].value == b[i].value)) return false;
    ++i;
  }
  if (i == a.size()) return true;
  const auto sorted = [i](std::span<const Member> members) {
    std::vector<const Member*> list;
    for (const Member& member : members.subspan(i)) list.push_back(&member);
    std::sort(list.begin(), list.end(),
              [](const Member* x, const Member* y) { return x->name < y->name; });
    return list;
  };
  const std::vector<const Member*> x = sorted(a);
  const std::vector<const Member*> y = sorted(b);
  return std::equal(x.begin(), x.end(), y.begin(),
                    [](const Member* p, const Member* q) { return *p == *q; });
}

}  // namespace

Value::Value(Kind kind, Node* node) noexcept {
  data_.node = node;
  data_.tag = static_cast<std::uint8_t>(static_cast<std::uint8_t>(kind) | kHeap);
}

Value Value::text(Kind kind, std::string_view content) {
  if (content.size() > kSmallText) return Value(kind, new TextNode(content));
  Value value(kind);
  value.data_.small_size = static_cast<std::uint8_t>(content.size());
  // The fourteen bytes are `small` and, right behind it, `more`.
  if (!content.empty()) {
    std::memcpy(reinterpret_cast<char*>(&value.data_), content.data(), content.size());
  }
  return value;
}

std::string_view Value::content() const noexcept {
  if (on_heap()) return static_cast<const TextNode*>(data_.node)->text;
  return {reinterpret_cast<const char*>(&data_), data_.small_size};
}

Value::Value(std::string_view content) : Value(text(Kind::string, content)) {}
Value Value::bytes(std::string_view octets) { return text(Kind::bytes, octets); }
Value Value::array(std::vector<Value> items) {
  return Value(Kind::array, new ArrayNode(std::move(items)));
}
Value Value::object(std::initializer_list<Member> members) {
  return object(std::vector<Member>(members));
}
Value Value::object(std::vector<Member> members) {
  require(all_distinct(members), "the names of an object's members are distinct");
  return object_of_distinct(std::move(members));
}
Value Value::object_of_distinct(std::vector<Member> members) {
  return Value(Kind::object, new ObjectNode(std::move(members)));
}

Value& Value::operator=(const Value& other) noexcept {
  Value copy(other);
  std::swap(data_, copy.data_);
  return *this;
}

void Value::retain() const noexcept { data_.node->owners.fetch_add(1, std::memory_order_relaxed); }

void Value::release() noexcept {
  Node* node = data_.node;
  const bool last = node->owners.load(std::memory_order_acquire) == 1 ||
                    node->owners.fetch_sub(1, std::memory_order_acq_rel) == 1;
  if (!last) return;
  if (kind() == Kind::array) {
    delete static_cast<ArrayNode*>(node);
  } else if (kind() == Kind::object) {
    delete static_cast<ObjectNode*>(node);
  } else {
    delete static_cast<TextNode*>(node);
  }
}

void Value::need(Kind wanted, const char* what) const {
  if (kind() != wanted) [[unlikely]] {
    fail_assertion(std::string(what) + " of a value that is " + std::string(name(kind())));
  }
}

bool Value::as_bool() const { return need(Kind::boolean, "as_bool()"), data_.integer != 0; }
std::int64_t Value::as_integer() const {
  return need(Kind::integer, "as_integer()"), data_.integer;
}
double Value::as_number() const {
  if (kind() == Kind::integer) return static_cast<double>(data_.integer);
  return need(Kind::number, "as_number()"), data_.number;
}
std::string_view Value::as_string() const { return need(Kind::string, "as_string()"), content(); }
std::string_view Value::as_bytes() const { return need(Kind::bytes, "as_bytes()"), content(); }

std::span<const Value> Value::items() const {
  need(Kind::array, "items()");
  return static_cast<const ArrayNode*>(data_.node)->items;
}
std::span<const Member> Value::members() const {
  need(Kind::object, "members()");
  return static_cast<const ObjectNode*>(data_.node)->members;
}
const Value* Value::find(std::string_view name) const noexcept {
  if (kind() != Kind::object) return nullptr;
  for (const Member& member : static_cast<const ObjectNode*>(data_.node)->members) {
    if (same_name(member.name, name)) return &member.value;
  }
  return nullptr;
}
std::size_t Value::size() const noexcept {
  switch (kind()) {
    case Kind::string:
    case Kind::bytes: return content().size();
    case Kind::array: return static_cast<const ArrayNode*>(data_.node)->items.size();
    case Kind::object: return static_cast<const ObjectNode*>(data_.node)->members.size();
    default: return 0;
  }
}

std::vector<Value>& Value::own_items() {
  need(Kind::array, "a change of items");
  auto* node = static_cast<ArrayNode*>(data_.node);
  if (node->owners.load(std::memory_order_acquire) != 1) {
    *this = array(node->items);
    node = static_cast<ArrayNode*>(data_.node);
  }
  return node->items;
}
std::vector<Member>& Value::own_members() {
  need(Kind::object, "a change of members");
  auto* node = static_cast<ObjectNode*>(data_.node);
  if (node->owners.load(std::memory_order_acquire) != 1) {
    *this = object_of_distinct(node->members);
    node = static_cast<ObjectNode*>(data_.node);
  }
  return node->members;
}

Value& Value::item(std::size_t index) {
  std::vector<Value>& items = own_items();
  require(index < items.size(), "an array's index is below its size");
  return items[index];
}
void Value::push_back(Value item) { own_items().push_back(std::move(item)); }
void Value::erase(std::size_t index) {
  std::vector<Value>& items = own_items();
  require(index < items.size(), "an array's index is below its size");
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(index));
}
Value* Value::find_mutable(std::string_view name) {
  if (find(name) == nullptr) return nullptr;
  for (Member& member : own_members()) {
    if (same_name(member.name, name)) return &member.value;
  }
  return nullptr;
}
Value& Value::set(std::string_view name, Value value) {
  std::vector<Member>& members = own_members();
  for (Member& member : members) {
    if (same_name(member.name, name)) return member.value = std::move(value);
  }
  members.push_back({std::string(name), std::move(value)});
  return members.back().value;
}
Value Value::take(std::string_view name) {
  if (find(name) == nullptr) return {};
  std::vector<Member>& members = own_members();
  const auto found = std::find_if(members.begin(), members.end(), [name](const Member& member) {
    return same_name(member.name, name);
  });
  Value taken = std::move(found->value);
  members.erase(found);
  return taken;
}
void Value::set_members(std::vector<Member> members) {
  need(Kind::object, "set_members()");
  *this = object(std::move(members));
}

bool operator==(const Value& a, const Value& b) noexcept {
  using enum Value::Kind;
  if (a.kind() != b.kind()) {
    if (a.kind() == integer && b.kind() == number) {
      return equal_numbers(a.data_.integer, b.data_.number);
    }
    return a.kind() == number && b.kind() == integer &&
           equal_numbers(b.data_.integer, a.data_.number);
  }
  switch (a.kind()) {
    case null: return true;
    case boolean:
    case integer: return a.data_.integer == b.data_.integer;
    case number: return a.data_.number == b.data_.number;
    case string:
    case bytes: return a.content() == b.content();
    case array: {
      const std::span<const Value> x = a.items();
      const std::span<const Value> y = b.items();
      return a.data_.node == b.data_.node || std::equal(x.begin(), x.end(), y.begin(), y.end());
    }
    case object: return a.data_.node == b.data_.node || equal_members(a.members(), b.members());
  }
  return false;
}

std::string_view name(Value::Kind kind) noexcept {
  constexpr std::string_view kNames[] = {"null",   "boolean", "integer", "number",
                                         "string", "bytes",   "array",   "object"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool is_utf8(std::string_view text) noexcept {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = p + text.size();
  while (p != end) {
    if (end - p >= 8) {
      std::uint64_t eight;
      std::memcpy(&eight, p, 8);
      if ((eight & 0x8080808080808080ULL) == 0) {
        p += 8;
        continue;
      }
    }
    const unsigned lead = *p++;
    if (lead < 0x80) continue;
    const int more = lead >= 0xC2 && lead <= 0xDF   ? 1
                     : lead >= 0xE0 && lead <= 0xEF ? 2
                     : lead >= 0xF0 && lead <= 0xF4 ? 3
                                                    : 0;
    if (more == 0 || end - p < more) return false;
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (*p < low || *p > high) return false;
    ++p;
    for (int i = 1; i < more; ++i, ++p) {
      if ((*p & 0xC0) != 0x80) return false;
    }
  }
  return true;
}

}  // namespace keepsake
