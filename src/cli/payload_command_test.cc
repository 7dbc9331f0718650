// The commands on rows of every format of payload.
#include <algorithm>

#include "keepsake/compress/compressor.h"
#include "src/cli/command_test_fixture.h"
#include "src/cli/running_test_server.h"

namespace keepsake::cli {
namespace {

/// Long enough, and enough of one kind, to be worth compressing.
std::string long_name(const std::string& word) {
  std::string text;
  while (text.size() < 900) text += word + " ";
  return text;
}

class PayloadCommand : public CommandTest, public testing::WithParamInterface<PayloadFormat> {
 protected:
  [[nodiscard]] std::string db() const { return "sqlite:" + db_.string(); }
  void session(const std::string& name, PayloadFormat format) {
    RunningServer server(db(), "a", format);
    server.play("Ark", {{17}}, name);
    server.stop(true);
  }
  std::string get(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"get", "Ark", "--store", "Ships"});
    return on_db(more).out;
  }
  std::string ships_name() { return std::string(parse_json(get())->find("name")->as_string()); }
  std::string format() {
    return std::string(parse_json(get({"--envelope"}))->find("format")->as_string());
  }
  [[nodiscard]] bool in_a_file(const std::string& bytes) const {
    const std::filesystem::recursive_directory_iterator files(folder_);
    return std::any_of(begin(files), end(files), [&](const auto& file) {
      return file.is_regular_file() && read(file.path()).find(bytes) != std::string::npos;
    });
  }
};

INSTANTIATE_TEST_SUITE_P(All, PayloadCommand,
                         testing::Values(PayloadFormat::json, PayloadFormat::cbor,
                                         PayloadFormat::compressed),
                         [](const auto& one) { return std::string(name(one.param)); });

TEST_P(PayloadCommand, AnImportWritesTheFormatThatItIsTold) {
  const std::string line = R"({"key":"Ark","document":{"Data":{"version":"1","name":")" +
                           long_name("Ark") + R"(","hull":0.5,"crew":["Ann"],"sails":2}}})" + "\n";
  ASSERT_EQ(
      on_db({"import", "-", "--store", "Ships", "--payload", std::string(name(GetParam()))}, line)
          .status,
      0);
  EXPECT_EQ(format(), name(GetParam()));
  EXPECT_EQ(get(), R"({"version":"2","name":")" + long_name("Ark") +
                       R"(","hull":0.5,"hold":{},"crew":[{"name":"Ann","rank":1}],"sails":2})" +
                       "\n");
  EXPECT_EQ(on_db({"import", "-", "--store", "Ships", "--json"}, line).out,
            R"({"imported":0,"unchanged":1,"refused":[]})"
            "\n");
}

TEST_P(PayloadCommand, GetShowsTheDataAndRawTheBytes) {
  session(long_name("Ark"), GetParam());
  EXPECT_EQ(format(), name(GetParam()));
  EXPECT_EQ(ships_name(), long_name("Ark"));
  const std::string raw = get({"--raw"});
  EXPECT_EQ(raw.front() == '{', GetParam() == PayloadFormat::json);
  EXPECT_EQ(is_compressed(raw), GetParam() == PayloadFormat::compressed);
}

TEST_P(PayloadCommand, AnExportHasDataAndHistoryAsJson) {
  session(long_name("first"), GetParam());
  session(long_name("second"), PayloadFormat::json);
  const std::string out = on_db({"subject", "export", "17"}).out;
  const Value profile = parse_json(out.substr(out.find('\n') + 1)).value();
  EXPECT_EQ(profile.find("data")->find("name")->as_string(), long_name("second"));
  const Value& oldest = profile.find("history")->items().back();
  ASSERT_NE(oldest.find("data"), nullptr) << write_json(oldest);
  EXPECT_EQ(oldest.find("data")->find("name")->as_string(), long_name("first"));
}

TEST_P(PayloadCommand, ARollbackGoesBackToASnapshotOfAnotherFormat) {
  session(long_name("first"), GetParam());
  const std::string revision =
      write_json(*parse_json(on_db({"history", "Ark", "--store", "Ships", "--json"}).out)
                      ->items()[0]
                      .find("revision"));
  session(long_name("second"), PayloadFormat::json);
  EXPECT_EQ(get({"--revision", revision, "--json"}).find(long_name("second")), std::string::npos);
  ASSERT_EQ(
      on_db({"rollback", "Ships", "Ark", "--revision", revision, "--reason", "t", "--yes"}).status,
      0);
  EXPECT_EQ(ships_name(), long_name("first"));
  EXPECT_EQ(format(), name(GetParam()));
  session(long_name("third"), PayloadFormat::cbor);  // and a game goes on from there
  EXPECT_EQ(ships_name(), long_name("third"));
}

TEST_P(PayloadCommand, CopyAndBackupKeepTheBytes) {
  session(long_name("Ark"), GetParam());
  const std::string raw = get({"--raw"});
  const std::string copy = (folder_ / "copy.db").string();
  const std::string backup = (folder_ / "backup.db").string();
  ASSERT_EQ(run({"copy", "--from", db(), "--to", "sqlite:" + copy}).status, 0);
  ASSERT_EQ(on_db({"backup", backup}).status, 0);
  for (const std::string& there : {copy, backup}) {
    EXPECT_EQ(run({"get", "Ark", "--store", "Ships", "--raw", "--db", "sqlite:" + there}).out, raw);
  }
}

