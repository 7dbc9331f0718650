// A PostgreSQL server of a test's own, for what can't be done to the one that all tests share: it
// is crashed, starts again, is followed by a standby (script/postgres).
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "backends/postgres/postgres_test_cluster.h"

namespace keepsake {

class PostgresTestServer {
 public:
  /// `name`: of no other test's server that may run at the same time. `settings`: of
  /// postgresql.conf, "name=value", with spaces between them.
  explicit PostgresTestServer(const std::string& name, const std::string& settings = "",
                              const std::string& environment = "")
      : folder_(KEEPSAKE_TEST_CLUSTER "_" + name) {
    works_ = run("start", settings, environment);
  }
  /// A standby of another.
  PostgresTestServer(const std::string& name, const PostgresTestServer& of,
                     const std::string& settings = "", const std::string& environment = "")
      : folder_(KEEPSAKE_TEST_CLUSTER "_" + name) {
    works_ = run("standby", "'" + of.folder_ + "' " + settings, environment);
  }
  ~PostgresTestServer() { (void)run("stop"); }
  PostgresTestServer(const PostgresTestServer&) = delete;
  PostgresTestServer& operator=(const PostgresTestServer&) = delete;

  /// Whether it came up.
  [[nodiscard]] bool works() const { return works_; }
  [[nodiscard]] std::string url() const { return line_of("url"); }
  /// The folder that the cluster is in.
  [[nodiscard]] std::string place() const { return line_of("place"); }

  /// Ends it at once, whatever it was doing.
  void crash() { EXPECT_TRUE(run("crash")); }
  /// It comes up again, at the same address.
  void resume() { EXPECT_TRUE(run("resume")); }
  void promote() { EXPECT_TRUE(run("promote")); }

 private:
  [[nodiscard]] bool run(const std::string& verb, const std::string& arguments = "",
                         const std::string& environment = "") const {
    const std::string command =
        environment + " script/postgres " + verb + " '" + folder_ + "' " + arguments;
    return std::system(command.c_str()) == 0;
  }
  [[nodiscard]] std::string line_of(const std::string& file) const {
    std::ifstream stream(folder_ + "/" + file);
    std::string line;
    std::getline(stream, line);
    EXPECT_FALSE(line.empty()) << "no server runs in " << folder_;
    return line;
  }

  const std::string folder_;
  bool works_ = false;
};

}  // namespace keepsake
