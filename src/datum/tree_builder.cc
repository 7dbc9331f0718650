#include "src/datum/tree_builder.h"

#include <algorithm>
#include <new>
#include <utility>

namespace keepsake {

namespace {

// What a text's values take, most of the time, for each of its bytes.
constexpr std::size_t kBytesForEach = 3;
constexpr std::size_t kLeastBlock = 256;
// Beyond this, the system's allocator would ask the system for each block.
constexpr std::size_t kMostBlock = 64 * 1024;

}  // namespace

void TreeBuilder::free_document(Node* counted) noexcept {
  auto* const document = static_cast<Document*>(counted);
  for (Block* block = document->more; block != nullptr;) {
    Block* const next = block->next;
    ::operator delete(block);
    block = next;
  }
  ::operator delete(document);
}

std::size_t TreeBuilder::room_for(std::size_t text_bytes) {
  return std::clamp(kBytesForEach * text_bytes, kLeastBlock, kMostBlock);
}

// Room for `bytes`, in a new block that has more of it where more is likely to be asked for.
void* TreeBuilder::add_block(std::size_t bytes) {
  const bool first = document_ == nullptr;
  const std::size_t head = first ? sizeof(Document) : sizeof(Block);
  const std::size_t whole = std::max(next_bytes_, head + bytes);
  next_bytes_ = std::clamp(whole, kLeastBlock, kMostBlock);
  char* const memory = static_cast<char*>(::operator new(whole));
  if (first) {
    document_ = ::new (static_cast<void*>(memory)) Document;
    document_->counted = document_;
    document_->owners.store(1, std::memory_order_relaxed);
    document_->more = nullptr;
  } else {
    document_->more = ::new (static_cast<void*>(memory)) Block{document_->more};
  }
  next_ = memory + head + bytes;
  behind_ = memory + whole;
  return memory + head;
}

void TreeBuilder::grow() {
  const std::size_t size = this->size();
  const std::size_t capacity = 4 * size;
  // Not cleared.
  std::unique_ptr<char[]> more(new char[capacity * sizeof(Data)]);
  std::memcpy(more.get(), stack_, size * sizeof(Data));
  more_ = std::move(more);
  stack_ = reinterpret_cast<Data*>(more_.get());
  top_ = stack_ + size;
  limit_ = stack_ + capacity;
}

std::size_t TreeBuilder::bytes_of(const Value& value) {
  if (!value.on_heap()) return 0;
  switch (value.kind()) {
    case Value::Kind::array: {
      std::size_t bytes = kNodeBytes + value.size() * sizeof(Value);
      for (const Value& item : value.items()) bytes += bytes_of(item);
      return bytes;
    }
    case Value::Kind::object: {
      std::size_t bytes = kNodeBytes + value.size() * sizeof(Member);
      for (const Member& member : value.members()) {
        bytes += bytes_of(member.name.text_) + bytes_of(member.value);
      }
      return bytes;
    }
    default: return kNodeBytes + (value.size() + 7) / 8 * 8;
  }
}

void TreeBuilder::put_parts(const Value& value) {
  const std::size_t first = size();
  switch (value.kind()) {
    case Value::Kind::array:
      for (const Value& item : value.items()) put_copy(item);
      return close_array(first);
    case Value::Kind::object:
      for (const Member& member : value.members()) {
        put_copy(member.name);
        put_copy(member.value);
      }
      return close_object(first);
    default: return put_long(value.content(), value.kind());
  }
}

void TreeBuilder::put_long(std::string_view text, Value::Kind kind) {
  Data* const data = room();
  Node* const node = make_node(text.size());
  std::memcpy(static_cast<void*>(node + 1), text.data(), text.size());
  node->size = text.size();
  hold(*data, kind, node);
}

Value TreeBuilder::take() {
  Value value;
  value.data_ = *--top_;
  if (value.on_heap()) document_ = nullptr;  // which is the value's now
  return value;
}

}  // namespace keepsake
