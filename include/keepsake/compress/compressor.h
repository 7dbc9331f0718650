// Compressor: records made smaller with zstd (RFC 8878), and a dictionary trained on records of
// their kind, without which records of a kilobyte have too little in them to compress well.
//
// A compressed record is one zstd frame that states its size, carries a checksum and, where a
// dictionary was used, its id. A record for which compression doesn't pay stays as it is: what
// doesn't begin with zstd's magic number (bytes 28 b5 2f fd, which begin no JSON and no CBOR map)
// is a record that was not compressed. So a reader needs no other mark, and stores may hold both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/result.h"

namespace keepsake {

/// The sizes from which each pays were measured on players' records (docs/benchmarks.md).
struct CompressorOptions {
  int level = 3;  ///< zstd's, 1 to 19
  /// Shorter records stay as they are.
  std::size_t least_bytes = 128;
  /// Records from this size on stay as they are, unless they have a dictionary.
  std::size_t least_bytes_without_dictionary = 512;
  /// Longer records are compressed without the dictionary.
  std::size_t most_bytes_with_dictionary = 16'000;
  /// What expand() gives at most.
  std::size_t most_expanded_bytes = 10'000'000;
};

/// A resource, for one thread at a time: it holds zstd's work space.
class Compressor {
 public:
  /// `dictionaries`, as train_dictionary() gave them: the last one is for compressing, all are for
  /// expanding. invalid_argument for one that is no zstd dictionary or has another's id;
  /// invalid_options.
  [[nodiscard]] static Result<Compressor> make(std::span<const std::string> dictionaries = {},
                                               const CompressorOptions& options = {});
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;
  ~Compressor();

  /// The record as a frame, or as it is where that is no longer.
  [[nodiscard]] std::string compress(std::string_view record);

  /// The record again. not_found: the frame needs a dictionary that isn't there (the cause names
  /// its id). malformed: a damaged frame, or one that doesn't state its size. limit_exceeded.
  [[nodiscard]] Result<std::string> expand(std::string_view stored);

 private:
  struct Parts;
  explicit Compressor(std::unique_ptr<Parts> parts) noexcept;
  std::unique_ptr<Parts> parts_;
};

/// Whether compress() made a frame of it.
[[nodiscard]] bool is_compressed(std::string_view stored) noexcept;
/// The id of the dictionary that the frame needs; 0 for none, or no frame.
[[nodiscard]] std::uint32_t dictionary_of(std::string_view stored) noexcept;
/// The id that a dictionary bears; 0 if it is none.
[[nodiscard]] std::uint32_t dictionary_id(std::string_view dictionary) noexcept;

/// A dictionary of at most `size_bytes` from records like those that will be compressed: some
/// hundred at least, and ten times `size_bytes` in all, or more. The same records give the same
/// dictionary. invalid_argument where they are too few, too short or too alike to learn from.
[[nodiscard]] Result<std::string> train_dictionary(std::span<const std::string> records,
                                                   std::size_t size_bytes = 16 * 1024);

}  // namespace keepsake
