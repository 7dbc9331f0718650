#include "keepsake/compress/compressor.h"

#include <zdict.h>
#include <zstd.h>

#include <algorithm>
#include <utility>

namespace keepsake {

namespace {

constexpr std::string_view kMagic = "\x28\xB5\x2F\xFD";
constexpr int kMostLevel = 19;

struct Free {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CDict* dictionary) const noexcept { ZSTD_freeCDict(dictionary); }
  void operator()(ZSTD_DDict* dictionary) const noexcept { ZSTD_freeDDict(dictionary); }
};

struct ForExpanding {
  std::uint32_t id = 0;
  std::unique_ptr<ZSTD_DDict, Free> dictionary;
};

Error damaged(std::string_view why) {
  return Error(ErrorCode::malformed, "a compressed record: " + std::string(why));
}

}  // namespace

struct Compressor::Parts {
  CompressorOptions options;
  std::unique_ptr<ZSTD_CCtx, Free> compressing{ZSTD_createCCtx()};
  std::unique_ptr<ZSTD_DCtx, Free> expanding{ZSTD_createDCtx()};
  std::unique_ptr<ZSTD_CDict, Free> newest;
  std::vector<ForExpanding> known;

  [[nodiscard]] const ZSTD_DDict* find(std::uint32_t id) const {
    for (const ForExpanding& one : known) {
      if (one.id == id) return one.dictionary.get();
    }
    return nullptr;
  }
};

Compressor::Compressor(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;
Compressor::~Compressor() = default;

Result<Compressor> Compressor::make(std::span<const std::string> dictionaries,
                                    const CompressorOptions& options) {
  if (options.level < 1 || options.level > kMostLevel) {
    return Error(ErrorCode::invalid_options, "the level of compression")
        .expected("1 to " + std::to_string(kMostLevel))
        .found(std::to_string(options.level));
  }
  auto parts = std::make_unique<Parts>();
  parts->options = options;
  for (const std::string& bytes : dictionaries) {
    const std::uint32_t id = dictionary_id(bytes);
    if (id == 0) return Error(ErrorCode::invalid_argument, "what is given is no zstd dictionary");
    if (parts->find(id) != nullptr) {
      return Error(ErrorCode::invalid_argument,
                   "two dictionaries have the id " + std::to_string(id));
    }
    parts->known.push_back(
        {id, std::unique_ptr<ZSTD_DDict, Free>(ZSTD_createDDict(bytes.data(), bytes.size()))});
    parts->newest.reset(ZSTD_createCDict(bytes.data(), bytes.size(), options.level));
    if (parts->known.back().dictionary == nullptr || parts->newest == nullptr) {
      return Error(ErrorCode::invalid_argument, "what is given is no zstd dictionary");
    }
  }
  ZSTD_CCtx* context = parts->compressing.get();
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, options.level);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  return Compressor(std::move(parts));
}

std::string Compressor::compress(std::string_view record) {
  const CompressorOptions& options = parts_->options;
  const bool with_dictionary =
      parts_->newest != nullptr && record.size() <= options.most_bytes_with_dictionary;
  const std::size_t least =
      with_dictionary ? options.least_bytes
                      : std::max(options.least_bytes, options.least_bytes_without_dictionary);
  const bool must = is_compressed(record);  // it would be taken for a frame
  if (record.size() < least && !must) return std::string(record);
  ZSTD_CCtx* context = parts_->compressing.get();
  ZSTD_CCtx_refCDict(context, with_dictionary ? parts_->newest.get() : nullptr);
  std::string frame(ZSTD_compressBound(record.size()), '\0');
  const std::size_t size =
      ZSTD_compress2(context, frame.data(), frame.size(), record.data(), record.size());
  if (ZSTD_isError(size) != 0 || (size >= record.size() && !must)) return std::string(record);
  frame.resize(size);
  return frame;
}

Result<std::string> Compressor::expand(std::string_view stored) {
  if (!is_compressed(stored)) return std::string(stored);
  const unsigned long long size = ZSTD_getFrameContentSize(stored.data(), stored.size());
  if (size == ZSTD_CONTENTSIZE_ERROR) return damaged("its head is damaged");
  if (size == ZSTD_CONTENTSIZE_UNKNOWN) return damaged("it doesn't state its size");
  if (size > parts_->options.most_expanded_bytes) {
    return Error(ErrorCode::limit_exceeded,
                 "a compressed record of more than " +
                     std::to_string(parts_->options.most_expanded_bytes) + " bytes");
  }
  const std::uint32_t id = dictionary_of(stored);
  const ZSTD_DDict* dictionary = id == 0 ? nullptr : parts_->find(id);
  if (id != 0 && dictionary == nullptr) {
    return Error(ErrorCode::not_found, "the record was compressed with the dictionary " +
                                           std::to_string(id) + ", which isn't known")
        .remedy("add that dictionary to the ones that are given");
  }
  std::string record(static_cast<std::size_t>(size), '\0');
  ZSTD_DCtx* context = parts_->expanding.get();
  const std::size_t done =
      dictionary == nullptr
          ? ZSTD_decompressDCtx(context, record.data(), record.size(), stored.data(), stored.size())
          : ZSTD_decompress_usingDDict(context, record.data(), record.size(), stored.data(),
                                       stored.size(), dictionary);
  if (ZSTD_isError(done) != 0) return damaged(ZSTD_getErrorName(done));
  if (done != record.size()) return damaged("it is shorter than it states");
  return record;
}

bool is_compressed(std::string_view stored) noexcept { return stored.starts_with(kMagic); }

std::uint32_t dictionary_of(std::string_view stored) noexcept {
  return is_compressed(stored) ? ZSTD_getDictID_fromFrame(stored.data(), stored.size()) : 0;
}

std::uint32_t dictionary_id(std::string_view dictionary) noexcept {
  return ZSTD_getDictID_fromDict(dictionary.data(), dictionary.size());
}

Result<std::string> train_dictionary(std::span<const std::string> records, std::size_t size_bytes) {
  std::string all;
  std::vector<std::size_t> sizes;
  for (const std::string& record : records) {
    all += record;
    sizes.push_back(record.size());
  }
  std::string dictionary(size_bytes, '\0');
  const std::size_t size =
      records.empty() ? 0
                      : ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), all.data(),
                                              sizes.data(), static_cast<unsigned>(sizes.size()));
  if (records.empty() || ZDICT_isError(size) != 0) {
    const std::string why = records.empty() ? "there are none" : ZDICT_getErrorName(size);
    return Error(ErrorCode::invalid_argument,
                 "no dictionary can be learnt from these records: " + why)
        .remedy("give more records, some hundred at least");
  }
  dictionary.resize(size);
  return dictionary;
}

}  // namespace keepsake
