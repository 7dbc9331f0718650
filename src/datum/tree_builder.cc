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

// Room for `bytes`, in a new block that has more of it where more is likely to be asked for.
void* TreeBuilder::add_block(std::size_t bytes) {
  const bool first = document_ == nullptr;
  const std::size_t head = first ? sizeof(Document) : sizeof(Block);
  if (first) next_bytes_ = std::clamp(kBytesForEach * text_bytes_, kLeastBlock, kMostBlock);
  const std::size_t whole = std::max(next_bytes_, head + bytes);
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

void TreeBuilder::put_long(std::string_view text) {
  Data* const data = room();
  Node* const node = make_node(text.size());
  std::memcpy(static_cast<void*>(node + 1), text.data(), text.size());
  node->size = text.size();
  hold(*data, Value::Kind::string, node);
}

Value TreeBuilder::take() {
  Value value;
  value.data_ = *--top_;
  if (value.on_heap()) document_ = nullptr;  // which is the value's now
  return value;
}

}  // namespace keepsake
