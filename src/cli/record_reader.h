// Records in a file or pipe of any size, one in memory at a time: JSON Lines, JSON (one record, or
// an array of them), or a CBOR sequence (RFC 8742).
#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "keepsake/base/result.h"
#include "keepsake/datum/value.h"

namespace keepsake::cli {

enum class Form : std::uint8_t { jsonl, json, cbor };

/// "jsonl", "json", "cbor"; nothing for another word.
[[nodiscard]] std::optional<Form> form_named(std::string_view name);
/// What a file's name says of its form; of one that says nothing, what its first byte says.
[[nodiscard]] Form guess_form(const std::string& file, std::istream& in);

struct RecordRead {
  std::uint64_t number = 0;           ///< from 1
  std::optional<std::uint64_t> line;  ///< from 1; of JSON
  std::optional<std::uint64_t> byte;  ///< from 0; of CBOR: where it begins
  Result<Value> value;                ///< malformed, limit_exceeded

  /// "line 7", "record 3 (line 17)", "record 3 (byte 1042)".
  [[nodiscard]] std::string place(Form form) const;
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;

  /// The next record into `record`; false at the end. A fault of a record is its value; the next
  /// one goes on behind it where that can be told.
  [[nodiscard]] virtual bool next(RecordRead& record) = 0;
  /// Whether the input is one record by itself and no list; known behind the first one.
  [[nodiscard]] virtual bool alone() const noexcept { return false; }

  [[nodiscard]] virtual std::uint64_t bytes_read() const noexcept = 0;
  /// The stream ended because reading failed.
  [[nodiscard]] virtual bool failed() const noexcept = 0;
};

/// `in` outlives the reader. `lenient`: of CBOR, as CborOptions has it.
[[nodiscard]] std::unique_ptr<RecordReader> make_record_reader(std::istream& in, Form form,
                                                               bool lenient);

/// The reader of CBOR, by itself.
[[nodiscard]] std::unique_ptr<RecordReader> make_cbor_records(std::istream& in, bool lenient);
/// The reader of the form json.
[[nodiscard]] std::unique_ptr<RecordReader> make_json_records(std::istream& in);

/// What a record may have at most.
inline constexpr std::size_t kMostRecordBytes = 10'000'000;

}  // namespace keepsake::cli
