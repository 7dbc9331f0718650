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

const BackendUnderTest kPostgres{"Postgres", [](const Clock& clock, Random&) {
                                   return std::make_unique<PostgresUnderTest>(clock, cluster_url(),
                                                                              "");
                                 }};

/// Through a pooler in transaction mode, which lends few connections; listens beside it.
const BackendUnderTest kPooled{"PostgresThroughPgBouncer", [](const Clock& clock, Random&) {
                                 static const PostgresTestPooler pooler(cluster_url(), 4);
                                 return std::make_unique<PostgresUnderTest>(clock, pooler.url(),
                                                                            cluster_url());
                               }};

INSTANTIATE_TEST_SUITE_P(All, BackendContract, testing::Values(kPostgres, kPooled), name_of);

}  // namespace
}  // namespace keepsake
