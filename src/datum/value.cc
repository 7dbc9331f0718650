#include "keepsake/datum/value.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include "src/base/assert.h"
#include "src/datum/member_names.h"
#include "src/datum/tree_builder.h"

namespace keepsake {

/// The nodes of values: made, held alone, given room, freed.
struct Value::Inside {
  template <class Part>
  static Part* parts(Node* node) {
    return reinterpret_cast<Part*>(node + 1);
  }

  /// Without parts yet.
  template <class Part>
  static Node* make(std::size_t capacity) {
    require(capacity <= kMostParts, "an array or object has at most 2^32 - 1 parts");
    void* memory = ::operator new(sizeof(Node) + capacity * sizeof(Part));
    return ::new (memory) Node{.counted = static_cast<Node*>(memory),
                               .owners = 1,
                               .capacity = static_cast<std::uint32_t>(capacity),
                               .size = 0};
  }

  static Node* make_text(std::string_view content) {
    void* memory = ::operator new(sizeof(Node) + content.size());
    Node* node = ::new (memory)
        Node{.counted = static_cast<Node*>(memory), .owners = 1, .capacity = 0, .size = 0};
    std::memcpy(parts<char>(node), content.data(), content.size());
    node->size = content.size();
    return node;
  }

  template <class Part>
  static Value of(Kind kind, std::span<Part> list) {
    if (list.empty()) return Value(kind);
    Node* node = make<Part>(list.size());
    std::uninitialized_move(list.begin(), list.end(), parts<Part>(node));
    node->size = list.size();
    return Value(kind, node);
  }

  template <class Part>
  static void free(Node* node) noexcept {
    std::destroy_n(parts<Part>(node), node->size);
    ::operator delete(node);
  }

  /// The parts of `value`, held by it alone and with room for `room` of them.
  [[nodiscard]] static bool is_alone(const Node* node) {
    return node->counted == node && node->owners.load(std::memory_order_acquire) == 1;
  }

  /// The parts of `value`, held by it alone and with room for `room` of them.
  template <class Part>
  static Part* own(Value& value, std::size_t room) {
    Node* node = value.data_.node;
    if (node != nullptr && node->capacity >= room && is_alone(node)) [[likely]] {
      return parts<Part>(node);
    }
    return move_out<Part>(value, room);
  }

  template <class Part>
  [[gnu::noinline]] static Part* move_out(Value& value, std::size_t room) {
    Node* node = value.data_.node;
    const std::size_t size = value.size();
    Node* fresh = make<Part>(room > size ? std::max({room, 2 * size, kLeastRoom}) : size);
    if (size != 0 && is_alone(node)) {
      std::uninitialized_move_n(parts<Part>(node), size, parts<Part>(fresh));
    } else if (size != 0) {
      std::uninitialized_copy_n(parts<Part>(node), size, parts<Part>(fresh));
    }
    fresh->size = size;
    value = Value(value.kind(), fresh);
    return parts<Part>(fresh);
  }

  template <class Part>
  static Part& add(Value& value, Part part) {
    const std::size_t size = value.size();
    Part* added = own<Part>(value, size + 1) + size;
    ::new (added) Part(std::move(part));
    ++value.data_.node->size;
    return *added;
  }

  template <class Part>
  static void erase(Value& value, std::size_t index) {
    Part* all = own<Part>(value, 0);
    std::size_t& size = value.data_.node->size;
    std::move(all + index + 1, all + size, all + index);
    std::destroy_at(all + --size);
  }

  static std::size_t index_of(const Value& object, const auto& name) {
    const std::span<const Member> members = object.members();
    std::size_t i = 0;
    while (i < members.size() && !(members[i].name == name)) ++i;
    return i;
  }

