#include <utility>

#include "backends/contract/contract.h"
#include "keepsake/backend/memory.h"

namespace keepsake {
namespace {

class MemoryUnderTest final : public DatabaseUnderTest {
 public:
  explicit MemoryUnderTest(std::shared_ptr<MemoryDatabase> database)
      : database_(std::move(database)) {}
  std::unique_ptr<Backend> connect() override { return keepsake::connect(database_); }

 private:
  const std::shared_ptr<MemoryDatabase> database_;
};

const BackendUnderTest kMemory{
    "Memory", [](const Clock& clock, Random& random) {
      return std::make_unique<MemoryUnderTest>(make_memory_database(clock, random));
    }};

INSTANTIATE_TEST_SUITE_P(All, BackendContract, testing::Values(kMemory), name_of);

}  // namespace
}  // namespace keepsake
