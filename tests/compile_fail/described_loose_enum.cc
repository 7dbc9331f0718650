// An enumeration without a fixed type may not be asked for all its values.
// expect: datum can't describe an enumeration without a fixed underlying type
// errors: 1
#include "keepsake/datum/struct.h"

enum Loose { red, green };
enum class Fixed { red, green };
struct Item {
  std::string id;
#ifdef BAD
  Loose colour = red;
#else
  Fixed colour = Fixed::red;
#endif
};

keepsake::Schema item_schema() { return keepsake::schema_of<Item>(); }
