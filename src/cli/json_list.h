// An array for programs, written item by item, one a line, as long as it may be.
#pragma once

#include <ostream>

#include "keepsake/datum/json.h"

namespace keepsake::cli {

class JsonList {
 public:
  explicit JsonList(std::ostream& out) : out_(out) {}
  void add(const Value& item) {
    out_ << (any_ ? ",\n " : "[") << write_json(item);
    any_ = true;
  }
  /// Once, at the end.
  void finish() { out_ << (any_ ? "]\n" : "[]\n"); }

 private:
  std::ostream& out_;
  bool any_ = false;
};

}  // namespace keepsake::cli
