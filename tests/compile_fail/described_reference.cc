// What can not be made can not be read.
// expect: datum can't describe a struct that can't be made as T{}
// errors: 1
#include "keepsake/datum/struct.h"

struct Refers {
  std::int64_t& count;
};
struct Item {
  std::string id;
#ifdef BAD
  Refers refers;
#else
  std::int64_t count = 0;
#endif
};

keepsake::Schema item_schema() { return keepsake::schema_of<Item>(); }
