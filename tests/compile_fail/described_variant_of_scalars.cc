// A tag is a member; so a variant holds structs.
// expect: datum describes variants of structs only
// errors: 1
#include "keepsake/datum/struct.h"

struct Whole {
  std::int64_t whole = 0;
};
struct Text {
  std::string text;
};
struct Item {
  std::string id;
#ifdef BAD
  std::variant<std::int64_t, std::string> either;
#else
  std::variant<Whole, Text> either;
#endif
};

keepsake::Schema item_schema() { return keepsake::schema_of<Item>(); }
