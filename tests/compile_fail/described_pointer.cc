// A pointer is no data.
// expect: datum can't describe a pointer: use std::optional, keepsake::Box or std::vector
// errors: 1
#include "keepsake/datum/struct.h"

struct Item {
  std::string id;
#ifdef BAD
  std::int64_t* count = nullptr;
#else
  std::optional<std::int64_t> count;
#endif
};

keepsake::Schema item_schema() { return keepsake::schema_of<Item>(); }
