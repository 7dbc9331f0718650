// Tally: what all rounds came to, scenario by scenario.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "examples/torture/scenarios.h"

namespace torture {

/// One line for people about a round.
[[nodiscard]] std::string line_of(std::int64_t round, const Scenario& scenario, std::uint64_t seed,
                                  const RoundReport& report);

class Tally {
 public:
  void add(const Scenario& scenario, const RoundReport& report);
  [[nodiscard]] std::string table() const;
  [[nodiscard]] std::string json(bool good) const;

 private:
  struct Row {
    std::string name;
    std::int64_t rounds = 0;  ///< that were run
    std::int64_t not_run = 0;
    std::int64_t kills = 0;
    std::int64_t operations = 0;
    std::int64_t recovered = 0;
    std::int64_t lost = 0;
    std::int64_t doubled = 0;
    std::int64_t excused = 0;
    std::int64_t takeovers = 0;
    std::map<std::string, std::int64_t> rows;  ///< of each payload format, at the rounds' ends
    keepsake::Duration takeover{0};
    keepsake::Duration hand_over{0};
    std::string why_not;
    void add(const Row& other);
  };
  [[nodiscard]] Row total() const;

  std::vector<Row> rows_;
};

}  // namespace torture
