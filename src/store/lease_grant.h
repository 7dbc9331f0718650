// LeaseGrant: what a lease gives the game's side: who we are and where edits are journaled.
#pragma once

#include <memory>

#include "keepsake/backend/record.h"

namespace keepsake {
class Journal;
}  // namespace keepsake

namespace keepsake::detail {

struct LeaseGrant {
  Owner self;
  Generation generation;
  std::shared_ptr<Journal> journal;  ///< null: this database has no place for one
};

}  // namespace keepsake::detail
