// An operator's override by the command line: on a real file, beside a server that runs.
#include "src/cli/command_test_fixture.h"
#include "src/cli/running_test_server.h"

namespace keepsake::cli {
namespace {

class StealTest : public CommandTest {
 protected:
  [[nodiscard]] std::string db() const { return "sqlite:" + db_.string(); }
  Outcome steal(std::vector<std::string> more) {
    more.insert(more.begin(), {"steal", "Ships", "Ark", "--reason", "ticket 5"});
    return on_db(more);
  }
  Outcome get() { return on_db({"get", "Ark", "--store", "Ships"}); }
};

TEST_F(StealTest, ALiveOwnerSavesTheProfileAndGivesIt) {
  RunningServer server(db(), "a");
  server.play("Ark", {}, "just now");
  const Outcome outcome = steal({"--yes", "--json"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "server a (incarnation 1) saved Ships/Ark and gave it up\n");
  EXPECT_EQ(outcome.out, R"({"store":"Ships","key":"Ark","how":"given","server":"a"})"
                         "\n");
  EXPECT_EQ(on_db({"sessions"}).err, "note: no server holds a profile\n");
  EXPECT_NE(get().out.find("just now"), std::string::npos);
  EXPECT_NE(on_db({"audit"}).out.find("steal, given"), std::string::npos);
  server.play("Ark", {}, "afterwards");  // it may load it again
}

TEST_F(StealTest, AnOwnerThatHangsIsRobbedAndWhatItEditsThenGoesToQuarantine) {
  RunningServer server(db(), "a");
  server.play("Ark", {}, "saved");
  while (get().out.find("saved") == std::string::npos) {
  }
  server.play("Ark", {}, "robbed of this", RunningServer::Then::hang);
  const Outcome outcome = steal({"--yes", "--within", "1"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("server a (incarnation 1) did not answer, and Ships/Ark was taken"),
            std::string::npos)
      << outcome.err;
  EXPECT_NE(on_db({"audit"}).out.find("steal, taken"), std::string::npos);
  EXPECT_EQ(on_db({"sessions"}).err, "note: no server holds a profile\n");

  server.go_on();
  Outcome quarantine;
  while (quarantine.out.empty()) quarantine = on_db({"quarantine"});
  EXPECT_NE(quarantine.out.find("session_lost"), std::string::npos) << quarantine.out;
  const std::string listed = on_db({"quarantine", "--json"}).out;
  const std::string incident(parse_json(listed).value().items()[0].find("incident")->as_string());
  EXPECT_NE(on_db({"quarantine", incident}).out.find("robbed of this"), std::string::npos);
  EXPECT_NE(get().out.find("saved"), std::string::npos);
}

TEST_F(StealTest, ADeadServersJournalIsReplayedAndThenThereIsNothingToSteal) {
  RunningServer dead(db(), "dead");
  dead.play("Ark", {}, "in the journal");
  dead.stop(false);
  EXPECT_EQ(steal({"--yes"}).err, "nobody held Ships/Ark: it is free\n");
  EXPECT_NE(get().out.find("in the journal"), std::string::npos);
  EXPECT_EQ(on_db({"audit"}).out, "");
}

TEST_F(StealTest, WithoutYesItShowsWhoHasTheProfile) {
  RunningServer server(db(), "a");
  EXPECT_EQ(steal({}).status, 1);  // nobody has ever loaded it
  server.play("Ark", {}, "mine");
  const Outcome held = steal({});
  EXPECT_TRUE(held.out.starts_with(
      "Ships/Ark is held by server a (incarnation 1), whose lease is open; epoch 1, session "))
      << held.out;
  EXPECT_EQ(held.err, "note: nothing was changed; --yes ends this session\n");
  EXPECT_TRUE(
      steal({"--json"})
          .out.starts_with(R"({"store":"Ships","key":"Ark","epoch":1,"lease":{"server":"a")"));
  server.stop(true);
  EXPECT_EQ(steal({}).err, "note: nobody holds Ships/Ark\n");
  EXPECT_EQ(steal({}).out, "");
  EXPECT_EQ(on_db({"steal", "Ships", "Ark"}).status, 2);  // no reason
}

}  // namespace
}  // namespace keepsake::cli
