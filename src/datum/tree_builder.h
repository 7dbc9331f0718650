// Builds a document: a tree of values whose parts lie in one block (or a few, where it is long),
// are counted as one and are freed at once. Values are put on a stack; an array or object takes
// those that were put last.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>

#include "keepsake/datum/value.h"
#include "src/datum/json_text.h"

namespace keepsake {

class TreeBuilder {
 public:
  /// `text_bytes`: how long the text is that the tree is read from.
  explicit TreeBuilder(std::size_t text_bytes) : next_bytes_(room_for(text_bytes)) {}
  /// What the document will take, as far as that is known.
  struct Room {
    std::size_t bytes;
  };
  explicit TreeBuilder(Room room) : next_bytes_(sizeof(Document) + room.bytes) {}
  TreeBuilder(const TreeBuilder&) = delete;
  TreeBuilder& operator=(const TreeBuilder&) = delete;
  ~TreeBuilder() {
    if (document_ != nullptr) free_document(document_);
  }

  void put_null() { put(Value::Kind::null, 0); }
  void put_bool(bool value) { put(Value::Kind::boolean, value ? 1 : 0); }
  void put_integer(std::int64_t value) {
    put(Value::Kind::integer, static_cast<std::uint64_t>(value));
  }
  void put_number(double value) { put(Value::Kind::number, std::bit_cast<std::uint64_t>(value)); }
  /// A string, or a member's name, whose value is put next. `end`: up to where can be read behind
  /// it.
  void put_text(std::string_view text, const char* end) {
    if (text.size() > Value::Data::kSmallText) return put_long(text);
    put(small_text(text.data(), text.size(), end));
  }

  /// Copies of what may lie anywhere.
  void put_copy(const Name& name) { put_copy(name.text_); }
  void put_copy(const Value& value) {
    if (value.on_heap()) return put_parts(value);
    *room() = value.data_;
  }
  /// What a copy takes in the document, beside its own place.
  [[nodiscard]] static std::size_t bytes_of(const Value& value);
  static constexpr std::size_t kNodeBytes = sizeof(Value::Node);

  /// If the text at `p`, behind a quote, is a short string of plain ASCII: puts it and gives the
  /// place behind its closing quote; else nullptr.
  const char* put_plain(const char* p, const char* end);

  /// What a value of the document was, to guess from it what a later one will be. Valid as long as
  /// the builder.
  class Like {
   public:
    Like() = default;
    explicit Like(const Value& value) : tag_(value.data_.tag), node_(value.data_.node) {}
    /// Of an object; else none.
    [[nodiscard]] std::span<const Member> members() const {
      if (!is(Value::Kind::object)) return {};
      return {reinterpret_cast<const Member*>(node_ + 1), node_->size};
    }
    /// Of an array.
    [[nodiscard]] Like first_item() const {
      if (!is(Value::Kind::array) || node_->size == 0) return {};
      return Like(*reinterpret_cast<const Value*>(node_ + 1));
    }

   private:
    [[nodiscard]] bool is(Value::Kind kind) const {
      return tag_ == (static_cast<std::uint8_t>(kind) | Value::Data::kHeap);
    }
    std::uint8_t tag_ = 0;
    const Value::Node* node_ = nullptr;
  };
  [[nodiscard]] Like last() const { return Like(reinterpret_cast<const Value&>(top_[-1])); }
  /// If the text at `p` is that name in quotes, and a colon: puts it and gives the place behind;
  /// else nullptr. The name must have no escapes.
  const char* put_if(const Name& name, const char* p, const char* end);

  /// How many were put.
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(top_ - stack_); }
  /// All that were put since there were `first` become one.
  void close_array(std::size_t first) { close(Value::Kind::array, first, 1); }
  void close_object(std::size_t first) { close(Value::Kind::object, first, 2); }
  /// The members that the object has so far. Valid until more is put.
  [[nodiscard]] std::span<const Member> members(std::size_t first) const {
    return {reinterpret_cast<const Member*>(stack_ + first), (size() - first) / 2};
  }
  /// The name or string that was put last.
  [[nodiscard]] std::string_view last_text() const {
    return reinterpret_cast<const Value&>(top_[-1]).content();
  }
  /// The name that was put as that one.
  [[nodiscard]] const Name& name_at(std::size_t index) const {
    return *reinterpret_cast<const Name*>(stack_ + index);
  }
  /// The one that is left.
  [[nodiscard]] Value take();

 private:
  friend class Value;
  using Data = Value::Data;
  using Node = Value::Node;

  struct Block {
    Block* next;
  };
  /// The first block begins with it.
  struct Document : Node {
    Block* more;
  };
  static void free_document(Node* counted) noexcept;

