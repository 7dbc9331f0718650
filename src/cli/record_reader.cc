#include "src/cli/record_reader.h"

#include <utility>

#include "src/cli/json_line.h"
#include "src/cli/line_reader.h"

namespace keepsake::cli {

namespace {

class LineRecords final : public RecordReader {
 public:
  explicit LineRecords(std::istream& in) : lines_(in, kMostRecordBytes) {}

  bool next(RecordRead& record) override {
    if (!lines_.next(line_)) return false;
    ++record.number;
    record.line = line_.number;
    record.value = line_.too_long
                       ? Error(ErrorCode::limit_exceeded,
                               "a line of more than " + std::to_string(kMostRecordBytes) + " bytes")
                       : parse_json_line(line_.text);
    return true;
  }
  [[nodiscard]] std::uint64_t bytes_read() const noexcept override { return lines_.bytes_read(); }
  [[nodiscard]] bool failed() const noexcept override { return lines_.failed(); }

 private:
  LineReader lines_;
  LineReader::Line line_;
};

}  // namespace

std::optional<Form> form_named(std::string_view name) {
  if (name == "jsonl") return Form::jsonl;
  if (name == "json") return Form::json;
  if (name == "cbor") return Form::cbor;
  return std::nullopt;
}

Form guess_form(const std::string& file, std::istream& in) {
  if (file.ends_with(".jsonl") || file.ends_with(".ndjson")) return Form::jsonl;
  if (file.ends_with(".json")) return Form::json;
  if (file.ends_with(".cbor") || file.ends_with(".cborseq")) return Form::cbor;
  // Arrays and maps of CBOR begin with a byte of 0x80 or more, and no JSON text does.
  const auto first = in.peek();
  return first != std::istream::traits_type::eof() && first >= 0x80 ? Form::cbor : Form::jsonl;
}

std::string RecordRead::place(Form form) const {
  if (form == Form::jsonl) return "line " + std::to_string(line.value_or(0));
  return "record " + std::to_string(number) +
         (line ? " (line " + std::to_string(*line) : " (byte " + std::to_string(byte.value_or(0))) +
         ")";
}

std::unique_ptr<RecordReader> make_record_reader(std::istream& in, Form form, bool lenient) {
  switch (form) {
    case Form::json: return make_json_records(in);
    case Form::cbor: return make_cbor_records(in, lenient);
    case Form::jsonl: break;
  }
  return std::make_unique<LineRecords>(in);
}

}  // namespace keepsake::cli
