#include "backends/contract/contract.h"
#include "backends/postgres/postgres_test_cluster.h"

namespace keepsake {
namespace {

class PostgresUnderTest final : public DatabaseUnderTest {
 public:
  explicit PostgresUnderTest(const Clock& clock) {
    options_.schema = fresh_schema();
    options_.clock = &clock;
  }
  std::unique_ptr<Backend> connect() override {
    return open_postgres(cluster_url(), options_).value();
  }

 private:
  PostgresOptions options_;
};

const BackendUnderTest kPostgres{"Postgres", [](const Clock& clock, Random&) {
                                   return std::make_unique<PostgresUnderTest>(clock);
                                 }};

INSTANTIATE_TEST_SUITE_P(All, BackendContract, testing::Values(kPostgres), name_of);

}  // namespace
}  // namespace keepsake