TEST_P(PayloadCommand, AnErasureLeavesNoByte) {
  session(long_name("first"), GetParam());
  const std::string kept = get({"--raw"});
  session(long_name("second"), GetParam());
  const std::string now = get({"--raw"});
  const auto part = [](const std::string& raw) { return raw.substr(raw.size() / 3, 24); };
  ASSERT_TRUE(in_a_file(part(kept)) && in_a_file(part(now)));
  ASSERT_EQ(on_db({"subject", "erase", "17", "--reason", "ticket 5", "--yes"}).status, 0);
  EXPECT_FALSE(in_a_file(part(kept)));
  EXPECT_FALSE(in_a_file(part(now)));
}

TEST_P(PayloadCommand, QuarantineShowsWhatABrokenRowHolds) {
  const bool text = GetParam() == PayloadFormat::json;
  const DataForm form = text ? DataForm::json : DataForm::cbor;
  const Value broken = Value::object({{"version", "2"}, {"name", 7}});
  Create request;
  request.record.key = {"Ships", "Ark"};
  request.record.envelope.has_data = true;
  request.record.envelope.format = text ? PayloadFormat::json : PayloadFormat::cbor;
  request.record.envelope.schema = {.version = "2", .ordinal = 2, .last_compatible = 2};
  request.record.payload = write_data(broken, form);
  ASSERT_TRUE(open(db()).value()->create(request));
  RunningServer server(db(), "a", GetParam());
  server.try_to_load("Ark");
  server.stop(true);
  const Value list = parse_json(on_db({"quarantine", "--json"}).out).value();
  ASSERT_EQ(list.size(), 1U);
  const std::string incident(list.items()[0].find("incident")->as_string());
  EXPECT_EQ(on_db({"quarantine", incident, "--raw"}).out, request.record.payload);
  const Value as_stored = read_data({request.record.payload, form}).value();
  EXPECT_TRUE(on_db({"quarantine", incident}).out.ends_with("\n\n" + write_json(as_stored) + "\n"));
  const Value shown = parse_json(on_db({"quarantine", incident, "--json"}).out).value();
  EXPECT_EQ(shown.find(text ? "payload" : "payload_base64") != nullptr, true);
  if (text) return;
  EXPECT_EQ(*shown.find("data"), broken);
}

/// A server with two stores: ships are written in one format, banks in the other.
class TwoStoresCommand : public PayloadCommand {
 protected:
  enum class Ends : unsigned char { shut_down, dead };
  void session(const std::string& name, std::int64_t balance, Ends ends) {
    auto backend = open(db()).value();
    StoreOptions options{.server = "a",
                         .payload = PayloadFormat::json,
                         .payloads = {{"Ships", GetParam()}},
                         .log = [](LogLevel, std::string_view) {}};
    Store store(*backend, options);
    Profiles<second_game::Ship> ships(store, second_game::ship_catalog());
    Profiles<second_game::GuildBank> banks(store, second_game::guild_bank_catalog());
    Profile<second_game::Ship> ship;
    Profile<second_game::GuildBank> bank;
    ships.load("Ark", [&](auto loaded) { ship = loaded.value(); });
    banks.load("Bank", [&](auto loaded) { bank = loaded.value(); });
    while (!ship || !bank) pump(store);
    EXPECT_TRUE(ship.edit([&](second_game::Ship& data) { data.name = name; }));
    EXPECT_TRUE(bank.edit([&](second_game::GuildBank& data) { data.balance = balance; }));
    if (ends == Ends::shut_down) store.shutdown();
  }
  std::string raw(const std::string& store, const std::string& key, std::string file = {},
                  const std::string& revision = {}) {
    if (file.empty()) file = db_.string();
    std::vector<std::string> command{"get",   key,    "--store",       store,
                                     "--raw", "--db", "sqlite:" + file};
    if (!revision.empty()) command.insert(command.end(), {"--revision", revision});
    return run(command).out;
  }
  std::string snapshot(const std::string& store, const std::string& key) {
    const Value list = parse_json(on_db({"history", key, "--store", store, "--json"}).out).value();
    return raw(store, key, {}, write_json(*list.items()[0].find("revision")));
  }

 private:
  static void pump(Store& store) {
    store.pump();
    std::this_thread::yield();
  }
};

INSTANTIATE_TEST_SUITE_P(All, TwoStoresCommand,
                         testing::Values(PayloadFormat::cbor, PayloadFormat::compressed),
                         [](const auto& one) { return std::string(name(one.param)); });

TEST_P(TwoStoresCommand, HistoryRecoveryAndCopyKeepTheFormatOfEach) {
  session(long_name("first"), 1, Ends::shut_down);
  session(long_name("second"), 2, Ends::dead);
  const Outcome recovered = on_db({"journal", "recover"});
  EXPECT_EQ(recovered.status, 0) << recovered.err;
  EXPECT_EQ(ships_name(), long_name("second"));
  EXPECT_NE(raw("Ships", "Ark").front(), '{');
  EXPECT_NE(raw("GuildBanks", "Bank").find("\"balance\":2"), std::string::npos);
  const std::string ship = snapshot("Ships", "Ark");
  EXPECT_EQ(is_compressed(ship), GetParam() == PayloadFormat::compressed);
  EXPECT_NE(ship.front(), '{');
  EXPECT_NE(snapshot("GuildBanks", "Bank").find("\"balance\":1"), std::string::npos);
  const std::string copy = (folder_ / "copy.db").string();
  ASSERT_EQ(run({"copy", "--from", db(), "--to", "sqlite:" + copy}).status, 0);
  EXPECT_EQ(raw("Ships", "Ark", copy), raw("Ships", "Ark"));
  EXPECT_EQ(raw("GuildBanks", "Bank", copy), raw("GuildBanks", "Bank"));
}

}  // namespace
}  // namespace keepsake::cli
