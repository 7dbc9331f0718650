#include "examples/demo/server.h"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "examples/demo/game.h"
#include "examples/demo/reader.h"
#include "examples/demo/watched.h"
#include "examples/player/player_catalog.h"
#include "keepsake/backend/faulty.h"
#include "keepsake/backend/postgres.h"
#include "keepsake/backend/sqlite.h"
#include "keepsake/player/player_data_manager.h"
#include "src/base/this_machine.h"
#include "src/load_tool/histogram.h"
#include "src/load_tool/lines.h"
#include "src/store/threaded_runtime.h"

namespace demo {

using keepsake::load_tool::Histogram;
using keepsake::load_tool::Line;
using keepsake::load_tool::LineSource;
using keepsake::load_tool::Words;

using example::Player;
using keepsake::EndReason;
using keepsake::Error;
using keepsake::MonotonicTime;
using keepsake::Profile;
using keepsake::Result;
using keepsake::UserId;

namespace {

constexpr std::int64_t kStoryCoins = 10;
constexpr int kFinalTrades = 12;
constexpr keepsake::Duration kHoldRenewals = std::chrono::milliseconds(500);

std::map<std::int64_t, std::string> read_players(const std::string& path) {
  std::map<std::int64_t, std::string> players;
  std::ifstream file(path);
  std::int64_t user = 0;
  std::string key;
  while (file >> user >> key) players[user] = key;
  return players;
}

MonotonicTime now() { return keepsake::this_machine().clock.now(); }

class Server {
 public:
  Server(const ServerOptions& options, keepsake::Backend& backend);
  int run();

 private:
  struct Visit {
    MonotonicTime sent{};
    MonotonicTime seen{};
    bool story = false;
  };

  [[nodiscard]] keepsake::StoreOptions store_options();
  [[nodiscard]] keepsake::PlayerHooks<Player> hooks();
  void report(const Line& line) { gone_ = !line.write_to(options_.reports) || gone_; }
  [[nodiscard]] Number next_number() {
    return options_.ordinal * kNumbersPerServer + ++numbers_used_;
  }
  [[nodiscard]] std::uint64_t random(std::uint64_t below) { return engine_() % below; }
  [[nodiscard]] std::string key_of(UserId user) const;

  void obey();
  void obey(std::string_view line);
  void on_ready(UserId user, Profile<Player> profile);
  void on_end(UserId user, EndReason why);
  void tell_story(UserId user, Profile<Player> profile);
  bool edit(UserId user, Profile<Player> profile, Kind kind, std::int64_t change);
  void play(double ticks_share);
  void play_once();
  bool trade_once();
  void freeze();
  void finale();
  void tick();
  void tell_figures();

  const ServerOptions options_;
  const std::map<std::int64_t, std::string> keys_;
  std::ofstream log_;
  std::mutex log_mutex_;
  Watch watch_;
  const std::unique_ptr<keepsake::Backend> broken_;
  const std::unique_ptr<keepsake::Backend> watched_;
  std::atomic<bool> cut_ = false;  ///< no call reaches the database
  const std::unique_ptr<keepsake::Backend> reached_;
  keepsake::Store store_;
  keepsake::PlayerDataManager<Player> players_;
  LineSource commands_;
  std::mt19937_64 engine_;

