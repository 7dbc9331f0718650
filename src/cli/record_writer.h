// Records to a stream, in one of the forms that a reader of records reads.
#pragma once

#include <ostream>

#include "keepsake/datum/value.h"
#include "src/cli/json_list.h"
#include "src/cli/record_reader.h"

namespace keepsake::cli {

class RecordWriter {
 public:
  /// `out` outlives the writer. `for_people`: one JSON record by itself is written with line
  /// breaks.
  RecordWriter(std::ostream& out, Form form, bool for_people)
      : out_(out), form_(form), for_people_(for_people), list_(out) {}

  /// The whole record at once. `alone`: it is the only one, and no list.
  void add(const Value& record, bool alone);
  /// Once, at the end.
  void finish(bool alone);

 private:
  std::ostream& out_;
  const Form form_;
  const bool for_people_;
  JsonList list_;
};

}  // namespace keepsake::cli
