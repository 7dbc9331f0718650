// A PgBouncer of a test's own before a test server, in transaction mode (script/pgbouncer).
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "backends/postgres/postgres_test_cluster.h"

namespace keepsake {

class PostgresTestPooler {
 public:
  /// `size`: how many connections it makes to the server of `url` at most.
  PostgresTestPooler(const std::string& url, int size)
      : folder_(KEEPSAKE_TEST_CLUSTER "_pooler_" + fresh_schema()) {
    EXPECT_TRUE(run("start", "'" + url + "' " + std::to_string(size)));
    std::ifstream file(folder_ + "/url");
    std::getline(file, url_);
    EXPECT_FALSE(url_.empty()) << "no PgBouncer runs in " << folder_;
  }
  ~PostgresTestPooler() { (void)run("stop", ""); }
  PostgresTestPooler(const PostgresTestPooler&) = delete;
  PostgresTestPooler& operator=(const PostgresTestPooler&) = delete;

  /// The address that leads through it.
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  [[nodiscard]] bool run(const std::string& verb, const std::string& arguments) const {
    const std::string command = "script/pgbouncer " + verb + " '" + folder_ + "' " + arguments;
    return std::system(command.c_str()) == 0;
  }

  const std::string folder_;
  std::string url_;
};

}  // namespace keepsake
