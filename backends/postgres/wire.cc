#include "backends/postgres/wire.h"

#include <cstdlib>
#include <utility>

namespace keepsake::postgres {

namespace {

// Types by their numbers in pg_type, which are fixed (src/include/catalog/pg_type.dat).
constexpr Oid kBytea = 17;
constexpr Oid kBigint = 20;
constexpr Oid kText = 25;
constexpr Oid kByteaArray = 1001;
constexpr Oid kTextArray = 1009;
constexpr Oid kBigintArray = 1016;

constexpr int kBinary = 1;

}  // namespace

void Params::open(Oid type) {
  slots_.push_back({.type = type, .begin = buffer_.size(), .length = 0, .is_null = false});
}

void Params::put(std::uint64_t number, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    buffer_ += static_cast<char>(number >> shift);
  }
}

Params& Params::operator<<(std::int64_t number) {
  open(kBigint);
  put(static_cast<std::uint64_t>(number), 8);
  close();
  return *this;
}

Params& Params::operator<<(std::string_view text) {
  open(kText);
  buffer_ += text;
  close();
  return *this;
}

Params& Params::operator<<(const Id128& id) {
  const auto bytes = id.bytes();
  return blob({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Params& Params::blob(std::string_view bytes) {
  open(kBytea);
  buffer_ += bytes;
  close();
  return *this;
}

Params& Params::null() {
  open(0);
  slots_.back().is_null = true;
  return *this;
}

/// array_recv: dimensions, whether there are nulls, the element's type; then length and lower bound
/// of the one dimension, then each element with its length.
void Params::begin_array(Oid element, std::size_t size) {
  put(size == 0 ? 0 : 1, 4);
  put(0, 4);
  put(element, 4);
  if (size == 0) return;
  put(size, 4);
  put(1, 4);
}

Params& Params::numbers(const std::vector<std::int64_t>& array) {
  open(kBigintArray);
  begin_array(kBigint, array.size());
  for (const std::int64_t number : array) {
    put(8, 4);
    put(static_cast<std::uint64_t>(number), 8);
  }
  close();
  return *this;
}

Params& Params::strings(Oid array_type, Oid element, const std::vector<std::string_view>& array) {
  open(array_type);
  begin_array(element, array.size());
  for (const std::string_view bytes : array) {
    put(bytes.size(), 4);
    buffer_ += bytes;
  }
  close();
  return *this;
}

Params& Params::texts(const std::vector<std::string_view>& array) {
  return strings(kTextArray, kText, array);
}

Params& Params::blobs(const std::vector<std::string_view>& array) {
  return strings(kByteaArray, kBytea, array);
}

Params& Params::append(const Params& others) {
  const std::size_t offset = buffer_.size();
  buffer_ += others.buffer_;
  for (Slot slot : others.slots_) {
    slot.begin += offset;
    slots_.push_back(slot);
  }
  return *this;
}

Params::Sent Params::sent() const {
  Sent sent;
  for (const Slot& slot : slots_) {
    sent.types.push_back(slot.type);
    sent.values.push_back(slot.is_null ? nullptr : buffer_.data() + slot.begin);
    sent.lengths.push_back(static_cast<int>(slot.length));
    sent.formats.push_back(kBinary);
  }
  return sent;
}

std::int64_t Row::integer() {
  const std::string_view bytes = view();
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(number);
}

std::string_view Row::view() {
  const int column = column_++;
  return {PQgetvalue(result_, row_, column),
          static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

Id128 Row::id() {
  const std::string_view bytes = view();
  if (bytes.size() != 16) return {};
  return Id128::from_bytes(reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

std::int64_t Rows::changed() const { return std::atoll(PQcmdTuples(result_.get())); }

}  // namespace keepsake::postgres
