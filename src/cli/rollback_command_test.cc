// An operator's way back by the command line: on a real file, beside a server that runs.
#include "keepsake/store/messages.h"
#include "src/cli/command_test_fixture.h"
#include "src/cli/running_test_server.h"

namespace keepsake::cli {
namespace {

class RollbackTest : public CommandTest {
 protected:
  [[nodiscard]] std::string db() const { return "sqlite:" + db_.string(); }
  /// One session that leaves the ship so.
  void session(const std::string& name) {
    RunningServer server(db(), "a");
    server.play("Ark", {}, name);
    server.stop(true);
  }
  Outcome roll_back(const std::string& revision, std::vector<std::string> more) {
    more.insert(more.begin(),
                {"rollback", "Ships", "Ark", "--revision", revision, "--reason", "ticket 7"});
    return on_db(more);
  }
  std::string ship() { return on_db({"get", "Ark", "--store", "Ships", "--raw"}).out; }
  [[nodiscard]] bool bears(const std::string& name) {
    return ship().find("\"" + name + "\"") != std::string::npos;
  }
};

TEST_F(RollbackTest, GoesBackToARevisionAndForthAgain) {
  session("first");
  session("second");
  ASSERT_TRUE(bears("second"));
  const std::string listed = on_db({"history", "Ark", "--store", "Ships", "--json"}).out;
  const Value history = parse_json(listed).value();
  ASSERT_EQ(history.items().size(), 2U) << listed;
  const auto revision = [&](std::size_t i) {
    return std::to_string(history.items()[i].find("revision")->as_integer());
  };
  const Outcome back = roll_back(revision(1), {"--yes"});
  EXPECT_EQ(back.status, 0);
  EXPECT_EQ(back.err, "rolled Ships/Ark back to revision " + revision(1) + ", as revision " +
                          std::to_string(std::stoi(revision(0)) + 1) + "; --revision " +
                          revision(0) + " undoes it\n");
  EXPECT_TRUE(bears("first"));
  EXPECT_NE(on_db({"audit"}).out.find("rollback"), std::string::npos);
  EXPECT_NE(on_db({"audit"}).out.find("ticket 7"), std::string::npos);
  EXPECT_EQ(on_db({"sessions"}).err, "note: no server holds a profile\n");
  EXPECT_EQ(roll_back(revision(0), {"--yes"}).status, 0);
  EXPECT_TRUE(bears("second"));
  RunningServer server(db(), "b");
  server.play("Ark", {}, "third");  // and a game goes on from there
  server.stop(true);
  EXPECT_TRUE(bears("third"));
}

TEST_F(RollbackTest, ALiveOwnerSavesFirstAndItsDataIsKeptAsAChange) {
  session("first");
  RunningServer server(db(), "b");
  server.play("Ark", {}, "unsaved yet");
  const Outcome back = roll_back("1", {"--yes", "--json"});
  EXPECT_EQ(back.status, 0) << back.err;
  EXPECT_TRUE(bears("first"));
  const Value report = parse_json(back.out).value();
  const std::string undo = std::to_string(report.find("undo")->as_integer());
  EXPECT_NE(on_db({"get", "Ark", "--store", "Ships", "--revision", undo}).out.find("unsaved yet"),
            std::string::npos);
}

TEST_F(RollbackTest, ListsWhatItDoesNotRollBack) {
  session("first");
  {
    auto backend = open(db()).value();
    Store store(*backend, {.server = "c", .log = [](LogLevel, std::string_view) {}});
    Profiles<second_game::Ship> ships(store, second_game::ship_catalog());
    int durable = 0;
    const auto count = [&](const Result<std::uint64_t>& done) { durable += done ? 1 : 0; };
    ships.load("Ark", [&](Result<Profile<second_game::Ship>> ship) {
      ASSERT_TRUE(ship);
      ship->once("paid:1", [](second_game::Ship& data) { data.name = "bought"; }, count);
      ship->send(
          {"Ships", "Ark2"}, {.id = "gift", .body = "{}"},
          [](second_game::Ship& data) { data.name = "gave"; }, count);
    });
    while (durable < 2) store.pump();
    store.shutdown();
  }
  const Outcome shown = roll_back("1", {});
  EXPECT_EQ(shown.status, 0);
  EXPECT_NE(shown.out.find("purchase  paid:1"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("sent      sent:"), std::string::npos) << shown.out;
  EXPECT_EQ(shown.err,
            "note: nothing was changed; --yes rolls the data back, and what is listed stays\n");
  EXPECT_FALSE(bears("first"));
  const Outcome back = roll_back("1", {"--yes", "--json"});
  EXPECT_NE(back.out.find(R"("purchases":[{"id":"paid:1",)"), std::string::npos) << back.out;
  EXPECT_TRUE(bears("first"));
  const std::string inbox = on_db({"inbox", "Ark2", "--store", "Ships"}).out;
  EXPECT_NE(inbox.find("gift"), std::string::npos) << "the gift stays with whom it was sent to";
}

TEST_F(RollbackTest, RefusesWhatHistoryDoesNotKeep) {
  session("first");
  const Outcome refused = roll_back("99", {"--yes"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_TRUE(refused.err.starts_with(
      "keepsake: not_found: Ships/Ark: history keeps no such revision: found revision 99"))
      << refused.err;
  EXPECT_TRUE(bears("first"));
  EXPECT_EQ(on_db({"rollback", "Ships", "Nobody", "--revision", "1", "--reason", "x", "--yes"}).err,
            "keepsake: not_found: Ships/Nobody: no such profile\n");
  EXPECT_EQ(on_db({"audit"}).out, "");
  EXPECT_EQ(on_db({"rollback", "Ships", "Ark", "--revision", "1"}).status, 2);  // no reason
  EXPECT_EQ(on_db({"rollback", "Ships", "Ark", "--reason", "x"}).status, 2);    // no revision
}

}  // namespace
}  // namespace keepsake::cli
