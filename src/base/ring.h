// Ring: bytes on their way from one thread that must not wait to another that may, in shared
// memory, so that they survive the process.
//
// One producer appends, one consumer takes from the front, and at any moment another process may
// seal it: from then on nothing is appended and nothing taken, and what lies between head and tail
// stands still. Both positions count bytes since the beginning; the top bit of each is the seal.
// They only move by compare-and-swap, so an append that returns `published` is in every copy that a
// sealer takes, and one that returns `sealed` is in none.
//
// Layout (format 1, little-endian), documented in docs/journal.md.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "keepsake/base/ids.h"
#include "keepsake/base/result.h"
#include "src/base/shared_memory.h"

namespace keepsake {

enum class Publish : std::uint8_t { published, full, sealed };

class Ring {
 public:
  /// Bytes of memory that a ring of `capacity` bytes needs. `capacity`: a power of two.
  [[nodiscard]] static std::size_t memory_bytes(std::size_t capacity);
  /// Lays a new ring into memory fresh from SharedMemorySpace::create(memory_bytes(capacity)).
  [[nodiscard]] static std::unique_ptr<Ring> create(std::unique_ptr<SharedMemory> memory,
                                                    const Id128& id);
  /// Opens what another process made. Errors: wrong_format (no ring, or of a newer Keepsake),
  /// not_found (a ring, but of another id). An id of none stands for any.
  [[nodiscard]] static Result<std::unique_ptr<Ring>> open(std::unique_ptr<SharedMemory> memory,
                                                          const Id128& expected_id);

  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  [[nodiscard]] const std::string& name() const { return memory_->name(); }
  [[nodiscard]] bool linked() const { return memory_->linked(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// Bytes between head and tail. Any thread.
  [[nodiscard]] std::size_t used() const;
  [[nodiscard]] bool sealed() const;

  /// Producer only. Publishes the parts as one, or nothing. No system call, no allocation, no wait.
  [[nodiscard]] Publish append(std::span<const std::string_view> parts);

  /// Producer only: zeros over what was taken and still stands in the memory. Nothing once sealed.
  void wipe();

  /// Consumer only: copies up to `at_most` bytes from the front, without taking them.
  void peek(std::string& into, std::size_t at_most) const;
  /// Consumer only: takes `bytes` from the front. False if the ring is sealed; nothing is taken.
  [[nodiscard]] bool consume(std::size_t bytes);

  /// Any process. True if it was sealed already.
  bool seal();
  /// After seal(): what was published and not taken. Error corrupt: positions that can't be.
  [[nodiscard]] Result<std::string> contents() const;
  /// After seal(): what was taken last and still stands in the memory, up to where contents()
  /// begins. Its first bytes may be the rest of something longer, or of an append that lost to the
  /// seal. "" where positions can't be.
  [[nodiscard]] std::string taken() const;

 private:
  struct Header;
  Ring(std::unique_ptr<SharedMemory> memory, std::size_t capacity);
  void copy_in(std::uint64_t position, std::string_view bytes);
  void copy_out(std::uint64_t position, char* to, std::size_t bytes) const;

  std::unique_ptr<SharedMemory> memory_;
  Header* header_;
  char* bytes_;
  std::size_t capacity_;
};

}  // namespace keepsake
