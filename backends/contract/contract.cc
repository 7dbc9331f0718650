#include "backends/contract/contract.h"

#include <utility>
#include <variant>

namespace keepsake {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BackendContract);

BackendContract::BackendContract()
    : database_(GetParam().make(clock_, random_)), backend_(database_->connect()) {
  generation_ = backend_->info().value().generation;
}

void BackendContract::expect_woken(Backend& backend, const Owner& self) {
  using namespace std::chrono_literals;
  EXPECT_EQ(backend.wait_for_change(self, GetParam().wakes ? Duration(20s) : Duration(20ms)),
            GetParam().wakes);
}

Owner BackendContract::start(const std::string& server) {
  OpenLease request{.server = {server}, .journal = {}, .now_ms = now_ms()};
  request.journal.ring = new_id().text();
  return {.server = {server}, .incarnation = db().open_lease(request).value()};
}

void BackendContract::renew(const Owner& self, std::uint64_t number) {
  EXPECT_EQ(outcome(db().renew({.self = self, .renewal = number})), "good");
}

void BackendContract::close(const Owner& self, const Owner& target) {
  EXPECT_TRUE(db().close_lease({.self = self, .target = target, .renewal = 0}).value());
}

void BackendContract::bury(const Owner& self, const Owner& target) {
  close(self, target);
  EXPECT_TRUE(db().end_lease({.self = self, .target = target}).value());
}

Acquire BackendContract::acquiring(const ProfileKey& key, const Owner& self) {
  return {.key = key,
          .self = self,
          .generation = generation_,
          .session = new_id(),
          .readable_ordinal = 3,
          .now_ms = now_ms(),
          .ask = {},
          .ask_number = 0,
          .ask_duration_ms = 0};
}

AcquireAnswer BackendContract::acquire(const Acquire& request) {
  return db().acquire(request).value();
}

Envelope BackendContract::take(const ProfileKey& key, const Owner& self) {
  const AcquireAnswer answer = acquire(acquiring(key, self));
  EXPECT_TRUE(std::holds_alternative<Acquired>(answer));
  return std::get<Acquired>(answer).record.envelope;
}

Acquire BackendContract::ask_for(const ProfileKey& key, const Owner& self) {
  Acquire request = acquiring(key, self);
  request.ask = new_id();
  request.ask_duration_ms = 5000;
  request.ask_number = std::get<Held>(acquire(request)).offered_number;
  EXPECT_EQ(std::get<Held>(acquire(request)).ask, AskStanding::ours);
  return request;
}

void BackendContract::hand_to(const Owner& owner, const Owner& next) {
  ask_for(key_, next);
  MemberCommit last = saving(key_, row(key_), "x");
  last.after = After::hand_over;
  EXPECT_EQ(outcome(commit(group_of(owner, {last}))), "applied");
}

MemberCommit BackendContract::saving(const ProfileKey& key, const Envelope& row,
                                     const std::string& payload) {
  MemberCommit member;
  member.key = key;
  member.fence = fence_of(row, generation_);
  member.data = NewData{.schema = {.version = "3", .ordinal = 3, .last_compatible = 2},
                        .format = PayloadFormat::json,
                        .payload = payload};
  member.edit_number = row.edit_number + 1;
  return member;
}

Group BackendContract::group_of(const Owner& self, std::vector<MemberCommit> members) {
  return {.token = new_id(),
          .self = self,
          .now_ms = now_ms(),
          .members = std::move(members),
          .quarantine = {}};
}

GroupAnswer BackendContract::commit(const Group& group) {
  return db().commit({group}).value().at(0);
}

Envelope BackendContract::save(const ProfileKey& key, const Owner& self,
                               const std::string& payload) {
  EXPECT_EQ(outcome(commit(group_of(self, {saving(key, row(key), payload)}))), "applied");
  return row(key);
}

std::optional<Record> BackendContract::read(const ProfileKey& key) {
  return db().read({key}).value().at(0);
}

Envelope BackendContract::row(const ProfileKey& key) { return read(key).value().envelope; }

std::vector<std::string> BackendContract::inbox_ids(const ProfileKey& key) {
  std::vector<std::string> ids;
  const std::vector<Message> messages = db().inbox(key).value();
  for (const Message& message : messages) ids.push_back(message.id);
  return ids;
}

Message BackendContract::value(const std::string& id, std::int64_t expires_ms) const {
  return {.id = id,
          .body = R"({"gold":5})",
          .sent_ms = now_ms(),
          .expires_ms = expires_ms,
          .sender = key_.store + "/" + key_.key,
          .carries_value = true};
}

std::string BackendContract::send_value(const Owner& self, const std::vector<Message>& messages) {
  MemberCommit member = saving(key_, row(key_), "x");
  for (const Message& message : messages) member.sent.emplace_back(other_key_, message);
  return outcome(commit(group_of(self, {member})));
}

std::size_t BackendContract::send_back(const Owner& self) {
  return db().send_back_expired({.self = self, .now_ms = now_ms(), .limit = 100}).value();
}

void BackendContract::remove(const ProfileKey& key, const Owner& self) {
  MemberCommit member = saving(key, row(key), "gone");
  member.after = After::remove;
  EXPECT_EQ(outcome(commit(group_of(self, {member}))), "applied");
}

std::vector<Message> BackendContract::came_back() {
  std::vector<Message> back = db().inbox(key_).value();
  for (const Message& message : back) {
    EXPECT_TRUE(message.id.starts_with("returned:")) << message.id;
    EXPECT_EQ(message.body, R"({"gold":5})");
    EXPECT_EQ(message.expires_ms, 0);
    EXPECT_EQ(message.sender, "");
    EXPECT_TRUE(message.carries_value);
    EXPECT_EQ(message.id.find(other_key_.key), std::string::npos);
  }
  return back;
}

bool BackendContract::knows(const ProfileKey& key, const std::string& id) {
  return db().inbox_state(key, id).value().known;
}

std::string outcome(const GroupAnswer& answer) {
  if (const auto* applied = std::get_if<Applied>(&answer)) {
    return applied->resent ? "applied before" : "applied";
  }
  if (std::holds_alternative<FenceRefused>(answer)) return "fence_refused";
  if (const auto* held_up = std::get_if<GroupHeldUp>(&answer)) return held_up->error.text();
  return std::get<GroupRefused>(answer).error.text();
}

}  // namespace keepsake
