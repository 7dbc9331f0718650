// vector<bool> is no list of its elements.
// expect: use std::vector<std::uint8_t>: vector<bool> is no list
// errors: 1
#include "keepsake/datum/struct.h"

struct Item {
  std::string id;
#ifdef BAD
  std::vector<bool> flags;
#else
  std::vector<std::uint8_t> flags;
#endif
};

keepsake::Schema item_schema() { return keepsake::schema_of<Item>(); }
