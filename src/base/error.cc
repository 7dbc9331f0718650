#include "keepsake/base/error.h"

#include <array>
#include <utility>

#include "keepsake/base/result.h"
#include "src/base/assert.h"

namespace keepsake {

namespace {

struct CodeRow {
  std::string_view name;
  ErrorClass error_class;
};

using enum ErrorClass;
constexpr std::array<CodeRow, kErrorCodeCount> kCodes{{
    {"malformed", fix},
    {"invalid_data", fix},
    {"limit_exceeded", fix},
    {"invalid_schema", fix},
    {"version_unknown", fix},
    {"version_mismatch", give_up},
    {"step_failed", fix},
    {"step_unknown", fix},
    {"no_path", fix},
    {"duplicate_edge", fix},
    {"cycle", fix},
    {"needs_newer_server", restart},
    {"callback_threw", fix},
    {"refused", fix},
    {"invalid_argument", fix},
    {"invalid_options", fix},
    {"not_found", fix},
    {"already_exists", fix},
    {"cancelled", restart},
    {"timed_out", restart},
    {"not_owner", restart},
    {"session_ending", restart},
    {"session_lost", restart},
    {"superseded", restart},
    {"contended", retry},
    {"held", retry},
    {"lease_closed", restart},
    {"server_id_in_use", fix},
    {"shutting_down", restart},
    {"tie_lost", restart},
    {"not_now", retry},
    {"fence_refused", restart},
    {"too_old", fix},
    {"unavailable", retry},
    {"in_doubt", retry},
    {"unknown_outcome", give_up},
    {"read_only", give_up},
    {"storage_full", give_up},
    {"corrupt", give_up},
    {"io_error", give_up},
    {"wrong_format", give_up},
    {"backend_went_back", give_up},
    {"database_replaced", give_up},
    {"journal_full", retry},
    {"journal_not_shared", fix},
}};

const CodeRow& row(ErrorCode code) noexcept { return kCodes[static_cast<std::size_t>(code)]; }

void append_part(std::string& line, std::string_view separator, std::string_view part) {
  if (part.empty()) return;
  if (!line.empty()) line += separator;
  line += part;
}

}  // namespace

std::string_view name(ErrorCode code) noexcept { return row(code).name; }
ErrorClass class_of(ErrorCode code) noexcept { return row(code).error_class; }

std::string_view name(ErrorClass error_class) noexcept {
  switch (error_class) {
    case retry: return "retry";
    case restart: return "restart";
    case fix: return "fix";
    case give_up: return "give_up";
  }
  return "give_up";
}

struct Error::Detail {
  ErrorCode code;
  std::string cause, store, key, path, expected, found, remedy, incident;
  friend bool operator==(const Detail&, const Detail&) = default;
};

Error::Error(ErrorCode code, std::string cause)
    : detail_(new Detail{.code = code,
                         .cause = std::move(cause),
                         .store = {},
                         .key = {},
                         .path = {},
                         .expected = {},
                         .found = {},
                         .remedy = {},
                         .incident = {}}) {}
Error::Error(const Error& other) : detail_(new Detail(*other.detail_)) {}
Error& Error::operator=(const Error& other) {
  if (this != &other) detail_.reset(new Detail(*other.detail_));
  return *this;
}
Error::Error(Error&&) noexcept = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

Error& Error::store(std::string_view text) & { return detail_->store = text, *this; }
Error& Error::key(std::string_view text) & { return detail_->key = text, *this; }
Error& Error::path(std::string_view text) & { return detail_->path = text, *this; }
Error& Error::expected(std::string_view text) & { return detail_->expected = text, *this; }
Error& Error::found(std::string_view text) & { return detail_->found = text, *this; }
Error& Error::remedy(std::string_view text) & { return detail_->remedy = text, *this; }
Error& Error::incident(std::string_view text) & { return detail_->incident = text, *this; }
Error&& Error::store(std::string_view text) && { return std::move(store(text)); }
Error&& Error::key(std::string_view text) && { return std::move(key(text)); }
Error&& Error::path(std::string_view text) && { return std::move(path(text)); }
Error&& Error::expected(std::string_view text) && { return std::move(expected(text)); }
Error&& Error::found(std::string_view text) && { return std::move(found(text)); }
Error&& Error::remedy(std::string_view text) && { return std::move(remedy(text)); }
Error&& Error::incident(std::string_view text) && { return std::move(incident(text)); }

ErrorCode Error::code() const noexcept { return detail_->code; }
const std::string& Error::store() const noexcept { return detail_->store; }
const std::string& Error::key() const noexcept { return detail_->key; }
const std::string& Error::path() const noexcept { return detail_->path; }
const std::string& Error::expected() const noexcept { return detail_->expected; }
const std::string& Error::found() const noexcept { return detail_->found; }
const std::string& Error::cause() const noexcept { return detail_->cause; }
const std::string& Error::remedy() const noexcept { return detail_->remedy; }
const std::string& Error::incident() const noexcept { return detail_->incident; }

std::string Error::message() const {
  std::string text = cause();
  if (!expected().empty()) {
    append_part(text, ": ", "expected " + expected());
    append_part(text, ", ", found().empty() ? std::string() : "found " + found());
  } else if (!found().empty()) {
    append_part(text, ": ", "found " + found());
  }
  return text;
}

std::string Error::text() const {
  std::string line(name(code()));
  if (!store().empty() || !key().empty()) {
    line += ": ";
    line += store();
    if (!store().empty() && !key().empty()) line += '/';
    line += key();
  }
  if (!path().empty()) line += " at " + path();
  append_part(line, ": ", message());
  append_part(line, "; ", remedy());
  if (!incident().empty()) line += " (incident " + incident() + ")";
  return line;
}

std::string Error::player_text() const {
  std::string text;
  switch (error_class()) {
    case retry: text = "Your data can't be opened just now. Please try again in a moment."; break;
    case restart: text = "Your session has moved or ended. Please join again."; break;
    case fix:
    case give_up:
      text = "Your data is safe, but it can't be opened at the moment. Please contact support.";
      break;
  }
  if (!incident().empty()) text += " Incident: " + incident() + ".";
  return text;
}

bool operator==(const Error& a, const Error& b) noexcept { return *a.detail_ == *b.detail_; }

Error refuse(std::string_view word) { return Error(ErrorCode::refused, std::string(word)); }

namespace detail {
void value_of_failed_result(const Error& error) {
  fail_assertion("value() of a failed Result: " + error.text());
}
void error_of_good_result() { fail_assertion("error() of a Result that holds a value"); }
}  // namespace detail

}  // namespace keepsake
