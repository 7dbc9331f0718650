#include "src/cli/record_input.h"

#include <utility>

#include "src/datum/pointer.h"

namespace keepsake::cli {

namespace {
Form form_of(const RecordsOptions& options, const Input& input) {
  return form_named(options.from).value_or(guess_form(options.file, *input.in));
}
}  // namespace

Result<std::unique_ptr<RecordInput>> RecordInput::open(const RecordsOptions& options,
                                                       Context& context, bool quiet) {
  auto at = split_pointer(options.at);
  if (!at) {
    return Error(ErrorCode::invalid_argument, "\"" + options.at + "\" is no JSON Pointer")
        .expected("a pointer like /document/Data");
  }
  auto input = open_input(context, options.file);
  if (!input) return std::move(input).error();
  return std::unique_ptr<RecordInput>(
      new RecordInput(options, context, *std::move(input), *std::move(at), quiet));
}

RecordInput::RecordInput(const RecordsOptions& options, Context& context, Input input,
                         std::vector<std::string> at, bool quiet)
    : file_(options.file),
      at_text_(options.at),
      at_(std::move(at)),
      quiet_(quiet),
      input_(std::move(input)),
      form_(form_of(options, input_)),
      reader_(make_record_reader(*input_.in, form_, options.lenient)),
      progress_(context.environment, input_.size_bytes, "record") {}

bool RecordInput::next() {
  if (!reader_->next(record_)) return false;
  if (!quiet_) progress_.show(record_.number, reader_->bytes_read());
  return true;
}

Result<void> RecordInput::ended() const {
  if (!reader_->failed()) return {};
  return Error(ErrorCode::io_error, "reading \"" + file_ + "\" failed");
}

Result<Value> RecordInput::data() const {
  if (!record_.value) return record_.value.error();
  const Value* data = &*record_.value;
  for (const std::string& name : at_) {
    data = data->find(name);
    if (data == nullptr) {
      return Error(ErrorCode::invalid_data, "the record has no data")
          .expected("a member at " + at_text_)
          .found("nothing");
    }
  }
  return *data;
}

Value RecordInput::with_data(Value data) const {
  Value record = *record_.value;
  Value* place = &record;
  for (const std::string& name : at_) place = place->find_mutable(name);
  *place = std::move(data);
  return record;
}

std::string RecordInput::key() const {
  const Value* key = at_.empty() || !record_.value ? nullptr : record_.value->find("key");
  return key != nullptr && key->kind() == Value::Kind::string ? std::string(key->as_string())
                                                              : std::string();
}

std::string RecordInput::text_of(const Error& fault) const {
  std::string text = place_text(record_.place(form_), key(), fault.path()) + ": " +
                     std::string(name(fault.code()));
  if (!fault.message().empty()) text += ": " + fault.message();
  return fault.remedy().empty() ? text : text + "; " + fault.remedy();
}

std::string place_text(std::string_view place, std::string_view key, std::string_view path) {
  std::string text(place);
  if (!key.empty()) text += ", " + std::string(key);
  if (!path.empty()) text += " at " + std::string(path);
  return text;
}

}  // namespace keepsake::cli
