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
  /// Once, at the end, where more follows on the line; or
  void close() { out_ << (any_ ? "]" : "[]"); }
  /// where nothing does.
  void finish() {
    close();
    out_ << '\n';
  }

 private:
  std::ostream& out_;
  bool any_ = false;
};

}  // namespace keepsake::cli
