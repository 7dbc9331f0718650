// One batch of groups on its way into the database: rule 24.
//
// What only saves goes at once, in one statement. The rest goes in one transaction, by the rules
// that all backends share. Where a row is locked by somebody else, the groups go one by one, so
// that it is told of the one whose row that is, and of no other.
#pragma once

#include <optional>
#include <vector>

#include "backends/postgres/engine.h"

namespace keepsake::postgres {

class CommitOf {
 public:
  /// `wake`: who is to be told of what was stored. All outlive this.
  CommitOf(Engine& engine, const std::vector<Group>& groups, std::vector<Owner>& wake);
  /// Once. As Backend::commit.
  Result<std::vector<GroupAnswer>> run();

 private:
  /// Which groups may be saved at once, and which go the ordinary way.
  void sort();
  Result<void> save_at_once();
  Result<void> go_together();
  Result<void> go_one_by_one();
  /// One transaction for these.
  Result<void> store(const std::vector<std::size_t>& which);
  void hold_up(std::size_t group, Error why);
  /// An error of the ordinary way: a part may be stored by now.
  [[nodiscard]] Error failed(Error why) const;

  Engine& engine_;
  const std::vector<Group>& groups_;
  std::vector<Owner>& wake_;
  const Urgency urgency_;
  std::vector<std::size_t> at_once_, ordinary_;
  std::vector<std::optional<GroupAnswer>> given_;
  bool row_locked_ = false;
};

}  // namespace keepsake::postgres
