#include "keepsake/datum/data_form.h"

#include "keepsake/datum/cbor.h"
#include "keepsake/datum/json.h"

namespace keepsake {

Result<Value> read_data(const EncodedData& data) {
  return data.form == DataForm::cbor ? read_cbor(data.bytes) : parse_json(data.bytes);
}

std::string write_data(const Value& value, DataForm form) {
  return form == DataForm::cbor ? write_cbor(value) : write_json(value);
}

}  // namespace keepsake
