// What is const can not be read.
// expect: datum can't describe a const member: it could not be read
// errors: 1
#include "keepsake/datum/struct.h"

struct Item {
  std::string id;
#ifdef BAD
  const std::int64_t count = 0;
#else
  std::int64_t count = 0;
#endif
};

keepsake::Schema item_schema() { return keepsake::schema_of<Item>(); }