  std::map<std::int64_t, Visit> visits_;
  std::map<std::int64_t, MonotonicTime> leaving_;
  std::vector<UserId> ready_;
  Number numbers_used_ = 0;
  bool told_up_ = false;
  bool playing_ = false;
  bool gone_ = false;
  bool stopping_ = false;
  double edits_due_ = 0;
  double trades_due_ = 0;
  Histogram pumps_;
  Histogram edits_;
  MonotonicTime last_figures_{};
};

std::shared_ptr<keepsake::detail::Runtime> make_runtime(Break broken, Watch& watch) {
  return watch_runtime(break_runtime(keepsake::detail::make_threaded_runtime(2), broken), watch);
}

Server::Server(const ServerOptions& options, keepsake::Backend& backend)
    : options_(options),
      keys_(read_players(options.players)),
      log_(options.log, std::ios::app),
      watch_(keepsake::this_machine().clock),
      broken_(break_backend(backend, options.broken)),
      watched_(watch_backend(broken_ ? *broken_ : backend, watch_)),
      reached_(keepsake::make_faulty_backend(*watched_,
                                             [this](const keepsake::CallInfo&) {
                                               return cut_ ? keepsake::Fault::unavailable
                                                           : keepsake::Fault::none;
                                             })),
      store_(*reached_, store_options(), make_runtime(options.broken, watch_)),
      players_(store_, example::player_catalog(), hooks()),
      commands_(options.commands),
      engine_(options.seed) {}

keepsake::StoreOptions Server::store_options() {
  keepsake::StoreOptions options;
  options.server = options_.name;
  const Tuning& tuning = options_.tuning;
  options.payload = tuning.payload;
  options.journal.directory = tuning.journal;
  if (tuning.journal.empty() && is_postgres(options_.database)) {
    // No database file to lie beside: in the stage's folder, as all servers of this machine.
    options.journal.directory =
        options_.players.substr(0, options_.players.rfind('/')) + "/players.db.journal";
  }
  if (tuning.ring_bytes != 0) options.journal.ring_bytes = tuning.ring_bytes;
  if (tuning.segment_bytes != 0) options.journal.segment_bytes = tuning.segment_bytes;
  if (tuning.lease_ms != 0) {
    options.timing.lease = std::chrono::milliseconds(tuning.lease_ms);
    options.timing.renewal = options.timing.lease / 5;
    options.timing.margin = options.timing.lease / 10;
  }
  options.log = [this](keepsake::LogLevel level, std::string_view text) {
    const std::lock_guard lock(log_mutex_);
    log_ << name(level) << ' ' << text << std::endl;
  };
  options.on_error = [this](const Error& error) { report(Line("trouble").add(error.text())); };
  return options;
}

keepsake::PlayerHooks<Player> Server::hooks() {
  keepsake::PlayerHooks<Player> hooks;
  hooks.key_of = [this](UserId user) { return key_of(user); };
  hooks.on_ready = [this](UserId user, Profile<Player> profile) { on_ready(user, profile); };
  hooks.on_refused = [this](UserId user, const Error& error) {
    visits_.erase(user.number);
    report(Line("refused").add(user.number).add(name(error.code())).add(error.text()));
  };
  hooks.on_end = [this](UserId user, EndReason why) { on_end(user, why); };
  return hooks;
}

std::string Server::key_of(UserId user) const {
  const auto found = keys_.find(user.number);
  return found != keys_.end() ? found->second : "Player_" + user.text();
}

void Server::obey() {
  if (!commands_.fill()) gone_ = true;
  while (const auto line = commands_.next()) obey(*line);
}

void Server::obey(std::string_view line) {
  Words words(line);
  const std::string_view what = words.word();
  if (what == "join" || what == "story") {
    const UserId user{words.number()};
    visits_[user.number] = {.sent = words.time(), .seen = now(), .story = what == "story"};
    players_.load(user);
  } else if (what == "leave") {
    const UserId user{words.number()};
    leaving_[user.number] = now();
    std::erase(ready_, user);
    visits_.erase(user.number);
    players_.unload(user);
  } else if (what == "play") {
    playing_ = words.number() != 0;
  } else if (what == "freeze") {
    freeze();
  } else if (what == "cut") {
    cut_ = words.number() != 0;
  } else if (what == "finale") {
    finale();
  } else if (what == "stop") {
    playing_ = false;
    stopping_ = true;
    players_.begin_shutdown();
  }
}

void Server::on_ready(UserId user, Profile<Player> profile) {
  const Visit visit = visits_[user.number];
  visits_.erase(user.number);
  const MonotonicTime woken = watch_.take_acquired(key_of(user));
  report(Line("ready")
             .add(user.number)
             .add(visit.sent)
             .add(visit.seen)
             .add(woken)
             .add(now())
             .add(slips(profile.data())));
  std::erase(ready_, user);
  ready_.push_back(user);
  if (visit.story) tell_story(user, profile);
  if (!has_relic(profile.data())) (void)edit(user, profile, Kind::grant, 0);
}

void Server::on_end(UserId user, EndReason why) {
  std::erase(ready_, user);
  MonotonicTime seen{};
  if (const auto found = leaving_.find(user.number); found != leaving_.end()) {
    seen = found->second;
    leaving_.erase(found);
  }
  report(Line("left").add(user.number).add(name(why)).add(seen));
}

void Server::tell_story(UserId user, Profile<Player> profile) {
  const auto say = [this](const std::string& text) { report(Line("say").add(text)); };
  say("Player TestUser joining...");
  say("✓ Loaded profile for TestUser (version " +
      std::string(example::player_catalog().current_version()) + ")");
  if (!edit(user, profile, Kind::play, kStoryCoins)) return;
  say("  Granted 10 coins, new balance: " + std::to_string(profile->currency.coins));
  const Number number = next_number();
  const MonotonicTime began = now();
  const Result<void> armed = profile.edit([&](Player& player) -> Result<void> {
    player.inventory.push_back({.id = "starter_sword", .quantity = 1, .equipped = true});
    return demo::play(player, number, 0);
  });
  if (!armed) return;
  report(Line("op").add(number).add(user.number).add(std::int64_t{0}).add(began));
  say("  Granted starter sword");
  say("✓ TestUser ready to play");
}

bool Server::edit(UserId user, Profile<Player> profile, Kind kind, std::int64_t change) {
  const Number number = next_number();
  const MonotonicTime began = now();
  const Result<void> done = profile.edit([&](Player& player) -> Result<void> {
    if (kind == Kind::play) return demo::play(player, number, change);
    grant_relic(player, number);
    return {};
  });
  if (!done) {
    if (done.error().code() != keepsake::ErrorCode::refused) {
      report(Line("edit-refused").add(user.number).add(name(done.error().code())));
    }
    return false;
  }
  if (kind == Kind::play) {
    report(Line("op").add(number).add(user.number).add(change).add(began));
  } else {
    report(Line("grant").add(number).add(user.number).add(began));
  }
  edits_.add(now() - began);
  return true;
}

void Server::play(double ticks_share) {
  if (!playing_ || ready_.empty()) return;
  edits_due_ += options_.edits_per_second * ticks_share;
  trades_due_ += options_.trades_per_second * ticks_share;
  for (; edits_due_ >= 1; --edits_due_) play_once();
  for (; trades_due_ >= 1; --trades_due_) (void)trade_once();
}

void Server::play_once() {
  const UserId user = ready_[random(ready_.size())];
  const Profile<Player> profile = players_.find(user);
  // Mostly gains; now and then a price that not everybody can pay, which changes nothing.
  const auto change = static_cast<std::int64_t>(random(20)) - (random(4) == 0 ? 60 : 0);
  if (profile) (void)edit(user, profile, Kind::play, change);
}

bool Server::trade_once() {
  if (ready_.size() < 2) return false;
  const UserId from = ready_[random(ready_.size())];
  const UserId to = ready_[random(ready_.size())];
  const Profile<Player> giver = players_.find(from);
  const Profile<Player> taker = players_.find(to);
  if (from == to || !giver || !taker || !has_relic(giver.data())) return false;
  const Number number = next_number();
  const auto price =
      std::min<std::int64_t>(static_cast<std::int64_t>(random(50)), taker->currency.coins);
  const MonotonicTime began = now();
  const Result<std::string> moved =
      store_.transact(keepsake::tie(giver, taker),
                      [&](Player& a, Player& b) { return demo::trade(a, b, number, price); });
  if (!moved) {
    if (moved.error().code() != keepsake::ErrorCode::not_now) {
      report(Line("edit-refused").add(from.number).add(name(moved.error().code())));
    }
    return false;
  }
  report(Line("trade").add(number).add(from.number).add(to.number).add(price).add(began));
  return true;
}

void Server::freeze() {
  watch_.freeze_here(kHoldRenewals);
  report(Line("thawed"));
  // The store doesn't know yet what became of it. Its commits shall reach the database all the
  // same, and its edits the journal: both must be refused there.
  for (const UserId user : std::vector<UserId>(ready_)) {
    Profile<Player> profile = players_.find(user);
    if (!profile) continue;
    if (profile.edit_number() > profile.durable_edit_number()) {
      profile.commit([this, user](const Result<std::uint64_t>& revision) {
        if (revision) return;
        report(Line("commit-refused").add(user.number).add(name(revision.error().code())));
      });
    }
    (void)edit(user, profile, Kind::play, 1);
  }
}

void Server::finale() {
  playing_ = false;
  int done = 0;
  for (int tries = 0; done < kFinalTrades && tries < 20 * kFinalTrades; ++tries) {
    done += trade_once() ? 1 : 0;
  }
  report(Line("finale").add(std::int64_t{done}));
}

void Server::tick() {
  const MonotonicTime began = now();
  store_.pump();
  pumps_.add(now() - began);
  if (!told_up_ && store_.state() == keepsake::StoreState::ready) {
    told_up_ = true;
    report(Line("up").add(static_cast<std::int64_t>(store_.self().incarnation)));
  }
  if (now() - last_figures_ > std::chrono::milliseconds(500)) tell_figures();
}

void Server::tell_figures() {
  last_figures_ = now();
  report(Line("times").add("pump").add(pumps_.text()));
  report(Line("times").add("edit").add(edits_.text()));
  pumps_.clear();
  edits_.clear();
  const keepsake::StoreStats stats = store_.stats();
  const std::pair<const char*, std::uint64_t> figures[] = {
      {"recovered_edits", stats.recovered_edits},
      {"takeovers", stats.takeovers},
      {"handoffs", stats.handoffs},
      {"saves", stats.saves},
      {"save_retries", stats.save_retries},
      {"sessions_lost", stats.sessions_lost},
      {"sessions_returned", stats.sessions_returned},
      {"edits", stats.edits},
      {"edits_refused", stats.edits_refused},
      {"journal_bytes", stats.journal_bytes}};
  for (const auto& [name, value] : figures) {
    report(Line("stat").add(name).add(static_cast<std::int64_t>(value)));
  }
  report(Line("stat").add("fence_refusals").add(watch_.fence_refusals()));
}

int Server::run() {
  const keepsake::Duration period =
      std::chrono::nanoseconds(std::chrono::seconds(1)) / options_.hertz;
  MonotonicTime next = now();
  while (!gone_) {
    obey();
    play(1.0 / options_.hertz);
    tick();
    if (stopping_ && players_.shutdown_report().finished) break;
    next = std::max(next + period, now() - period);
    std::this_thread::sleep_for(next - now());
  }
  if (gone_) return 1;
  tell_figures();
  const keepsake::ShutdownReport shutdown = players_.shutdown_report();
  for (const Error& error : shutdown.errors) report(Line("trouble").add(error.text()));
  report(Line("done").add(static_cast<std::int64_t>(shutdown.left_in_journal.size())));
  return 0;
}

}  // namespace

namespace {
constexpr std::string_view kServe = "--serve";
}

std::vector<std::string> command_line(const ServerOptions& options) {
  const Tuning& tuning = options.tuning;
  return {std::string(kServe),
          options.name,
          std::to_string(options.ordinal),
          options.database,
          options.players,
          options.log,
          std::to_string(options.seed),
          std::to_string(options.edits_per_second),
          std::to_string(options.trades_per_second),
          std::to_string(options.hertz),
          std::string(name(options.broken)),
          tuning.journal,
          std::to_string(tuning.ring_bytes),
          std::to_string(tuning.segment_bytes),
          std::to_string(tuning.lease_ms),
          std::to_string(static_cast<int>(tuning.payload))};
}

std::optional<int> serve(int argc, char** argv) {
  constexpr int kWords = 16;
  if (argc != kWords + 1 || argv[1] != kServe) return std::nullopt;
  ServerOptions options{.name = argv[2],
                        .ordinal = std::atoll(argv[3]),
                        .database = argv[4],
                        .players = argv[5],
                        .log = argv[6]};
  options.seed = std::strtoull(argv[7], nullptr, 10);
  options.edits_per_second = std::atoi(argv[8]);
  options.trades_per_second = std::atoi(argv[9]);
  options.hertz = std::max(1, std::atoi(argv[10]));
  options.broken = parse_break(argv[11]).value_or(Break::none);
  options.tuning = {.journal = argv[12],
                    .ring_bytes = std::strtoull(argv[13], nullptr, 10),
                    .segment_bytes = std::strtoull(argv[14], nullptr, 10),
                    .lease_ms = std::atoll(argv[15]),
                    .payload = static_cast<keepsake::PayloadFormat>(std::atoi(argv[16]))};
  return run_server(options);
}

int run_server(const ServerOptions& options) {
  keepsake::SqliteOptions sqlite;
  if (options.tuning.lease_ms != 0) sqlite.busy_timeout_ms = options.tuning.lease_ms;
  Result<std::unique_ptr<keepsake::Backend>> backend =
      is_postgres(options.database) ? keepsake::open_postgres(options.database)
                                    : keepsake::open_sqlite(options.database, sqlite);
  if (!backend) {
    (void)Line("trouble").add(backend.error().text()).write_to(options.reports);
    return 1;
  }
  return Server(options, **backend).run();
}

}  // namespace demo
