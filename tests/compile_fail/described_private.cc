// Members that are private are not data; Foreign says what they stand for.
// expect: datum can't describe a class with private members, constructors or virtual functions
// errors: 1
#include "keepsake/datum/struct.h"

class Hidden {
 public:
  [[nodiscard]] int count() const { return count_; }

 private:
  int count_ = 0;
};
struct Shown {
  int count = 0;
};
struct Item {
  std::string id;
#ifdef BAD
  Hidden hidden;
#else
  Shown shown;
#endif
};

keepsake::Schema item_schema() { return keepsake::schema_of<Item>(); }
