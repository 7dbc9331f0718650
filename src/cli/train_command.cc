#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "keepsake/compress/compressor.h"
#include "keepsake/datum/cbor.h"
#include "keepsake/datum/json.h"
#include "src/cli/commands.h"
#include "src/cli/json_line.h"
#include "src/cli/line_reader.h"
#include "src/cli/places.h"
#include "src/cli/text.h"

namespace keepsake::cli {

namespace {

constexpr std::size_t kMostLineBytes = 10'000'000;
constexpr std::size_t kHeldBack = 5;  // one record in so many is to see what the dictionary gives

Result<std::vector<std::string>> records_of(std::istream& in, bool cbor) {
  std::vector<std::string> records;
  LineReader lines(in, kMostLineBytes);
  for (LineReader::Line line; lines.next(line);) {
    const std::string where = "line " + std::to_string(line.number);
    if (line.too_long) return Error(ErrorCode::limit_exceeded, where + " is longer than a record");
    const Result<Value> value = parse_json_line(line.text);
    if (!value) return Error(value.error().code(), where + ": " + value.error().cause());
    records.push_back(cbor ? write_cbor(*value) : write_json(*value));
  }
  if (lines.failed()) return Error(ErrorCode::io_error, "the records can't be read");
  return records;
}

Result<std::vector<std::string>> records_of(const DatumTrainOptions& options, Context& context) {
  auto input = open_input(context, options.file);
  if (!input) return std::move(input).error();
  return records_of(*input->in, options.cbor);
}

Result<void> write_new(const std::string& path, const std::string& bytes) {
  if (std::filesystem::exists(path)) {
    return Error(ErrorCode::already_exists, path + " is there already");
  }
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.flush();
  if (!file) return Error(ErrorCode::io_error, "can't write " + path);
  return {};
}

struct Gain {
  std::size_t before = 0;
  std::size_t plain = 0;
  std::size_t with = 0;
};

/// What a dictionary from the other records makes of those that were held back.
Result<Gain> gain_of(const std::vector<std::string>& records, std::size_t size_bytes) {
  std::vector<std::string> learnt;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i % kHeldBack != 0) learnt.push_back(records[i]);
  }
  const Result<std::string> dictionary = train_dictionary(learnt, size_bytes);
  if (!dictionary) return dictionary.error();
  Result<Compressor> with = Compressor::make({&*dictionary, 1});
  Result<Compressor> plain = Compressor::make();
  if (!with) return with.error();
  if (!plain) return plain.error();
  Gain gain;
  for (std::size_t i = 0; i < records.size(); i += kHeldBack) {
    gain.before += records[i].size();
    gain.plain += plain->compress(records[i]).size();
    gain.with += with->compress(records[i]).size();
  }
  return gain;
}

std::string percent(std::size_t part, std::size_t whole) {
  char text[32];
  static_cast<void>(std::snprintf(text, sizeof(text), "%.1f %%",
                                  100.0 * static_cast<double>(part) / static_cast<double>(whole)));
  return text;
}

}  // namespace

Result<int> execute(const DatumTrainOptions& options, Context& context) {
  const Result<std::vector<std::string>> records = records_of(options, context);
  if (!records) return records.error();
  const auto size_bytes = static_cast<std::size_t>(options.size_bytes);
  const Result<Gain> gain = gain_of(*records, size_bytes);
  if (!gain) return gain.error();
  const Result<std::string> dictionary = train_dictionary(*records, size_bytes);
  if (!dictionary) return dictionary.error();
  Result<void> written = write_new(options.out, *dictionary);
  if (!written) return std::move(written).error();
  const auto count = [](std::size_t number) { return static_cast<std::int64_t>(number); };
  std::ostream& out = context.environment.out;
  if (options.json) {
    out << write_json(Value::object({{"id", static_cast<std::int64_t>(dictionary_id(*dictionary))},
                                     {"size_bytes", count(dictionary->size())},
                                     {"records", count(records->size())},
                                     {"tried_bytes", count(gain->before)},
                                     {"tried_bytes_compressed", count(gain->plain)},
                                     {"tried_bytes_with_dictionary", count(gain->with)}}))
        << '\n';
    return 0;
  }
  out << "dictionary " << dictionary_id(*dictionary) << ", " << dictionary->size()
      << " bytes, from " << count_of(records->size(), "record") << "\n"
      << "records that one of the others was tried on: " << percent(gain->with, gain->before)
      << " of their size, " << percent(gain->plain, gain->before) << " without a dictionary\n";
  return 0;
}

}  // namespace keepsake::cli
