// Creating and reading without a session; waiting.
#include <atomic>
#include <chrono>
#include <thread>
#include <variant>

#include "backends/contract/contract.h"

namespace keepsake {
namespace {

Create import_of(const ProfileKey& key) {
  Create request;
  Envelope& row = request.record.envelope;
  request.record.key = key;
  request.record.payload = R"({"version":"1"})";
  row.revision = 1;
  row.edit_number = 2;
  row.has_data = true;
  row.schema = {.version = "1", .ordinal = 1, .last_compatible = 1};
  row.created_ms = 1000;
  row.saved_ms = 2000;
  row.load_count = 12;
  row.user_ids = {{7}, {3}};
  row.metadata = R"({"RobloxMetaData":{}})";
  row.tags = R"({"vip":1})";
  row.source_hash = "abc";
  return request;
}

TEST_P(BackendContract, CreatePutsAProfileWhereThereIsNone) {
  Create request = import_of(key_);
  request.inbox = {{.id = "m", .body = "{}"}, {.id = "m", .body = "{}"}, {.id = "n", .body = "1"}};
  // These are the backend's, whatever is asked for:
  request.record.envelope.born = 77;
  request.record.envelope.epoch = 78;
  request.record.envelope.owner = Owner{.server = {"x"}, .incarnation = 9};
  request.record.envelope.session = new_id();
  request.record.envelope.ask_sequence = 5;
  EXPECT_TRUE(std::holds_alternative<Created>(db().create(request).value()));
  Record expected = import_of(key_).record;
  expected.envelope.born = 1;
  expected.envelope.epoch = 1;
  EXPECT_EQ(read(key_), expected);
  EXPECT_EQ(inbox_ids(key_), (std::vector<std::string>{"m", "n"}));
  const Owner a = start("a");
  const Envelope taken = take(key_, a);
  EXPECT_EQ(taken.load_count, 13U);
  EXPECT_EQ(taken.created_ms, 1000);
  EXPECT_EQ(taken.first_session_ms, now_ms());
  EXPECT_EQ(taken.epoch, 2U);
}

TEST_P(BackendContract, CreateNeverOverwrites) {
  const Create request = import_of(key_);
  EXPECT_TRUE(db().create(request));
  const Owner a = start("a");
  take(key_, a);
  save(key_, a, "played");
  Create other = import_of(key_);
  other.inbox = {{.id = "m", .body = "{}"}};
  const CreateAnswer answer = db().create(other).value();
  EXPECT_EQ(std::get<Exists>(answer).envelope.source_hash, "abc");
  EXPECT_EQ(read(key_)->payload, "played");
  EXPECT_TRUE(db().inbox(key_).value().empty());
}

TEST_P(BackendContract, CreateKeepsMessagesThatWaitAlready) {
  const Owner a = start("a");
  MemberCommit member = saving(other_key_, take(other_key_, a), "x");
  member.sent = {{key_, {.id = "m", .body = "first"}}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  Create request = import_of(key_);
  request.inbox = {{.id = "m", .body = "second"}, {.id = "n", .body = "{}"}};
  EXPECT_TRUE(db().create(request));
  EXPECT_EQ(inbox_ids(key_), (std::vector<std::string>{"m", "n"}));
  EXPECT_EQ(db().inbox(key_).value().at(0).body, "first");
}

TEST_P(BackendContract, ReadsInTheOrderAsked) {
  EXPECT_TRUE(db().create(import_of({"S", "a"})));
  EXPECT_TRUE(db().create(import_of({"S", "b"})));
  const auto records = db().read({{"S", "b"}, {"S", "x"}, {"S", "a"}, {"S", "b"}}).value();
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[0]->key.key, "b");
  EXPECT_EQ(records[1], std::nullopt);
  EXPECT_EQ(records[2]->key.key, "a");
  EXPECT_EQ(records[3]->key.key, "b");
  EXPECT_TRUE(db().read({}).value().empty());
}

TEST_P(BackendContract, ListsAStoreInPagesWithoutPayloads) {
  for (const char* key : {"b", "\xc3\xa9", "a", "B", "c"}) {
    EXPECT_TRUE(db().create(import_of({"S", key})));
  }
  EXPECT_TRUE(db().create(import_of({"T", "t"})));
  const auto first = db().list("S", "", 3).value();
  ASSERT_EQ(first.records.size(), 3U);
  EXPECT_EQ(first.records[0].key, (ProfileKey{"S", "B"}));
  EXPECT_EQ(first.records[0].payload, "");
  EXPECT_EQ(first.records[0].envelope, row({"S", "B"}));
  EXPECT_EQ(first.next_after, "b");
  const auto second = db().list("S", first.next_after, 3).value();
  ASSERT_EQ(second.records.size(), 2U);
  EXPECT_EQ(second.records[1].key.key, "\xc3\xa9");
  EXPECT_EQ(second.next_after, "");
  EXPECT_TRUE(db().list("U", "", 3).value().records.empty());
}

TEST_P(BackendContract, APageThatEndsWithTheStoreHasNoNext) {
  for (const char* key : {"a", "b"}) EXPECT_TRUE(db().create(import_of({"S", key})));
  EXPECT_EQ(db().list("S", "", 2).value().next_after, "");
  EXPECT_EQ(db().list("S", "", 0).value().records.size(), 1U) << "a limit is at least one";
}

TEST_P(BackendContract, FindsTheProfilesOfAPersonInAllStores) {
  EXPECT_TRUE(db().create(import_of({"S", "b"})));
  EXPECT_TRUE(db().create(import_of({"R", "c"})));
  EXPECT_EQ(db().keys_of({7}).value(), (std::vector<ProfileKey>{{"R", "c"}, {"S", "b"}}));
  const Owner a = start("a");
  MemberCommit member = saving({"S", "b"}, take({"S", "b"}, a), "x");
  member.user_ids = std::vector<UserId>{{3}};
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  EXPECT_EQ(db().keys_of({7}).value(), (std::vector<ProfileKey>{{"R", "c"}}));
  EXPECT_EQ(db().keys_of({3}).value(), (std::vector<ProfileKey>{{"R", "c"}, {"S", "b"}}));
}

TEST_P(BackendContract, AllConnectionsSeeTheSame) {
  const std::unique_ptr<Backend> other = database_->connect();
  EXPECT_EQ(other->info().value().generation, generation_);
  const Owner a = start("a");
  take(key_, a);
  save(key_, a, "x");
  EXPECT_EQ(other->read({key_}).value().at(0), read(key_));
}

TEST_P(BackendContract, AnAskWakesTheOwnerAndAHandoffTheAsker) {
  const std::unique_ptr<Backend> other = database_->connect();
  const Owner a = start("a");
  const Owner b{
      .server = {"b"},
      .incarnation = other->open_lease({.server = {"b"}, .journal = {}, .now_ms = 0}).value()};
  take(key_, a);
  EXPECT_FALSE(db().wait_for_change(a, Duration::zero()));
  Acquire asking = acquiring(key_, b);
  asking.ask = new_id();
  asking.ask_number = 1;
  EXPECT_TRUE(other->acquire(asking));
  expect_woken(db(), a);
  EXPECT_FALSE(db().wait_for_change(a, Duration::zero())) << "one wake, one change";
  MemberCommit member = saving(key_, row(key_), "x");
  member.after = After::hand_over;
  EXPECT_EQ(outcome(commit(group_of(a, {member}))), "applied");
  expect_woken(*other, b);
}

TEST_P(BackendContract, AWaitEndsWhenItIsStoppedAndOthersGoOn) {
  const std::unique_ptr<Backend> other = database_->connect();
  const Owner a = start("a");
  const Owner b{.server = {"b"}, .incarnation = 99};
  std::atomic<bool> returned = false;
  std::thread waiter([&] {
    EXPECT_FALSE(other->wait_for_change(b, std::chrono::hours(1)));
    returned = true;
  });
  other->stop_waiting();
  waiter.join();
  EXPECT_TRUE(returned);
  EXPECT_FALSE(other->wait_for_change(b, std::chrono::hours(1))) << "later waits end, too";
  take(key_, a);
  ask_for(key_, a);
  expect_woken(db(), a);  // only that object stopped
}

}  // namespace
}  // namespace keepsake
