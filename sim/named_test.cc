#include "sim/named.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace sim {
namespace {

class NamedScenario : public testing::TestWithParam<Named> {};

TEST_P(NamedScenario, ComesOutAsPromised) {
  const Figure figure = GetParam().run({});
  EXPECT_TRUE(figure.kept) << GetParam().what << ": " << figure.text;
}

INSTANTIATE_TEST_SUITE_P(Each, NamedScenario,
                         testing::ValuesIn(named_scenarios().begin(), named_scenarios().end()),
                         [](const auto& named) {
                           std::string name(named.param.id);
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(Guarantees, AreWhatTheScenariosGive) {
  std::ifstream file("docs/guarantees.md");
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  const std::string table = guarantees(nullptr);
  EXPECT_NE(document.find(table), std::string::npos)
      << "docs/guarantees.md holds another table than `keepsake-sim --scenarios` prints:\n"
      << table;
}

}  // namespace
}  // namespace sim
