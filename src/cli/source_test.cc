#include "src/cli/source.h"

#include <gtest/gtest.h>

#include "keepsake/datum/json.h"

namespace keepsake::cli {
namespace {

std::string hash_of(std::string_view json) { return source_hash(parse_json(json).value()); }

TEST(SourceHash, IsOfWhatTheDocumentSaysAndNotOfHowItIsWritten) {
  const std::string hash = hash_of(R"({"Data":{"b":1,"a":[1,2]},"UserIds":[7]})");
  EXPECT_EQ(hash, hash_of(R"({ "UserIds": [7], "Data": {"a": [1.0, 2e0], "b": 1} })"));
  EXPECT_NE(hash, hash_of(R"({"Data":{"b":1,"a":[2,1]},"UserIds":[7]})"));
  EXPECT_NE(hash, hash_of(R"({"Data":{"b":1,"a":[1,2],"c":null},"UserIds":[7]})"));
}

TEST(SourceHash, IsTheDigestOfTheCanonicalText) {
  EXPECT_EQ(hash_of(R"({"b":[],"a":{"z":1,"y":"x"}})"),
            source_hash_of_text(R"({"a":{"y":"x","z":1},"b":[]})"));
}

TEST(IncidentOf, IsTheSameForTheSameSourceAndAnotherForEveryOther) {
  const ProfileKey key{"S", "K"};
  EXPECT_EQ(incident_of(key, "h"), incident_of(key, "h"));
  EXPECT_NE(incident_of(key, "h"), incident_of(key, "i"));
  EXPECT_NE(incident_of(key, "h"), incident_of(key, "h", "/a"));
  EXPECT_NE(incident_of(key, "h"), incident_of({"S", "L"}, "h"));
  EXPECT_NE(incident_of({"SK", "x"}, "h"), incident_of({"S", "Kx"}, "h"));
}

}  // namespace
}  // namespace keepsake::cli
