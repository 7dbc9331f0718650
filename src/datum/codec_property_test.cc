// What holds of every value: the codecs give it back, and each the same as the other.
#include "keepsake/datum/cbor.h"
#include "keepsake/datum/diff.h"
#include "keepsake/datum/json_patch.h"
#include "src/datum/random_test_data.h"

namespace keepsake {
namespace {

/// As JSON has it: bytes are text.
Value without_bytes(const Value& value) { return parse_json(write_json(value)).value(); }

RC_GTEST_PROP(CodecProperty, JsonGivesBackEveryValueInEverySpelling, ()) {
  const Value value = without_bytes(*values());
  RC_ASSERT(parse_json(write_json(value)).value() == value);
  RC_ASSERT(parse_json(write_json_indented(value)).value() == value);
  RC_ASSERT(write_json(without_bytes(value)) == write_json(value));
  const auto text = *made_by([value](Choices& c) { return spelled(c, value); }, 400);
  RC_ASSERT(write_json(parse_json(text).value()) == write_json(value));
}

RC_GTEST_PROP(CodecProperty, CborGivesBackEveryValueAndEqualOnesTheSameBytes, ()) {
  const Value value = *values();
  const std::string bytes = write_cbor(value);
  const Value back = read_cbor(bytes).value();
  RC_ASSERT(back == value);
  RC_ASSERT(write_cbor(back) == bytes);
  RC_ASSERT(read_cbor(bytes, {.lenient = true}).value() == value);
}

RC_GTEST_PROP(CodecProperty, CborMeansTheSameAsJson, ()) {
  const Value value = without_bytes(*values());
  const Value through_cbor = read_cbor(write_cbor(value)).value();
  RC_ASSERT(without_bytes(through_cbor) == value);
  RC_ASSERT(write_cbor(without_bytes(through_cbor)) == write_cbor(value));
}

RC_GTEST_PROP(CodecProperty, NoDocumentThatIsCutIsTaken, ()) {
  const std::string bytes = write_cbor(*values());
  const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size());
  RC_ASSERT_FALSE(read_cbor(bytes.substr(0, cut)).has_value());
  RC_ASSERT_FALSE(read_cbor(bytes.substr(0, cut), {.lenient = true}).has_value());
  const std::string text = write_json(Value::array({*values()}));
  RC_ASSERT_FALSE(parse_json(text.substr(0, cut % text.size())).has_value());
}

RC_GTEST_PROP(CodecProperty, ADamagedDocumentIsRefusedOrReadAsAValueThatHoldsItsRules, ()) {
  const auto struck = [](std::string bytes, std::size_t at, int bit) {
    bytes[at % bytes.size()] = static_cast<char>(bytes[at % bytes.size()] ^ (1 << bit));
    return bytes;
  };
  const Value value = *values();
  const auto at = *rc::gen::arbitrary<std::size_t>();
  const auto bit = *rc::gen::inRange(0, 8);
  const Result<Value> cbor = read_cbor(struck(write_cbor(value), at, bit), {.lenient = true});
  if (cbor) RC_ASSERT(read_cbor(write_cbor(*cbor)).value() == *cbor);
  const Result<Value> json = parse_json(struck(write_json(value), at, bit));
  if (json) RC_ASSERT(parse_json(write_json(*json)).value() == *json);
}

RC_GTEST_PROP(DiffProperty, APatchMakesTheNewerValueOfTheOlder, ()) {
  const Value before = *values();
  const auto changed = [before](Choices& c) {
    if (c.one_in(4)) return random_value(c);
    Value after = before;
    for (std::size_t n = 1 + c.below(4); n > 0; --n) damage(c, after);
    return after;
  };
  const Value after = *made_by(changed);
  const Value patch = make_json_patch(before, after);
  RC_ASSERT(apply_json_patch(before, patch).value() == after);
  RC_ASSERT(diff(before, after).empty() == (before == after));
  RC_ASSERT((patch.size() == 0) == (before == after));
}

RC_GTEST_PROP(DiffProperty, ADifferenceOfArraysIsAShortestOne, ()) {
  const auto lists = *rc::gen::pair(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3)),
                                    rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3)));
  const auto& [before, after] = lists;
  // The longest common subsequence, by the plain recurrence.
  std::vector<std::vector<std::size_t>> common(before.size() + 1,
                                               std::vector<std::size_t>(after.size() + 1, 0));
  for (std::size_t x = 0; x < before.size(); ++x) {
    for (std::size_t y = 0; y < after.size(); ++y) {
      common[x + 1][y + 1] =
          before[x] == after[y] ? common[x][y] + 1 : std::max(common[x][y + 1], common[x + 1][y]);
    }
  }
  const auto array = [](const std::vector<int>& list) {
    return Value::array({list.begin(), list.end()});
  };
  std::size_t edits = 0;
  for (const Difference& difference : diff(array(before), array(after))) {
    edits += difference.kind == Difference::Kind::changed ? 2 : 1;
  }
  RC_ASSERT(edits == before.size() + after.size() - 2 * common[before.size()][after.size()]);
}

}  // namespace
}  // namespace keepsake
