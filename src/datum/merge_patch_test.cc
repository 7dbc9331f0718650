#include "keepsake/datum/merge_patch.h"

#include <gtest/gtest.h>

#include "src/datum/random_test_data.h"

namespace keepsake {
namespace {

std::string merged(std::string_view document, std::string_view patch) {
  return write_json(apply_merge_patch(parse_json(document).value(), parse_json(patch).value()));
}

TEST(MergePatch, DoesWhatTheExamplesOfItsRfcShow) {
  const char* const examples[][3] = {
      // RFC 7396, appendix A: original, patch, result.
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", R"(null)", R"(null)"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
      // Section 3.
      {R"({"title":"Goodbye!","author":{"givenName":"John","familyName":"Doe"},)"
       R"("tags":["example","sample"],"content":"This will be unchanged"})",
       R"({"title":"Hello!","phoneNumber":"+01-123-456-7890","author":{"familyName":null},)"
       R"("tags":["example"]})",
       R"({"title":"Hello!","author":{"givenName":"John"},"tags":["example"],)"
       R"("content":"This will be unchanged","phoneNumber":"+01-123-456-7890"})"},
  };
  for (const auto& [document, patch, result] : examples) {
    EXPECT_EQ(merged(document, patch), result) << document << " with " << patch;
  }
}

TEST(MergePatch, KeepsTheNullsOfAnArray) {
  EXPECT_EQ(merged(R"({"a":1})", R"({"a":[null,{"b":null}]})"), R"({"a":[null,{"b":null}]})");
}

TEST(MergePatch, LeavesTheCallersDocumentAsItWas) {
  const Value document = parse_json(R"({"a":{"b":1}})").value();
  const Value changed = apply_merge_patch(document, parse_json(R"({"a":{"b":2}})").value());
  EXPECT_EQ(write_json(document), R"({"a":{"b":1}})");
  EXPECT_EQ(write_json(changed), R"({"a":{"b":2}})");
}

/// Without members that are null, which no merge patch can make.
Value without_nulls(const Value& value) {
  if (value.kind() != Value::Kind::object) return value;
  Value kept = Value::object();
  for (const Member& member : value.members()) {
    if (!member.value.is_null()) kept.set(member.name, without_nulls(member.value));
  }
  return kept;
}

/// The merge patch that makes `after` of `before`, neither of which has members that are null.
Value difference(const Value& before, const Value& after) {
  if (before.kind() != Value::Kind::object || after.kind() != Value::Kind::object) return after;
  Value patch = Value::object();
  for (const Member& member : before.members()) {
    const Value* const now = after.find(member.name);
    if (now == nullptr) {
      patch.set(member.name, nullptr);
    } else if (!(*now == member.value)) {
      patch.set(member.name, difference(member.value, *now));
    }
  }
  for (const Member& member : after.members()) {
    if (before.find(member.name) == nullptr) patch.set(member.name, member.value);
  }
  return patch;
}

RC_GTEST_PROP(MergePatchProperty, WhatDiffersMergedInGivesTheNewerValue, ()) {
  const Schema schema = *schemas();
  const Value before = without_nulls(*values_about(schema));
  const Value after = without_nulls(*values_about(schema));
  RC_ASSERT(apply_merge_patch(before, difference(before, after)) == after);
}

}  // namespace
}  // namespace keepsake