 private:
  static constexpr std::size_t kMostParts = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t kLeastRoom = 4;
};

namespace {

bool equal_numbers(std::int64_t integer, double number) {
  constexpr double kTwo63 = 9223372036854775808.0;
  if (!(number >= -kTwo63 && number < kTwo63)) return false;
  return std::trunc(number) == number && static_cast<std::int64_t>(number) == integer;
}

/// Up to 15 bytes as two words, filled up with zeros.
void read_few_bytes(const char* bytes, std::size_t size, std::uint64_t (&words)[2]) {
  words[0] = words[1] = 0;
  if (std::endian::native != std::endian::little) {
    if (size != 0) std::memcpy(words, bytes, size);
    return;
  }
  // Parts that overlap, without a call.
  const auto part = [bytes](auto word, std::size_t at) -> std::uint64_t {
    std::memcpy(&word, bytes + at, sizeof(word));
    return word;
  };
  if (size >= 8) {
    words[0] = part(std::uint64_t{}, 0);
    if (size > 8) words[1] = part(std::uint64_t{}, size - 8) >> (8 * (16 - size));
  } else if (size >= 4) {
    words[0] = part(std::uint32_t{}, 0) | part(std::uint32_t{}, size - 4) << (8 * (size - 4));
  } else {
    for (std::size_t i = 0; i < size; ++i) words[0] |= part(std::uint8_t{}, i) << (8 * i);
  }
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
  const auto tag = static_cast<std::uint8_t>(static_cast<std::uint8_t>(kind) | Data::kHeap);
  data_.set(reinterpret_cast<std::uintptr_t>(node), Data::rest(tag));
}

Value Value::text(Kind kind, std::string_view content) {
  const std::size_t size = content.size();
  if (size > Data::kSmallText) return Value(kind, Inside::make_text(content));
  std::uint64_t words[2];
  read_few_bytes(content.data(), size, words);
  Value value;
  value.data_.set(words[0], words[1] | Data::rest(static_cast<std::uint8_t>(kind),
                                                  static_cast<std::uint8_t>(size)));
  return value;
}

Value::Value(std::string_view content) : Value(text(Kind::string, content)) {}
Value Value::bytes(std::string_view octets) { return text(Kind::bytes, octets); }
Value Value::array(std::vector<Value> items) { return Inside::of<Value>(Kind::array, items); }
Value Value::object(std::initializer_list<Member> members) {
  return object(std::vector<Member>(members));
}
Value Value::object(std::vector<Member> members) {
  require(all_distinct(members), "the names of an object's members are distinct");
  return object_of_distinct(std::move(members));
}
Value Value::object_of_distinct(std::vector<Member> members) {
  return Inside::of<Member>(Kind::object, members);
}

Value& Value::operator=(const Value& other) noexcept {
  Value copy(other);
  data_.swap(copy.data_);
  return *this;
}

void Value::release() noexcept {
  Node* node = data_.node;
  Node* counted = node->counted;
  const bool last = counted->owners.load(std::memory_order_acquire) == 1 ||
                    counted->owners.fetch_sub(1, std::memory_order_acq_rel) == 1;
  if (!last) return;
  if (counted != node) {
    TreeBuilder::free_document(counted);
  } else if (kind() == Kind::array) {
    Inside::free<Value>(node);
  } else if (kind() == Kind::object) {
    Inside::free<Member>(node);
  } else {
    Inside::free<char>(node);
  }
}

void Value::wrong_kind(const char* what) const {
  fail_assertion(std::string(what) + " of a value that is " + std::string(name(kind())));
}

const Value* Value::find(std::string_view name) const noexcept {
  if (kind() != Kind::object) return nullptr;
  for (const Member& member : members()) {
    if (same_name(member.name, name)) return &member.value;
  }
  return nullptr;
}

Value Value::detached() const {
  if (!on_heap()) return *this;
  switch (kind()) {
    case Kind::array: {
      std::vector<Value> copies;
      copies.reserve(size());
      for (const Value& item : items()) copies.push_back(item.detached());
      return array(std::move(copies));
    }
    case Kind::object: {
      std::vector<Member> copies;
      copies.reserve(size());
      for (const Member& member : members()) {
        copies.push_back({member.name.view(), member.value.detached()});
      }
      return object_of_distinct(std::move(copies));
    }
    default: return text(kind(), content());
  }
}

Value& Value::item(std::size_t index) {
  need(Kind::array, "a change of items");
  require(index < size(), "an array's index is below its size");
  return Inside::own<Value>(*this, 0)[index];
}
void Value::push_back(Value item) {
  need(Kind::array, "a change of items");
  Inside::add(*this, std::move(item));
}
void Value::erase(std::size_t index) {
  need(Kind::array, "a change of items");
  require(index < size(), "an array's index is below its size");
  Inside::erase<Value>(*this, index);
}
Value* Value::find_mutable(std::string_view name) {
  if (kind() != Kind::object) return nullptr;
  const std::size_t index = Inside::index_of(*this, name);
  return index == size() ? nullptr : &Inside::own<Member>(*this, 0)[index].value;
}
Value& Value::set(Name name, Value value) {
  need(Kind::object, "a change of members");
  const std::size_t index = Inside::index_of(*this, name);
  if (index == size()) return Inside::add(*this, Member{std::move(name), std::move(value)}).value;
  return Inside::own<Member>(*this, 0)[index].value = std::move(value);
}
Value Value::take(std::string_view name) {
  if (kind() != Kind::object) return {};
  const std::size_t index = Inside::index_of(*this, name);
  if (index == size()) return {};
  Value taken = std::move(Inside::own<Member>(*this, 0)[index].value);
  Inside::erase<Member>(*this, index);
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
