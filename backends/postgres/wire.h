// Parameters and rows in PostgreSQL's binary form (PostgreSQL documentation, "Message Formats" and
// the types' send functions): integers big-endian, text and bytes as they are.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/base/ids.h"

namespace keepsake::postgres {

/// The parameters of one statement, in order. Integers are bigint, ids are bytea. Copies nothing
/// twice: what is bound is written into one buffer.
class Params {
 public:
  Params& operator<<(std::int64_t number);
  Params& operator<<(std::uint64_t number) { return *this << static_cast<std::int64_t>(number); }
  Params& operator<<(bool truth) { return *this << std::int64_t{truth ? 1 : 0}; }
  Params& operator<<(std::string_view text);
  Params& operator<<(const Id128& id);
  Params& blob(std::string_view bytes);
  Params& null();

  Params& numbers(const std::vector<std::int64_t>& array);
  Params& texts(const std::vector<std::string_view>& array);
  Params& blobs(const std::vector<std::string_view>& array);

  /// All of another list, after these.
  Params& append(const Params& others);

  /// What PQsendQueryParams takes. Valid until the next parameter.
  struct Sent {
    std::vector<Oid> types;
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
  };
  [[nodiscard]] Sent sent() const;

 private:
  struct Slot {
    Oid type;
    std::size_t begin;
    std::size_t length;
    bool is_null;
  };
  void open(Oid type);
  void close() { slots_.back().length = buffer_.size() - slots_.back().begin; }
  void put(std::uint64_t number, int bytes);
  void begin_array(Oid element, std::size_t size);
  Params& strings(Oid array_type, Oid element, const std::vector<std::string_view>& array);

  std::string buffer_;
  std::vector<Slot> slots_;
};

struct FreeResult {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, FreeResult>;

/// One row of a result; its columns are read in order. Views are valid as long as the result.
class Row {
 public:
  Row(const PGresult* result, int row) : result_(result), row_(row) {}

  [[nodiscard]] bool next_is_null() const { return PQgetisnull(result_, row_, column_) != 0; }
  std::int64_t integer();
  std::uint64_t number() { return static_cast<std::uint64_t>(integer()); }
  std::string_view view();
  std::string text() { return std::string(view()); }
  Id128 id();  ///< none if it isn't of sixteen bytes
  void skip() { ++column_; }

 private:
  const PGresult* result_;
  int row_;
  int column_ = 0;
};

/// The rows that a statement gave.
class Rows {
 public:
  explicit Rows(ResultPtr result) : result_(std::move(result)) {}

  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(PQntuples(result_.get()));
  }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] Row at(std::size_t row) const { return {result_.get(), static_cast<int>(row)}; }
  /// How many rows the statement changed.
  [[nodiscard]] std::int64_t changed() const;
  /// What `read` makes of each row.
  template <class Read>
  auto all(Read read) const -> std::vector<std::invoke_result_t<Read&, Row&>> {
    std::vector<std::invoke_result_t<Read&, Row&>> made;
    made.reserve(size());
    for (std::size_t i = 0; i < size(); ++i) {
      Row row = at(i);
      made.push_back(read(row));
    }
    return made;
  }

 private:
  ResultPtr result_;
};

}  // namespace keepsake::postgres