  void put(Value::Kind kind, std::uint64_t content) {
    room()->set(content, Data::rest(static_cast<std::uint8_t>(kind)));
  }
  /// The two words of a small text.
  struct Words {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
  };
  static Words small_text(const char* text, std::size_t size, const char* end) {
    Words words;
    if (std::endian::native == std::endian::little && end - text >= 16) {
      // Without a call; what stands behind the text is masked out.
      std::memcpy(&words.first, text, 8);
      std::memcpy(&words.second, text + 8, 8);
      words.first &= size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * size)) - 1;
      words.second &= size <= 8 ? 0 : (std::uint64_t{1} << (8 * (size - 8))) - 1;
    } else {
      char bytes[16] = {};
      if (size != 0) std::memcpy(bytes, text, size);
      std::memcpy(&words.first, bytes, 8);
      std::memcpy(&words.second, bytes + 8, 8);
    }
    words.second |=
        Data::rest(static_cast<std::uint8_t>(Value::Kind::string), static_cast<std::uint8_t>(size));
    return words;
  }
  void put(const Words& words) { room()->set(words.first, words.second); }

  Data* room() {
    if (top_ == limit_) grow();
    return top_++;
  }
  void grow();
  void put_long(std::string_view text, Value::Kind kind = Value::Kind::string);
  void put_parts(const Value& value);
  void close(Value::Kind kind, std::size_t first, std::size_t cells_each);
  static void hold(Data& data, Value::Kind kind, Node* node) {
    const auto tag = static_cast<std::uint8_t>(static_cast<std::uint8_t>(kind) | Data::kHeap);
    data.set(reinterpret_cast<std::uint64_t>(node), Data::rest(tag));
  }
  Node* make_node(std::size_t bytes);
  void* add_block(std::size_t bytes);

  static constexpr std::size_t kFirstRoom = 192;  // values; more are on the heap

  static std::size_t room_for(std::size_t text_bytes);

  Document* document_ = nullptr;
  char* next_ = nullptr;  // the free part of the block
  char* behind_ = nullptr;
  std::size_t next_bytes_;  // the next block's
  alignas(Data) char first_[kFirstRoom * sizeof(Data)];
  std::unique_ptr<char[]> more_;
  Data* stack_ = reinterpret_cast<Data*>(first_);
  Data* top_ = stack_;
  Data* limit_ = stack_ + kFirstRoom;
};

inline const char* TreeBuilder::put_plain(const char* p, const char* end) {
  if (std::endian::native != std::endian::little || end - p < 16) return nullptr;
  constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
  std::uint64_t words[2];
  std::memcpy(words, p, 16);
  const std::uint64_t stops[2] = {not_plain(words[0]), not_plain(words[1])};
  const bool in_first = stops[0] != 0;
  const std::uint64_t stop = in_first ? stops[0] : stops[1];
  if (stop == 0) return nullptr;
  const std::uint64_t before = ((stop - 1) & ~stop) >> 7;  // the bytes before the first stop
  const std::size_t size =
      static_cast<std::size_t>(std::countr_zero(stop) / 8) + (in_first ? 0 : 8);
  words[0] &= in_first ? before : ~std::uint64_t{0};
  words[1] &= in_first ? 0 : before;
  if (p[size] != '"' || size > Data::kSmallText || ((words[0] | words[1]) & kHighs) != 0)
    return nullptr;
  room()->set(words[0], words[1] | Data::rest(static_cast<std::uint8_t>(Value::Kind::string),
                                              static_cast<std::uint8_t>(size)));
  return p + size + 1;
}

inline void TreeBuilder::close(Value::Kind kind, std::size_t first, std::size_t cells_each) {
  const Data* const from = stack_ + first;
  const auto cells = static_cast<std::size_t>(top_ - from);
  if (cells == 0) return put(kind, 0);
  Node* const node = make_node(cells * sizeof(Data));
  auto* const to = reinterpret_cast<Data*>(node + 1);
  // By words, as they were written a moment ago.
  for (std::size_t i = 0; i < cells; ++i) to[i].set(from[i].word(0), from[i].word(1));
  node->size = cells / cells_each;
  top_ = stack_ + first;
  hold(*room(), kind, node);
}

inline TreeBuilder::Node* TreeBuilder::make_node(std::size_t bytes) {
  const std::size_t whole = (sizeof(Node) + bytes + 7) / 8 * 8;
  void* memory = next_;
  if (static_cast<std::size_t>(behind_ - next_) >= whole) [[likely]] {
    next_ += whole;
  } else {
    memory = add_block(whole);
  }
  Node* const node = ::new (memory) Node;
  node->counted = document_;
  return node;
}

inline const char* TreeBuilder::put_if(const Name& name, const char* p, const char* end) {
  constexpr std::size_t kAround = 3;  // the quotes and the colon
  const Data& data = name.text_.data_;
  const std::size_t size = data.on_heap() ? data.node->size : data.small_size;
  const auto left = static_cast<std::size_t>(end - p);
  if (left < size + kAround || *p != '"' || p[size + 1] != '"' || p[size + 2] != ':') {
    return nullptr;
  }
  if (!data.on_heap()) {
    const Words words = small_text(p + 1, size, end);
    if (words.first != data.word(0) || words.second != data.word(1)) return nullptr;
    put(words);
  } else {
    if (name != std::string_view(p + 1, size)) return nullptr;
    *room() = data;
  }
  return p + size + kAround;
}

}  // namespace keepsake
