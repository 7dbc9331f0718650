// Any bytes as a stored record: expanding never crashes nor gives more than it may; and any bytes
// as a record come back from what they are compressed to.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/compress/compressor.h"

namespace {

using namespace keepsake;

constexpr std::size_t kMostExpanded = 100'000;

/// One that knows a dictionary, trained on records that differ a little.
Compressor make_compressor() {
  std::vector<std::string> records;
  for (int i = 0; i < 500; ++i) {
    records.push_back(R"({"id":)" + std::to_string(i * 7919 % 1000) + R"(,"name":"ada","count":)" +
                      std::to_string(i * i) + R"(,"things":["axe","bow"],"ended":false})");
  }
  const std::vector<std::string> dictionaries{train_dictionary(records, 2048).value()};
  return Compressor::make(dictionaries, {.most_expanded_bytes = kMostExpanded}).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Compressor compressor = make_compressor();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Result<std::string> expanded = compressor.expand(bytes);
  if (expanded && expanded->size() > kMostExpanded) std::abort();
  static_cast<void>(dictionary_of(bytes));
  static_cast<void>(dictionary_id(bytes));
  const std::string stored = compressor.compress(bytes);
  const Result<std::string> back = compressor.expand(stored);
  if (!back || *back != bytes) std::abort();
  if (stored.size() > size && !is_compressed(bytes)) std::abort();
  return 0;
}
