// What struct_text() writes for the samples of infer_test.cc, which holds this file to it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace keepsake::inferred {

struct Hold {
  std::int64_t cargo = 0;
};

struct Crew {
  std::string name;
  std::optional<std::int64_t> rank;
};

struct Holds {
  bool full = false;
};

struct Ship {
  std::string name;
  double speed = 0;
  bool afloat = false;
  Hold hold;
  std::vector<Crew> crew;
  std::map<std::string, std::int64_t> ports;
  std::vector<std::optional<Holds>> holds;
  std::optional<std::string> flag;
};

}  // namespace keepsake::inferred
