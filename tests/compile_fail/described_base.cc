// A base's members would need a name of their own.
// expect: datum can't describe a struct with a base: make the base a member
// errors: 1
#include "keepsake/datum/struct.h"

struct Base {
  int count = 0;
};
struct Heir : Base {
  int more = 0;
};
struct Item {
  std::string id;
#ifdef BAD
  Heir heir;
#else
  Base base;
#endif
};

keepsake::Schema item_schema() { return keepsake::schema_of<Item>(); }
