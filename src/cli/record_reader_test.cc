#include "src/cli/record_reader.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "keepsake/datum/cbor.h"
#include "keepsake/datum/json.h"
#include "src/cli/record_writer.h"
#include "src/datum/random_test_data.h"

namespace keepsake::cli {
namespace {

using Texts = std::vector<std::string>;

Texts read(const std::string& bytes, Form form, bool lenient = false) {
  std::istringstream in(bytes);
  const auto reader = make_record_reader(in, form, lenient);
  Texts texts;
  RecordRead record;
  while (reader->next(record)) {
    texts.push_back(record.place(form) + ": " +
                    (record.value ? write_json(*record.value) : record.value.error().text()));
  }
  EXPECT_EQ(reader->bytes_read(), bytes.size());
  EXPECT_FALSE(reader->failed());
  return texts;
}

std::string hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

TEST(JsonLinesRecords, AreOneALineAndABrokenOneIsOneFault) {
  EXPECT_EQ(read("{\"a\":1}\n\n[2]\r\n{\"a\":}\n3", Form::jsonl),
            (Texts{"line 1: {\"a\":1}", "line 3: [2]",
                   "line 4: malformed at /a: column 6: expected a value", "line 5: 3"}));
  EXPECT_EQ(read("", Form::jsonl), Texts());
  EXPECT_EQ(read("\"\xFF\"\n{\"a\":1,\"a\":2}\n", Form::jsonl),
            (Texts{"line 1: malformed: column 2: a string that is not UTF-8",
                   "line 2: malformed at /a: column 13: the object that ends here has the same "
                   "name twice"}));
  EXPECT_EQ(read("\"" + std::string(kMostRecordBytes, 'x') + "\"\n1\n", Form::jsonl),
            (Texts{"line 1: limit_exceeded: a line of more than 10000000 bytes", "line 2: 1"}));
}

TEST(JsonRecords, AreTheItemsOfAnArrayOrOneByItself) {
  EXPECT_EQ(read(" [ {\"a\":[1,\"],\\\"\"]} ,\n 2 ] \n", Form::json),
            (Texts{"record 1 (line 1): {\"a\":[1,\"],\\\"\"]}", "record 2 (line 2): 2"}));
  EXPECT_EQ(read("\xEF\xBB\xBF{\n\"a\":1\n}\n", Form::json), Texts{"record 1 (line 1): {\"a\":1}"});
  EXPECT_EQ(read("[]", Form::json), Texts());
  EXPECT_EQ(read(" [\n] ", Form::json), Texts());
  EXPECT_EQ(read("", Form::json),
            Texts{"record 1 (line 1): malformed: line 1, column 1: expected a value, found the end "
                  "of the text"});
  EXPECT_EQ(read("{}\n{}", Form::json),
            Texts{"record 1 (line 1): malformed: line 2, column 1: text after the end of the "
                  "value"});
}

TEST(JsonRecords, NameAFaultByItsPlaceInTheWholeAndGoOn) {
  EXPECT_EQ(
      read("[{\"a\":1},\n  {\"a\":1e999},\n  {\n    \"b\":}\n, {} {}, , 5]", Form::json),
      (Texts{"record 1 (line 1): {\"a\":1}",
             "record 2 (line 2): malformed at /a: line 2, column 8: a number beyond the "
             "range of a double",
             "record 3 (line 3): malformed at /b: line 4, column 9: expected a value",
             "record 4 (line 5): malformed: line 5, column 6: text after the end of the value",
             "record 5 (line 5): malformed: line 5, column 10: expected a value, found the "
             "end of the text",
             "record 6 (line 5): 5"}));
  EXPECT_EQ(read("[1,", Form::json),
            (Texts{"record 1 (line 1): 1",
                   "record 2 (line 1): malformed: line 1, column 4: expected a value, found the "
                   "end of the text"}));
  EXPECT_EQ(read("[1\n", Form::json),
            (Texts{"record 1 (line 1): 1",
                   "record 2 (line 2): malformed: line 2, column 1: the array has no end"}));
  std::istringstream in("[1]\n2");
  const auto reader = make_json_records(in);
  RecordRead record;
  ASSERT_TRUE(reader->next(record) && reader->next(record));
  EXPECT_EQ(record.value.error().text(), "malformed: line 2, column 1: text after the array");
  EXPECT_FALSE(reader->next(record));
  EXPECT_EQ(read("[\"" + std::string(kMostRecordBytes, 'x') + "\",1]", Form::json),
            (Texts{"record 1 (line 1): limit_exceeded: a record of more than 10000000 bytes",
                   "record 2 (line 1): 1"}));
}

TEST(CborRecords, AreOneBehindAnother) {
  EXPECT_EQ(read(hex("a161610182f620f97c0143010203"), Form::cbor),
            (Texts{"record 1 (byte 0): {\"a\":1}", "record 2 (byte 4): [null,-1]",
                   "record 3 (byte 7): malformed: byte 0: a number that is not finite",
                   "record 4 (byte 10): \"AQID\""}));
  EXPECT_EQ(read("", Form::cbor), Texts());
}

TEST(CborRecords, GoOnBehindAnItemThatCantBeTaken) {
  EXPECT_EQ(
      read(hex("a2616201616102"
               "c11a514b67b0"
               "9f01ff"
               "f7"
               "61ff"
               "01"),
           Form::cbor),
      (Texts{"record 1 (byte 0): malformed at /a: byte 4: a key that is out of order",
             "record 2 (byte 7): malformed: byte 0: the tag 1, and no tag is known",
             "record 3 (byte 13): malformed: byte 0: a length that is not stated",
             "record 4 (byte 16): malformed: byte 0: the simple value 23, which is not false, "
             "true or null",
             "record 5 (byte 17): malformed: byte 0: text that is not UTF-8",
             "record 6 (byte 19): 1"}));
  EXPECT_EQ(read(hex("a2616201616102"
                     "9f01bf6161f5ffff"
                     "7f61616162ff"
                     "1801"),
                 Form::cbor, true),
            (Texts{"record 1 (byte 0): {\"b\":1,\"a\":2}", "record 2 (byte 7): [1,{\"a\":true}]",
                   "record 3 (byte 15): \"ab\"", "record 4 (byte 21): 1"}));
}

TEST(CborRecords, EndWhereTheNextOneCantBeTold) {
  const std::string lost = "; what follows can't be told apart";
  EXPECT_EQ(read(hex("018201"), Form::cbor),
            (Texts{"record 1 (byte 0): 1",
                   "record 2 (byte 1): malformed at /1: byte 2: the data end in the middle of an "
                   "item" +
                       lost}));
  for (const char* early : {"1b0000", "5a00000010aa", "a161", "bf6161", "7f", "d8"}) {
    const Texts texts = read(hex(early), Form::cbor, true);
    ASSERT_EQ(texts.size(), 1U) << early;
    EXPECT_TRUE(texts[0].ends_with("the data end in the middle of an item" + lost)) << texts[0];
  }
  std::istringstream in(hex("1c0101"));
  const auto reader = make_cbor_records(in, false);
  RecordRead record;
  ASSERT_TRUE(reader->next(record));
  EXPECT_EQ(record.value.error().text(), "malformed: byte 0: a head that CBOR doesn't have" + lost);
  EXPECT_FALSE(reader->next(record));
}

TEST(CborRecords, PassOverARecordThatIsTooLong) {
  std::string bytes = hex("5a00989681") + std::string(10'000'001, 'x') + hex("01");
  EXPECT_EQ(read(bytes, Form::cbor),
            (Texts{"record 1 (byte 0): limit_exceeded: a record of more than 10000000 bytes",
                   "record 2 (byte 10000006): 1"}));
  std::istringstream in(std::string(1001, '\x81') + "\x01");
  const auto reader = make_cbor_records(in, false);
  RecordRead record;
  ASSERT_TRUE(reader->next(record));
  EXPECT_EQ(record.value.error().message(), "byte 100: more than 100 levels");
  EXPECT_EQ(record.value.error().remedy(), "what follows can't be told apart");
  EXPECT_FALSE(reader->next(record));
}

TEST(Form, IsSaidByTheFilesNameOrItsFirstByte) {
  std::istringstream map(hex("a0"));
  std::istringstream text("{}");
  std::istringstream nothing;
  EXPECT_EQ(guess_form("a.jsonl", map), Form::jsonl);
  EXPECT_EQ(guess_form("a.ndjson", map), Form::jsonl);
  EXPECT_EQ(guess_form("a.json", map), Form::json);
  EXPECT_EQ(guess_form("a.cbor", text), Form::cbor);
  EXPECT_EQ(guess_form("a.cborseq", text), Form::cbor);
  EXPECT_EQ(guess_form("-", map), Form::cbor);
  EXPECT_EQ(guess_form("-", text), Form::jsonl);
  EXPECT_EQ(guess_form("-", nothing), Form::jsonl);
}

RC_GTEST_PROP(Records, OfEveryFormAreReadAsTheyWereWritten, ()) {
  const std::vector<Value> records = *made_by([](Choices& c) {
    std::vector<Value> all(c.below(7));
    // JSON has bytes as text.
    for (Value& record : all) record = parse_json(write_json(random_value(c))).value();
    return all;
  });
  for (const Form form : {Form::jsonl, Form::json, Form::cbor}) {
    std::ostringstream out;
    RecordWriter writer(out, form, false);
    for (const Value& record : records) writer.add(record, false);
    writer.finish(false);
    std::istringstream in(out.str());
    const auto reader = make_record_reader(in, form, false);
    std::vector<Value> again;
    for (RecordRead record; reader->next(record);) {
      if (!record.value) RC_FAIL(record.value.error().text());
      again.push_back(*record.value);
    }
    RC_ASSERT(again == records);
  }
}

}  // namespace
}  // namespace keepsake::cli
