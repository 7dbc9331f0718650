// Nothing can't be told from nothing.
// expect: an optional of an optional can't be told from nothing
// errors: 1
#include "keepsake/datum/struct.h"

struct Item {
  std::string id;
#ifdef BAD
  std::optional<std::optional<std::int64_t>> count;
#else
  std::optional<std::int64_t> count;
#endif
};

keepsake::Schema item_schema() { return keepsake::schema_of<Item>(); }
