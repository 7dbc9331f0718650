// What is inherited virtually lies nowhere in particular.
// expect: datum can't describe a class with private members, constructors or virtual functions
// errors: 1
#include "keepsake/datum/struct.h"

struct Base {
  int count = 0;
};
struct Heir : virtual Base {};
struct Item {
  std::string id;
#ifdef BAD
  Heir heir;
#else
  Base base;
#endif
};

keepsake::Schema item_schema() { return keepsake::schema_of<Item>(); }
