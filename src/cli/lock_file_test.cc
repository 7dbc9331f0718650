#include "src/cli/lock_file.h"

#include <gtest/gtest.h>

namespace keepsake::cli {
namespace {

const std::string kPrint(64, 'a');

TEST(LockFile, IsReadAsItWasWritten) {
  LockFile file;
  file.schemas = {
      {"Ships", "1", "", kPrint}, {"Banks", "a b/ü", "", kPrint}, {"Ships", "2", "1", kPrint}};
  file.steps = {{"Ships", "1", "2", ""}, {"Banks", "a b/ü", "2%", kPrint}};
  const std::string text = file.text();
  EXPECT_EQ(text,
            "# What is published. Written by \"keepsake schema lock\", held by \"keepsake schema "
            "check\".\n"
            "keepsake-catalog-lock 1\n"
            "schema Banks a%20b%2F%C3%BC sha256:" +
                kPrint +
                "\n"
                "step Banks a%20b%2F%C3%BC 2%25 sha256:" +
                kPrint +
                "\n"
                "schema Ships 1 sha256:" +
                kPrint +
                "\n"
                "schema Ships 2 compatible-with 1 sha256:" +
                kPrint +
                "\n"
                "step Ships 1 2 function\n");
  const Result<LockFile> read = LockFile::parse(text);
  ASSERT_TRUE(read.has_value()) << read.error().text();
  EXPECT_EQ(read->text(), text);
  EXPECT_EQ(*read->schema("Banks", "a b/ü"), file.schemas[1]);
  EXPECT_EQ(*read->step("Ships", "1", "2"), file.steps[0]);
  EXPECT_EQ(read->step("Ships", "2", "1"), nullptr);
}

TEST(LockFile, RefusesEveryLineThatIsNotOfItsGrammar) {
  const std::string head = "keepsake-catalog-lock 1\n";
  const std::string hash = "sha256:" + kPrint;
  EXPECT_TRUE(LockFile::parse(head + "\n# more\nschema S 1 " + hash).has_value());
  for (const std::string& line : std::vector<std::string>{
           "schema S 1", "schema S 1 sha256:" + kPrint.substr(1), "schema S 1 " + kPrint,
           "schema S 1 sha256:" + std::string(64, 'A'), "schema  S 1 " + hash,
           "schema S% 1 " + hash, "schema S 1 2 " + hash, "schema S 1 compatible-with " + hash,
           "step S 1 " + hash, "step S 1 2 code", "plan S 1 2 " + hash, "schema S 1 " + hash + " ",
           "schema S 1 " + hash + "\nschema S 1 " + hash}) {
    const Result<LockFile> read = LockFile::parse(head + line + "\n");
    ASSERT_FALSE(read.has_value()) << line;
    EXPECT_EQ(read.error().code(), ErrorCode::malformed) << line;
  }
  EXPECT_EQ(LockFile::parse("schema S 1 " + hash).error().code(), ErrorCode::wrong_format);
}

}  // namespace
}  // namespace keepsake::cli
