// Only a schema's validate makes a Validated: the step can't be skipped.
// expect: is private within this context
#include "keepsake/datum/schema.h"

keepsake::Result<keepsake::Validated> pass(const keepsake::Schema& schema, keepsake::Value value) {
#ifdef BAD
  (void)schema;
  return keepsake::Validated(std::move(value));
#else
  return schema.validate(std::move(value));
#endif
}
