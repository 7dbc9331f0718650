// Builds a document: a tree of values whose parts lie in one block (or a few, where it is long),
// are counted as one and are freed at once. Values are put on a stack; an array or object takes
// those that were put last.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "keepsake/datum/value.h"

namespace keepsake {

class TreeBuilder {
 public:
  /// `text_bytes`: how long the text is that the tree is read from.
  explicit TreeBuilder(std::size_t text_bytes) : text_bytes_(text_bytes) {}
  TreeBuilder(const TreeBuilder&) = delete;
  TreeBuilder& operator=(const TreeBuilder&) = delete;
  ~TreeBuilder() {
    if (document_ != nullptr) free_document(document_);
  }

  /// A scalar.
  void put(const Value& scalar) { *room() = scalar.data_; }
  /// A string, or a member's name, whose value is put next. `end`: up to where can be read behind
  /// it.
  void put_text(std::string_view text, const char* end) {
    if (text.size() > Value::Data::kSmallText) return put_long(text);
    *room() = small_text(text, end);
  }

  /// How many were put.
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(top_ - stack_); }
  /// All that were put since there were `first` become one.
  void close_array(std::size_t first) { close(Value::Kind::array, first, 1); }
  void close_object(std::size_t first) { close(Value::Kind::object, first, 2); }
  /// The members that the object has so far. Valid until more is put.
  [[nodiscard]] std::span<const Member> members(std::size_t first) const {
    return {reinterpret_cast<const Member*>(stack_ + first), (size() - first) / 2};
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

  static Data small_text(std::string_view text, const char* end) {
    Data data{};
    if (std::endian::native == std::endian::little && end - text.data() >= 16) {
      // Two words, without a call; what stands behind the text is masked out.
      std::uint64_t words[2];
      std::memcpy(words, text.data(), 16);
      const std::size_t size = text.size();
      words[0] &= size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * size)) - 1;
      words[1] &= size <= 8 ? 0 : (std::uint64_t{1} << (8 * (size - 8))) - 1;
      std::memcpy(&data, words, 16);
    } else if (!text.empty()) {
      std::memcpy(&data, text.data(), text.size());
    }
    data.small_size = static_cast<std::uint8_t>(text.size());
    data.tag = static_cast<std::uint8_t>(Value::Kind::string);
    return data;
  }

  Data* room() {
    if (top_ == limit_) grow();
    return top_++;
  }
  void grow();
  void put_long(std::string_view text);
  void close(Value::Kind kind, std::size_t first, std::size_t cells_each);
  static void hold(Data& data, Value::Kind kind, Node* node);
  Node* make_node(std::size_t bytes);
  void* add_block(std::size_t bytes);

  static constexpr std::size_t kFirstRoom = 192;  // values; more are on the heap

  const std::size_t text_bytes_;
  Document* document_ = nullptr;
  char* next_ = nullptr;  // the free part of the block
  char* behind_ = nullptr;
  std::size_t next_bytes_ = 0;  // the next block's
  alignas(Data) char first_[kFirstRoom * sizeof(Data)];
  std::unique_ptr<char[]> more_;
  Data* stack_ = reinterpret_cast<Data*>(first_);
  Data* top_ = stack_;
  Data* limit_ = stack_ + kFirstRoom;
};

}  // namespace keepsake
