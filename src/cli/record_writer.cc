#include "src/cli/record_writer.h"

#include "keepsake/datum/cbor.h"
#include "keepsake/datum/json.h"

namespace keepsake::cli {

void RecordWriter::add(const Value& record, bool alone) {
  switch (form_) {
    case Form::jsonl: out_ << write_json(record) << '\n'; break;
    case Form::cbor: out_ << write_cbor(record); break;
    case Form::json:
      if (alone) {
        out_ << (for_people_ ? write_json_indented(record) : write_json(record)) << '\n';
      } else {
        list_.add(record);
      }
      break;
  }
}

void RecordWriter::finish(bool alone) {
  if (form_ == Form::json && !alone) list_.finish();
}

}  // namespace keepsake::cli
