// A character is a number or a text, and does not say which.
// expect: datum can't describe a character: use an integer or a string
// errors: 1
#include "keepsake/datum/struct.h"

struct Item {
  std::string id;
#ifdef BAD
  char letter = 'a';
#else
  std::string letter;
#endif
};

keepsake::Schema item_schema() { return keepsake::schema_of<Item>(); }
