#include "src/cli/importer.h"

#include <gtest/gtest.h>

#include <sstream>
#include <utility>

#include "examples/second_game/second_game.h"
#include "keepsake/backend/faulty.h"
#include "keepsake/backend/memory.h"

namespace keepsake::cli {
namespace {

class FixedClock final : public Clock {
 public:
  [[nodiscard]] MonotonicTime now() const override { return {}; }
  [[nodiscard]] WallTime wall() const override { return wall_from_unix_ms(1'700'000'000'000); }
};

class CountingRandom final : public Random {
 public:
  std::uint64_t next() override { return ++count_; }

 private:
  std::uint64_t count_ = 0;
};

class ImporterTest : public testing::Test {
 protected:
  ImportSummary import(const std::string& lines) {
    reports_.clear();
    Importer importer(*backend_, ships_, clock_,
                      [&](std::string_view line) { reports_.emplace_back(line); });
    std::istringstream in(lines);
    LineReader reader(in, 100'000);
    LineReader::Line line;
    while (reader.next(line)) EXPECT_TRUE(importer.add(std::exchange(line, {})));
    EXPECT_TRUE(importer.finish());
    return importer.summary();
  }
  void use_faults(FaultHook hook) {
    sound_ = std::move(backend_);
    backend_ = make_faulty_backend(*sound_, std::move(hook));
  }
  std::vector<QuarantineEntry> quarantined() { return backend_->quarantine("", 100).value(); }

  FixedClock clock_;
  CountingRandom random_;
  AnyCatalog ships_ = second_game::ship_catalog();
  std::unique_ptr<Backend> sound_;  // behind the faults, if there are any
  std::unique_ptr<Backend> backend_ = make_memory_backend(clock_, random_);
  std::vector<std::string> reports_;
};

std::string line_of(const std::string& key, const std::string& name, const std::string& more = "") {
  return R"({"key":")" + key + R"(","document":{"Data":{"version":"2","name":")" + name +
         R"(","hull":1,"hold":{},"crew":[]})" + more + "}}\n";
}

std::vector<std::string> texts_of(const std::vector<Refusal>& refused) {
  std::vector<std::string> texts;
  for (const Refusal& refusal : refused) {
    texts.push_back(refusal.key + " at " + refusal.path + ": " + refusal.message);
  }
  return texts;
}

TEST_F(ImporterTest, ImportsEachLineOnce) {
  const std::string lines = line_of("A", "Ark") + line_of("B", "Bark");
  EXPECT_EQ(import(lines).imported, 2U);
  const ImportSummary again = import(lines);
  EXPECT_EQ(again.imported, 0U);
  EXPECT_EQ(again.unchanged, 2U);
  EXPECT_TRUE(again.refused.empty());
  EXPECT_TRUE(reports_.empty());
}

TEST_F(ImporterTest, KnowsTheSameDocumentWhateverWasPlayedSince) {
  ASSERT_EQ(import(line_of("A", "Ark")).imported, 1U);
  const Owner self{ServerId{"eu-1"},
                   backend_->open_lease({.server = {"eu-1"}, .journal = {}, .now_ms = 1}).value()};
  const Generation generation = backend_->info()->generation;
  auto acquired = backend_->acquire({.key = {"Ships", "A"},
                                     .self = self,
                                     .generation = generation,
                                     .session = {1, 1},
                                     .readable_ordinal = 2});
  ASSERT_TRUE(acquired && std::holds_alternative<Acquired>(*acquired));
  const Envelope row = std::get<Acquired>(*acquired).record.envelope;
  Group group{.token = {7, 7}, .self = self, .now_ms = 5};
  group.members.push_back(
      {.key = {"Ships", "A"},
       .fence = {generation, {1, 1}, row.epoch, row.revision},
       .data = NewData{row.schema, PayloadFormat::json,
                       R"({"version":"2","name":"Renamed","hull":1,"hold":{},"crew":[]})"}});
  auto committed = backend_->commit({group});
  ASSERT_TRUE(committed && std::holds_alternative<Applied>(committed->front()));

  EXPECT_EQ(import(line_of("A", "Ark")).unchanged, 1U);
  EXPECT_EQ(import(line_of("A", "Other")).refused.size(), 1U);
  EXPECT_NE(backend_->read({{"Ships", "A"}})->front()->payload.find("Renamed"), std::string::npos);
}

