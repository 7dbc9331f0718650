// Unknown fields that bear the name of a member that the next version knows: taken out of a step's
// sight, and afterwards put back or reported.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "keepsake/datum/migration.h"
#include "keepsake/datum/schema.h"
#include "keepsake/datum/value.h"
#include "src/datum/pointer.h"

namespace keepsake {

class HiddenFields {
 public:
  /// Takes out of `data` every member that `from` does not know and `to` does, at every level where
  /// both schemas have objects at the same place.
  static HiddenFields take_out(Value& data, const Schema& from, const Schema& to);

  /// Each field goes back into `data`, the step's outcome, where the step made no member of its own
  /// there and the field fits; else it is appended to `displaced`.
  void put_back(Value& data, std::vector<Displaced>& displaced) &&;

 private:
  struct Step {
    std::string name;
    std::size_t index = 0;
    bool is_index = false;
  };
  struct Field {
    std::vector<Step> object;  // the way to the object that held it
    std::string name;
    Value value;
    Schema schema;  // of the member as the next version knows it
  };
  void collect(const Value& data, const Schema& from, const Schema& to, const Place* place);
  static std::vector<Step> steps_to(const Place* place);
  static Value* walk(Value& data, const std::vector<Step>& way);
  std::vector<Field> fields_;
};

}  // namespace keepsake
