#include "src/datum/fault.h"

#include <cmath>

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

}  // namespace keepsake