TEST_F(ImporterTest, RefusesAnotherDocumentOfAKeyThatExists) {
  ASSERT_EQ(import(line_of("A", "Ark")).imported, 1U);
  const ImportSummary summary = import(line_of("A", "Other"));
  ASSERT_EQ(summary.refused.size(), 1U);
  EXPECT_EQ(summary.refused[0].key, "A");
  EXPECT_EQ(summary.refused[0].path, "");
  EXPECT_EQ(summary.refused[0].message,
            "already_exists: a profile of this key exists, and is not of this document; it stays "
            "as it is");
}

TEST_F(ImporterTest, RefusesAnotherDocumentOfAKeyOfTheSameFile) {
  const ImportSummary summary =
      import(line_of("A", "Ark") + line_of("A", "Ark") + line_of("A", "Other"));
  EXPECT_EQ(summary.imported, 1U);
  EXPECT_EQ(summary.unchanged, 1U);
  EXPECT_EQ(summary.refused.size(), 1U);
}

TEST_F(ImporterTest, SetsWhatItRefusesAsideOnce) {
  const std::string lines = R"({"key":"A","document":{"Data":{"version":"2","name":7}}})"
                            "\nno json\n" +
                            line_of("B", "Bark");
  for (int run = 0; run < 2; ++run) {
    const ImportSummary summary = import(lines);
    ASSERT_EQ(summary.refused.size(), 2U);
    EXPECT_EQ(summary.refused[0].path, "/name");
    EXPECT_EQ(summary.refused[0].message, "invalid_data: expected string, found integer");
    EXPECT_EQ(summary.refused[1].key, "");
    EXPECT_TRUE(summary.refused[1].message.starts_with("line 2: malformed: "));
    EXPECT_EQ(quarantined().size(), 2U);
  }
  bool found = false;
  for (const QuarantineEntry& listed : quarantined()) {
    const QuarantineEntry entry = backend_->incident(listed.incident).value();
    if (entry.key.key != "A") continue;
    found = true;
    EXPECT_EQ(entry.key.store, "Ships");
    EXPECT_EQ(entry.code, "invalid_data");
    EXPECT_EQ(entry.path, "/name");
    EXPECT_EQ(entry.schema_version, "2");
    EXPECT_EQ(entry.payload, R"({"key":"A","document":{"Data":{"version":"2","name":7}}})");
    EXPECT_EQ(entry.at_ms, 1'700'000'000'000);
  }
  EXPECT_TRUE(found);
  EXPECT_TRUE(reports_[0].starts_with(
      "refused: line 1, A at /name: invalid_data: expected string, found integer (incident "));
}

TEST_F(ImporterTest, NamesKeyAndPointerInALineThatIsNoJson) {
  const ImportSummary summary =
      import(R"({"key":"A","document":{"Data":{"version":"2","hull":1e999}}})"
             "\n"
             R"({"document":{"Data":{"hold":{"rum":1,"rum":2}}},"key":"B"})"
             "\n"
             R"({"key":"C","document":{"UserIds":[1,-]}})"
             "\n"
             R"({"key":"D","document":{"Data":1e999}})"
             "\n"
             R"({"key":"E","document":{},"more":[1e999]})"
             "\n"
             R"({"key":"F","key":"G","document":{}})"
             "\n");
  EXPECT_EQ(texts_of(summary.refused),
            (std::vector<std::string>{
                "A at /hull: malformed: column 53: a number beyond the range of a double",
                "B at /hold/rum: malformed: column 45: the object that ends here has the same name "
                "twice",
                "C at /UserIds/1: malformed: column 38: a number that JSON doesn't have",
                "D at /Data: malformed: column 31: a number beyond the range of a double",
                "E at : malformed: column 34: a number beyond the range of a double",
                " at : line 6: malformed: column 35: the object that ends here has the same name "
                "twice"}));
  EXPECT_TRUE(
      reports_[0].starts_with("refused: line 1, A at /hull: malformed: column 53: a number "
                              "beyond the range of a double (incident "))
      << reports_[0];
}

