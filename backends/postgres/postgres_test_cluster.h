// The PostgreSQL server that the tests run on: ctest starts it before them and ends it after them
// (script/postgres). By hand: script/postgres start build/release/postgres.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>

#include "keepsake/backend/postgres.h"

namespace keepsake {

inline std::string cluster_url() {
  std::ifstream file(KEEPSAKE_TEST_CLUSTER "/url");
  std::string url;
  std::getline(file, url);
  EXPECT_FALSE(url.empty()) << "no server runs: script/postgres start " KEEPSAKE_TEST_CLUSTER;
  return url;
}

/// A schema name of this test's own.
inline std::string fresh_schema() {
  static std::atomic<int> count{0};
  return "test_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
}

}  // namespace keepsake
