// datum validate, migrate and convert as processes, tied by pipes.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "tests/child.h"
#include "tests/programs.h"

namespace keepsake::tests {
namespace {

constexpr std::chrono::seconds kWithin{120};
const std::string kPlayers = "examples/player/players.jsonl";

Ended shell(const std::string& script) {
  const std::string named = "keepsake() { " + program("keepsake") + " \"$@\"; }\n" + script;
  return run_program({"/bin/bash", "-o", "pipefail", "-c", named}, kWithin);
}

TEST(DatumPipes, CarryMoreRecordsThanTheMemoryTheyTake) {
  ASSERT_GT(160 * std::filesystem::file_size(kPlayers), 40'000U * 1024);
  const Ended ended = shell(
      "ulimit -v 40000\n"
      "for i in {1..160}; do cat " +
      kPlayers +
      "; done |"
      "keepsake datum migrate - --at /document/Data --as cbor |"
      "keepsake datum convert - --to jsonl |"
      "keepsake datum validate - --at /document/Data");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, "64000 valid, 0 invalid\n");
  EXPECT_NE(ended.err.find("migrated 51200, already at 3: 12800, refused 0\n"), std::string::npos)
      << ended.err;
  EXPECT_NE(ended.err.find("converted 64000, refused 0\n"), std::string::npos) << ended.err;
}

TEST(DatumPipes, GiveTheSameBytesAFileGives) {
  const Ended file = shell("keepsake datum migrate " + kPlayers + " --at /document/Data");
  const Ended pipe = shell("cat " + kPlayers + " | keepsake datum migrate - --at /document/Data");
  EXPECT_EQ(file.status, 0) << file.err;
  EXPECT_EQ(pipe.out, file.out);
  EXPECT_EQ(pipe.err, file.err);
}

TEST(DatumPipes, PassARecordOnAsSoonAsItHasCome) {
  // The second record is sent only once the first one has come back.
  const Ended ended = shell(R"(
coproc keepsake datum convert - --to jsonl 2>/dev/null
for record in '{"a": 1}' '{"b": 2}'; do
  echo "$record" >&"${COPROC[1]}"
  read -r -t 60 back <&"${COPROC[0]}" || exit 3
  echo "$back"
done
)");
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(ended.out, "{\"a\":1}\n{\"b\":2}\n");
}

TEST(DatumPipes, EndWithTheirReaderAndSayWhatBroke) {
  const Ended cut = shell("keepsake datum convert " + kPlayers +
                          " --to cbor 2>/dev/null | head -c 100000 |"
                          "keepsake datum convert - --from cbor --to jsonl 2>&1 >/dev/null");
  EXPECT_NE(cut.status, 0);
  EXPECT_NE(cut.out.find("the data end in the middle of an item; what follows can't be told apart"),
            std::string::npos)
      << cut.out;
  const Ended full = shell("keepsake datum convert " + kPlayers + " --to cbor >/dev/full");
  EXPECT_EQ(full.status, 1);
  EXPECT_TRUE(full.err.ends_with("keepsake: io_error: stdout took no more\n")) << full.err;
}

}  // namespace
}  // namespace keepsake::tests
