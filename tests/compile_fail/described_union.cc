// A union does not know what it holds.
// expect: datum can't describe a union: use std::variant
// errors: 1
#include "keepsake/datum/struct.h"

#ifdef BAD
union Number {
  std::int64_t whole;
  double real;
};
#endif
struct Whole {
  std::int64_t whole = 0;
};
struct Real {
  double real = 0;
};
struct Item {
  std::string id;
#ifdef BAD
  Number number = {};
#else
  std::variant<Whole, Real> number;
#endif
};

keepsake::Schema item_schema() { return keepsake::schema_of<Item>(); }
