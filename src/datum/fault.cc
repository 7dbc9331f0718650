#include "src/datum/fault.h"

#include <cmath>

#include "src/datum/code_points.h"

namespace keepsake {

Error data_fault(std::string_view path, std::string_view expected, std::string_view found) {
  return Error(ErrorCode::invalid_data).path(path).expected(expected).found(found);
}

std::string_view kind_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return "infinity";
  return std::trunc(number) == number ? "number beyond 64 bits" : "number with a fraction";
}

std::string_view kind_text(const Value& value) {
  return value.kind() == Value::Kind::number ? kind_text(value.as_number()) : name(value.kind());
}

const char* limit_fault(const Limits& limits, std::int64_t value) {
  if (value < limits.least_integer) return "a smaller one";
  return value > limits.most_integer ? "a greater one" : nullptr;
}

const char* limit_fault(const Limits& limits, double value) {
  if (value < limits.least) return "a smaller one";
  return value > limits.most ? "a greater one" : nullptr;
}

const char* size_fault(const Limits& limits, std::size_t size) {
  if (size < limits.least_size) return "a shorter one";
  return size > limits.most_size ? "a longer one" : nullptr;
}

const char* text_fault(const Limits& limits, std::string_view text) {
  constexpr Limits kNone;
  if (const char* found = size_fault(limits, text.size())) return found;
  if (limits.least_length == kNone.least_length && limits.most_length == kNone.most_length) {
    return nullptr;
  }
  const std::size_t length = code_point_count(text);
  if (length < limits.least_length) return "a shorter one";
  return length > limits.most_length ? "a longer one" : nullptr;
}

}  // namespace keepsake
