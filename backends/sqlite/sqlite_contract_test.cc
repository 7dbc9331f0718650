#include "backends/contract/contract.h"
#include "backends/sqlite/sqlite_test_folder.h"
#include "keepsake/backend/sqlite.h"

namespace keepsake {
namespace {

class SqliteUnderTest final : public DatabaseUnderTest {
 public:
  explicit SqliteUnderTest(const Clock& clock) { options_.clock = &clock; }
  std::unique_ptr<Backend> connect() override {
    return open_sqlite(folder_.file("players.db"), options_).value();
  }

 private:
  const TestFolder folder_;
  SqliteOptions options_;
};

const BackendUnderTest kSqlite{
    "Sqlite", [](const Clock& clock, Random&) { return std::make_unique<SqliteUnderTest>(clock); }};

INSTANTIATE_TEST_SUITE_P(All, BackendContract, testing::Values(kSqlite), name_of);

}  // namespace
}  // namespace keepsake
