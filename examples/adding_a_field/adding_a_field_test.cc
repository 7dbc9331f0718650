// docs/adding-a-field.md, played through.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "examples/adding_a_field/heroes.h"
#include "src/cli/environment.h"

namespace adding_a_field {
namespace {

using keepsake::AnyCatalog;

const std::filesystem::path kPublished = "examples/adding_a_field/published";

class TestClock final : public keepsake::Clock {
 public:
  [[nodiscard]] keepsake::MonotonicTime now() const override { return {}; }
  [[nodiscard]] keepsake::WallTime wall() const override { return {}; }
};

struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
};

Outcome run(const AnyCatalog& catalog, const std::vector<std::string>& arguments) {
  const TestClock clock;
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  keepsake::cli::Environment environment{.in = in, .out = out, .err = err, .clock = clock};
  const int status = keepsake::cli::run_in(arguments, {catalog}, environment);
  return {status, out.str(), err.str()};
}

Outcome check(const AnyCatalog& catalog, const std::filesystem::path& folder) {
  return run(catalog, {"schema", "check", "--dir", folder.string()});
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The block of the page behind the mark `<!-- name -->`.
std::string block(const std::string& name) {
  const std::string page = read("docs/adding-a-field.md");
  const std::string head = "<!-- " + name + " -->\n```\n";
  const std::size_t begin = page.find(head);
  EXPECT_NE(begin, std::string::npos) << name;
  const std::size_t from = begin + head.size();
  return page.substr(from, page.find("```", from) - from);
}

TEST(AddingAField, BeginsWithWhatIsPublished) {
  const Outcome outcome = check(heroes_before().value(), kPublished);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out + outcome.err,
            "Heroes: 1 version, 0 steps and 1 golden record are as published\n");
}

TEST(AddingAField, IsRefusedWithoutAVersionByTheLinesToWrite) {
  const auto catalog = heroes_forgotten();
  ASSERT_FALSE(catalog.has_value());
  EXPECT_EQ("keepsake: " + catalog.error().text() + "\n", block("forgotten"));
  // The lines that it names are those that make it good.
  const std::string& remedy = catalog.error().remedy();
  const std::string code = remedy.substr(remedy.find("write ") + 6);
  const std::size_t step = code.find(".step");
  EXPECT_EQ("      " + code.substr(0, step) + "\n      " + code.substr(step) + "\n",
            "      .current(\"2\")\n      .step(\"1\", \"2\", {change::add(\"/title\", \"\")})\n");
  EXPECT_NE(read("examples/adding_a_field/after.cc")
                .find("      " + code.substr(0, step) + "\n      " + code.substr(step) + "\n"),
            std::string::npos);
}

TEST(AddingAField, IsGoodWithTheseLinesAndWorthANoteUntilItIsPublished) {
  const AnyCatalog catalog = heroes_after().value();
  const Outcome outcome = check(catalog, kPublished);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out + outcome.err, block("after"));
  const auto upgraded = catalog.upgrade(R"({"version":"1","name":"Ada","level":3})", "1");
  ASSERT_TRUE(upgraded.has_value()) << upgraded.error().text();
  EXPECT_EQ(catalog.encode(upgraded->data), R"({"version":"2","name":"Ada","level":3,"title":""})");
}

TEST(AddingAField, IsPublishedByLock) {
  std::string pattern = (std::filesystem::temp_directory_path() / "keepsake-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  std::filesystem::copy(kPublished, folder, std::filesystem::copy_options::recursive);
  const AnyCatalog catalog = heroes_after().value();
  EXPECT_EQ(run(catalog, {"schema", "lock", "--dir", folder.string()}).out,
            "Heroes: locked version 2, step 1 -> 2\n");
  const Outcome strict = run(catalog, {"schema", "check", "--strict", "--dir", folder.string()});
  EXPECT_EQ(strict.status, 0);
  EXPECT_EQ(strict.out, "Heroes: 2 versions, 1 step and 1 golden record are as published\n");
  // The lines that were there are there still.
  const std::string before = read(kPublished / "catalog.lock");
  EXPECT_TRUE(read(folder / "catalog.lock").starts_with(before));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace adding_a_field
