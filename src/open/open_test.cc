#include "keepsake/open/open.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace keepsake {
namespace {

class Open : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "keepsake-open-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::string refusal(std::string_view url) {
    auto opened = open(url);
    return opened ? "opened" : opened.error().text();
  }

  std::string folder_;
};

TEST_F(Open, MakesAnSqliteFile) {
  auto backend = open("sqlite:" + folder_ + "/players.db");
  ASSERT_TRUE(backend) << backend.error().text();
  EXPECT_EQ((*backend)->info().value().kind, "sqlite");
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/players.db"));
}

TEST_F(Open, TakesABarePathForAnSqliteFile) {
  auto backend = open(folder_ + "/a:b.db");
  ASSERT_TRUE(backend) << backend.error().text();
  EXPECT_EQ((*backend)->info().value().kind, "sqlite");
}

TEST_F(Open, GivesEachMemoryAddressADatabaseOfItsOwn) {
  auto one = open("memory:");
  auto other = open("memory:");
  ASSERT_TRUE(one && other);
  EXPECT_EQ((*one)->info().value().kind, "memory");
  EXPECT_NE((*one)->info().value().generation, (*other)->info().value().generation);
}

TEST_F(Open, SaysWhichServerCantBeReachedAndKeepsThePassword) {
  const std::string text = refusal("postgres://user:secret@127.0.0.1:1/game");
  EXPECT_TRUE(
      text.starts_with("unavailable: the database postgres://127.0.0.1:1/game can't be "
                       "reached: "))
      << text;
  EXPECT_EQ(text.find("secret"), std::string::npos) << text;
}

TEST_F(Open, RepeatsNothingOfAnAddressThatCantBeRead) {
  EXPECT_EQ(refusal("postgres://user:sec%zzret@host/game"),
            "invalid_argument: the address of the PostgreSQL database can't be read: expected "
            "postgres://user@host:port/database, with % codes for special characters; leave the "
            "password to PGPASSWORD or ~/.pgpass");
}

TEST_F(Open, TakesWhereToListenOutOfTheAddress) {
  EXPECT_TRUE(refusal("postgres://user@127.0.0.1:1/game?keepsake_listen=off")
                  .starts_with("unavailable: the database postgres://127.0.0.1:1/game can't be "
                               "reached: "));
  EXPECT_EQ(refusal("postgres://user@127.0.0.1:1/game?keepsake_listen=on"),
            "invalid_argument: where to listen for wake-ups can't be read: expected off, or "
            "postgres://user@host:port/database; inside of another address write it with % codes: "
            "keepsake_listen=postgres%3A%2F%2F…");
}

TEST_F(Open, NamesTheFormsThatItKnows) {
  EXPECT_EQ(refusal("mysql://host"),
            "invalid_argument: an address of that kind is not known: expected sqlite:FILE, a path "
            "of a file, postgres://…, or memory:, found mysql:…; write ./ before a file's name "
            "that holds a "
            "colon");
  EXPECT_EQ(refusal(""),
            "invalid_argument: no database is named: expected sqlite:FILE, a path of a file, "
            "postgres://…, or memory:");
  EXPECT_EQ(refusal("sqlite:///players.db"),
            "invalid_argument: an SQLite file is named by its path: expected sqlite:players.db, or "
            "sqlite:/var/lib/game/players.db, found sqlite://…");
}

TEST_F(Open, SaysWhichFolderIsMissing) {
  EXPECT_EQ(refusal("sqlite:" + folder_ + "/no/players.db"),
            "not_found: the database " + folder_ +
                "/no/players.db can't be made: there is no folder " + folder_ +
                "/no/; make the folder, or name another");
}

}  // namespace
}  // namespace keepsake