TEST_F(ImporterTest, NamesTheKeyOfALineThatIsTooLong) {
  const ImportSummary summary =
      import(R"({"key":"A","document":{"Data":")" + std::string(200'000, 'x') + "\"}}\n");
  EXPECT_EQ(texts_of(summary.refused),
            (std::vector<std::string>{
                "A at : limit_exceeded: the line is too long; its beginning alone is kept"}));
}

TEST_F(ImporterTest, GoesOnAfterALineThatIsTooLong) {
  const ImportSummary summary = import(std::string(200'000, 'x') + "\n" + line_of("B", "Bark"));
  EXPECT_EQ(summary.imported, 1U);
  ASSERT_EQ(summary.refused.size(), 1U);
  EXPECT_EQ(summary.refused[0].message,
            "line 1: limit_exceeded: the line is too long; its beginning alone is kept");
}

TEST_F(ImporterTest, ImportsAStaleSessionFreeAndReportsIt) {
  const ImportSummary summary =
      import(line_of("A", "Ark", R"(,"MetaData":{"ActiveSession":[8123,"job-1"]})"));
  EXPECT_EQ(summary.imported, 1U);
  EXPECT_EQ(summary.in_session, 1U);
  EXPECT_EQ(reports_, std::vector<std::string>{
                          "note: A: imported free; when it was exported it was in the session of "
                          "place 8123, job \"job-1\""});
  EXPECT_EQ(backend_->read({{"Ships", "A"}})->front()->envelope.owner, std::nullopt);
}

TEST_F(ImporterTest, PutsADisplacedFieldIntoQuarantine) {
  const ImportSummary summary =
      import(R"({"key":"A","document":{"Data":{"version":"1","name":"Ark","hull":1,"crew":[],)"
             R"("hold":{"x":1}}}})");
  EXPECT_EQ(summary.imported, 1U);
  EXPECT_EQ(summary.displaced, 1U);
  ASSERT_EQ(quarantined().size(), 1U);
  const QuarantineEntry entry = backend_->incident(quarantined()[0].incident).value();
  EXPECT_EQ(entry.code, "displaced");
  EXPECT_EQ(entry.path, "/hold");
  EXPECT_EQ(entry.payload, R"({"x":1})");
  EXPECT_EQ(entry.schema_version, "1");
}

TEST_F(ImporterTest, CountsACreationWhoseReplyWasLostAsImported) {
  int calls = 0;
  use_faults([&](const CallInfo& call) {
    return call.call == Call::create && ++calls <= 2 ? Fault::reply_lost : Fault::none;
  });
  const ImportSummary summary = import(line_of("A", "Ark"));
  EXPECT_EQ(summary.imported, 1U);
  EXPECT_EQ(summary.unchanged, 0U);
  EXPECT_EQ(calls, 3);
}

TEST_F(ImporterTest, StopsWithTheBackendsErrorAndCanBeRunAgain) {
  int creations = 0;
  use_faults([&](const CallInfo& call) {
    return call.call == Call::create && ++creations == 2 ? Fault::unavailable : Fault::none;
  });
  {
    Importer importer(*backend_, ships_, clock_, [](std::string_view) {});
    for (const std::string& text : {line_of("A", "Ark"), line_of("B", "Bark")}) {
      ASSERT_TRUE(importer.add({text, 1, false}));
    }
    auto stopped = importer.finish();
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code(), ErrorCode::unavailable);
    EXPECT_EQ(importer.summary().imported, 1U);
  }
  const ImportSummary summary = import(line_of("A", "Ark") + line_of("B", "Bark"));
  EXPECT_EQ(summary.imported, 1U);
  EXPECT_EQ(summary.unchanged, 1U);
}

}  // namespace
}  // namespace keepsake::cli
