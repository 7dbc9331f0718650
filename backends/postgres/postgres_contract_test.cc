#include <functional>

#include "backends/contract/contract.h"
#include "backends/postgres/postgres_test_cluster.h"
#include "backends/postgres/postgres_test_pooler.h"

namespace keepsake {
namespace {

class PostgresUnderTest final : public DatabaseUnderTest {
 public:
  PostgresUnderTest(const Clock& clock, std::string url, const std::string& listen)
      : url_(std::move(url)) {
    options_.schema = fresh_schema();
    options_.clock = &clock;
    options_.listen = listen;
  }
  std::unique_ptr<Backend> connect() override { return open_postgres(url_, options_).value(); }

 private:
  const std::string url_;
  PostgresOptions options_;
};

/// `url` and `listen`: the way to the database, and the one by which notifications come.
BackendUnderTest under_test(const std::string& name, const std::function<std::string()>& url,
                            const std::function<std::string()>& listen, bool wakes = true) {
  return {
      .name = name,
      .make = [=](const Clock& clock,
                  Random&) { return std::make_unique<PostgresUnderTest>(clock, url(), listen()); },
      .wakes = wakes};
}

/// In transaction mode, with few connections; it forgets who listens.
std::string pooler_url() {
  static const PostgresTestPooler pooler(cluster_url(), 4);
  return pooler.url();
}

std::string same() { return ""; }
std::string nowhere() { return "off"; }

INSTANTIATE_TEST_SUITE_P(
    All, BackendContract,
    testing::Values(under_test("Postgres", cluster_url, same),
                    under_test("PostgresThroughPgBouncer", pooler_url, cluster_url),
                    under_test("PostgresWithoutListening", cluster_url, nowhere, false),
                    under_test("PostgresListeningThroughPgBouncer", pooler_url, same, false)),
    name_of);

}  // namespace
}  // namespace keepsake
