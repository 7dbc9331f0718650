// A neighbour on the machine that leaves little of it to others: a process that writes to the same
// disk and syncs, and one for each processor that computes.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace torture {

class Neighbour {
 public:
  /// Writes a file of 64 MB in `folder`, over and over.
  explicit Neighbour(const std::string& folder);
  ~Neighbour();
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;

 private:
  std::vector<pid_t> processes_;
};

}  // namespace torture
