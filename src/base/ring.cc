#include "src/base/ring.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "src/base/assert.h"

namespace keepsake {

namespace {

constexpr char kMagic[8] = {'K', 'S', 'R', 'I', 'N', 'G', '\r', '\n'};
constexpr std::uint32_t kFormat = 1;
constexpr std::uint64_t kSeal = 1ULL << 63;
constexpr std::size_t kHeaderBytes = 4096;

}  // namespace

struct Ring::Header {
  char magic[8];
  std::uint32_t format;
  std::uint32_t header_bytes;
  std::uint8_t id[16];
  std::uint64_t capacity;
  alignas(64) std::atomic<std::uint64_t> head;
  alignas(64) std::atomic<std::uint64_t> tail;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

std::size_t Ring::memory_bytes(std::size_t capacity) {
  static_assert(sizeof(Header) == 192 && sizeof(Header) <= kHeaderBytes);
  require(std::has_single_bit(capacity), "a ring's capacity is a power of two");
  return kHeaderBytes + capacity;
}

Ring::Ring(std::unique_ptr<SharedMemory> memory, std::size_t capacity)
    : memory_(std::move(memory)),
      header_(std::launder(reinterpret_cast<Header*>(memory_->data()))),
      bytes_(reinterpret_cast<char*>(memory_->data()) + kHeaderBytes),
      capacity_(capacity) {}

std::unique_ptr<Ring> Ring::create(std::unique_ptr<SharedMemory> memory, const Id128& id) {
  const std::size_t capacity = memory->size() - kHeaderBytes;
  require(memory->size() > kHeaderBytes && std::has_single_bit(capacity),
          "a ring's memory is of the size that memory_bytes gives");
  auto* header = ::new (static_cast<void*>(memory->data())) Header;
  header->format = kFormat;
  header->header_bytes = kHeaderBytes;
  const auto id_bytes = id.bytes();
  std::memcpy(header->id, id_bytes.data(), id_bytes.size());
  header->capacity = capacity;
  header->head.store(0, std::memory_order_relaxed);
  header->tail.store(0, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  std::memcpy(header->magic, kMagic, sizeof kMagic);
  return std::unique_ptr<Ring>(new Ring(std::move(memory), capacity));
}

Result<std::unique_ptr<Ring>> Ring::open(std::unique_ptr<SharedMemory> memory,
                                         const Id128& expected_id) {
  const auto wrong = [&](const char* what) {
    return Error(ErrorCode::wrong_format, "shared memory '" + memory->name() + "' " + what);
  };
  if (memory->size() <= kHeaderBytes) return wrong("is too small for a ring");
  const auto* header = std::launder(reinterpret_cast<const Header*>(memory->data()));
  if (std::memcmp(header->magic, kMagic, sizeof kMagic) != 0) return wrong("holds no ring");
  if (header->format != kFormat || header->header_bytes != kHeaderBytes) {
    return wrong("holds a ring of another format");
  }
  if (header->capacity != memory->size() - kHeaderBytes || !std::has_single_bit(header->capacity)) {
    return wrong("holds a ring of another size");
  }
  if (!expected_id.none() && Id128::from_bytes(header->id) != expected_id) {
    return Error(ErrorCode::not_found, "shared memory '" + memory->name() + "' is another ring");
  }
  const std::size_t capacity = header->capacity;
  return std::unique_ptr<Ring>(new Ring(std::move(memory), capacity));
}

std::size_t Ring::used() const {
  const std::uint64_t head = header_->head.load(std::memory_order_acquire) & ~kSeal;
  const std::uint64_t tail = header_->tail.load(std::memory_order_acquire) & ~kSeal;
  return tail - head;
}

bool Ring::sealed() const {
  const std::uint64_t both =
      header_->tail.load(std::memory_order_acquire) | header_->head.load(std::memory_order_acquire);
  return (both & kSeal) != 0;
}

[[gnu::hot]] void Ring::copy_in(std::uint64_t position, std::string_view bytes) {
  const std::size_t at = position & (capacity_ - 1);
  const std::size_t first = std::min(bytes.size(), capacity_ - at);
  if (first > 0) std::memcpy(bytes_ + at, bytes.data(), first);
  if (first < bytes.size()) std::memcpy(bytes_, bytes.data() + first, bytes.size() - first);
}

void Ring::copy_out(std::uint64_t position, char* to, std::size_t bytes) const {
  const std::size_t at = position & (capacity_ - 1);
  const std::size_t first = std::min(bytes, capacity_ - at);
  if (first > 0) std::memcpy(to, bytes_ + at, first);
  if (first < bytes) std::memcpy(to + first, bytes_, bytes - first);
}

[[gnu::hot]] Publish Ring::append(std::span<const std::string_view> parts) {
  std::uint64_t tail = header_->tail.load(std::memory_order_relaxed);
  if ((tail & kSeal) != 0) return Publish::sealed;
  const std::uint64_t head = header_->head.load(std::memory_order_acquire) & ~kSeal;
  std::size_t total = 0;
  for (const std::string_view part : parts) total += part.size();
  // A byte stays free: what an append leaves that loses to the seal never reaches up to the head.
  if (total >= capacity_ - (tail - head)) return Publish::full;
  std::uint64_t at = tail;
  for (const std::string_view part : parts) {
    copy_in(at, part);
    at += part.size();
  }
  // Nobody but a sealer changes the tail besides us: a lost exchange is a lost race to the seal.
  const bool won = header_->tail.compare_exchange_strong(tail, at, std::memory_order_release,
                                                         std::memory_order_relaxed);
  return won ? Publish::published : Publish::sealed;
}

void Ring::wipe() {
  const std::uint64_t tail = header_->tail.load(std::memory_order_relaxed);
  if ((tail & kSeal) != 0) return;
  const std::uint64_t head = header_->head.load(std::memory_order_acquire) & ~kSeal;
  const std::uint64_t first = tail > capacity_ ? tail - capacity_ : 0;
  const std::size_t bytes = head - first;
  const std::size_t at = first & (capacity_ - 1);
  const std::size_t until_end = std::min(bytes, capacity_ - at);
  std::memset(bytes_ + at, 0, until_end);
  std::memset(bytes_, 0, bytes - until_end);
}

void Ring::peek(std::string& into, std::size_t at_most) const {
  const std::uint64_t head = header_->head.load(std::memory_order_relaxed) & ~kSeal;
  const std::uint64_t tail = header_->tail.load(std::memory_order_acquire) & ~kSeal;
  into.resize(std::min<std::size_t>(at_most, tail - head));
  copy_out(head, into.data(), into.size());
}

bool Ring::consume(std::size_t bytes) {
  std::uint64_t head = header_->head.load(std::memory_order_relaxed);
  if ((head & kSeal) != 0) return false;
  require(bytes <= used(), "a ring's consumer takes no more than was published");
  return header_->head.compare_exchange_strong(head, head + bytes, std::memory_order_release,
                                               std::memory_order_relaxed);
}

bool Ring::seal() {
  // The tail first: once the head stands still, too, nothing between them can change.
  const std::uint64_t tail = header_->tail.fetch_or(kSeal, std::memory_order_acq_rel);
  header_->head.fetch_or(kSeal, std::memory_order_acq_rel);
  return (tail & kSeal) != 0;
}

Result<std::string> Ring::contents() const {
  require(sealed(), "a ring is sealed before it is read");
  const std::uint64_t head = header_->head.load(std::memory_order_acquire) & ~kSeal;
  const std::uint64_t tail = header_->tail.load(std::memory_order_acquire) & ~kSeal;
  if (head > tail || tail - head > capacity_) {
    return Error(ErrorCode::corrupt, "ring '" + name() + "' has positions that can't be");
  }
  std::string out(tail - head, '\0');
  copy_out(head, out.data(), out.size());
  return out;
}

std::string Ring::taken() const {
  require(sealed(), "a ring is sealed before it is read");
  const std::uint64_t head = header_->head.load(std::memory_order_acquire) & ~kSeal;
  const std::uint64_t tail = header_->tail.load(std::memory_order_acquire) & ~kSeal;
  if (head > tail || tail - head > capacity_) return {};
  const std::uint64_t first = tail > capacity_ ? tail - capacity_ : 0;
  std::string out(head - first, '\0');
  copy_out(first, out.data(), out.size());
  return out;
}

}  // namespace keepsake
