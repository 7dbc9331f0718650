#include "src/load_tool/server.h"

#include <poll.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "keepsake/open/open.h"
#include "keepsake/store/profiles.h"
#include "src/backend/bare_database.h"
#include "src/base/this_machine.h"
#include "src/load_tool/bare_work.h"
#include "src/load_tool/counting_backend.h"
#include "src/load_tool/histogram.h"
#include "src/load_tool/lines.h"
#include "src/load_tool/sheet.h"

namespace keepsake::load_tool {

namespace {

constexpr Duration kBusyTick = std::chrono::milliseconds(1);  // while an order is carried out
constexpr Duration kAtMost = std::chrono::seconds(120);       // for any order

MonotonicTime now() { return this_machine().clock.now(); }

/// This process', all threads.
Duration processor_time() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

std::int64_t whole(std::uint64_t number) { return static_cast<std::int64_t>(number); }

class Server {
 public:
  Server(const ServerSettings& settings, Backend& backend, int orders, int answers)
      : settings_(settings),
        backend_(backend),
        orders_(orders),
        orders_fd_(orders),
        answers_(answers),
        store_(backend_, options(settings)),
        sheets_(store_, sheet_catalog()) {}

  int run() {
    play_until([&] { return store_.state() == StoreState::ready; });
    answer(Line("up"));
    while (!quitting_) play(tick_);
    (void)store_.shutdown(std::chrono::seconds(20));
    answer(Line("gone"));
    return 0;
  }

 private:
  struct Player {
    Profile<Sheet> profile;
    bool saving = false;
  };
  /// The loads of an order: some may be answered only when the server ends.
  struct Starting {
    std::uint64_t answered = 0;
    MonotonicTime last{};
    std::optional<Error> failed;
  };

  static StoreOptions options(const ServerSettings& settings) {
    StoreOptions options;
    options.server = settings.id;
    options.journal.directory = settings.journal;
    options.payload = settings.payload;
    options.log = stderr_log(LogLevel::error);
    return options;
  }

  void answer(const Line& line) {
    if (!line.write_to(answers_)) quitting_ = true;
  }
  void fail(const Error& error) { answer(Line("failed").add(error.text())); }

  /// One tick: what is due, then whoever speaks to us, for as long as a tick is.
  void play(Duration tick) {
    store_.pump({.budget = std::chrono::milliseconds(5)});
    if (rate_ > 0) save_at_pace();
    pollfd waiting{.fd = orders_fd_, .events = POLLIN, .revents = 0};
    const timespec at_most{.tv_sec = 0, .tv_nsec = tick.count()};
    ::ppoll(&waiting, 1, &at_most, nullptr);
    if (waiting.revents != 0 && !orders_.fill()) quitting_ = true;  // whoever told us is gone
    if (obeying_) return;
    obeying_ = true;
    while (const auto line = orders_.next()) obey(*line);
    obeying_ = false;
  }
  /// Plays on in short ticks.
  template <class Until>
  void play_until(Until done) {
    const MonotonicTime last = now() + kAtMost;
    while (!done() && !quitting_) {
      play(kBusyTick);
      if (now() < last) continue;
      answer(Line("failed").add("timed_out: the store does not get on"));
      quitting_ = true;
    }
  }

  void obey(std::string_view line) {
    Words words(line);
    const std::string_view what = words.word();
    if (what == "start") return start(words);
    if (what == "end") return end();
    if (what == "tick") return tick(Duration(words.number()));
    if (what == "save") return save(Duration(words.number()));
    if (what == "bare") return bare(Duration(words.number()));
    if (what == "single") return single(words);
    if (what == "pace") return pace(words.number());
    if (what == "unpace") return unpace();
    if (what == "take") return take(static_cast<std::uint64_t>(words.number()));
    if (what == "idle") return idle(Duration(words.number()));
    if (what == "quit") quitting_ = true;
  }

  void start(Words words) {
    const auto first = static_cast<std::uint64_t>(words.number());
    const auto count = static_cast<std::uint64_t>(words.number());
    const auto step = static_cast<std::uint64_t>(words.number());
    const MonotonicTime began = now();
    starting_ = {.last = began};
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t number = first + i * step;
      sheets_.load(filled_key(number),
                   [this, number](Result<Profile<Sheet>> loaded) {
                     ++starting_.answered;
                     starting_.last = now();
                     if (loaded) {
                       players_[number] = {.profile = *loaded};
                     } else {
                       starting_.failed = loaded.error();
                     }
                   },
                   {.deadline = kAtMost, .user_ids = {}});
    }
    play_until([&] { return starting_.answered == count; });
    if (starting_.failed) return fail(*starting_.failed);
    answer(Line("started").add(whole(count)).add((starting_.last - began).count()));
  }

  void end() {
    for (auto& [number, player] : players_) {
      if (player.profile) player.profile.end();
    }
    players_.clear();
    play_until([&] { return sheets_.size() == 0; });
    answer(Line("ended"));
  }

  void tick(Duration length) {
    tick_ = length;
    answer(Line("ticking"));
  }

  /// Changes a player and saves that; `then(time)` when it is durable, if it ever is.
  template <class Then>
  bool edit_and_save(Player& player, Then then) {
    const auto edited = player.profile.template edit<&Sheet::score>([](auto& score) { ++score; });
    if (!edited) return false;
    player.saving = true;
    player.profile.commit(
        [&player, began = now(), then = std::move(then)](const Result<std::uint64_t>& done) {
          player.saving = false;
          if (done) then(now() - began);
        });
    return true;
  }

  /// Each player is changed and saved again as soon as its last save is durable.
  void save(Duration at_most) {
    (void)backend_.take_batches();
    const Duration used = processor_time();
    saving_until_ = now() + at_most;
    saved_ = 0;
    for (auto& [number, player] : players_) save_again(player);
    play_until([&] { return now() >= saving_until_; });
    const Duration spent = processor_time() - used;
    play_until([&] { return nobody_saves(); });
    if (const auto batches = backend_.take_batches(); !batches.empty()) batches_ = batches;
    answer(Line("saved")
               .add(whole(saved_))
               .add(at_most.count())
               .add(spent.count())
               .add(whole(batches_.size())));
  }
  void save_again(Player& player) {
    edit_and_save(player, [this, &player](Duration) {
      if (now() >= saving_until_) return;
      ++saved_;
      save_again(player);
    });
  }
  [[nodiscard]] bool nobody_saves() const {
    return std::ranges::none_of(players_, [](const auto& one) { return one.second.saving; });
  }

  void store_bare(std::string_view answer_with, const std::vector<std::uint32_t>& sizes,
                  std::size_t connections, Duration at_most) {
    if (!bare_) {
      std::vector<std::string> keys;
      for (const auto& [number, player] : players_) keys.push_back(filled_key(number));
      bare_.emplace(settings_.db, std::move(keys),
                    data_of(sheet_of(settings_.entries), settings_.payload).payload);
    }
    const Duration used = processor_time();
    const auto done = bare_->run(sizes, connections, at_most, [this] { store_.pump(); });
    if (!done) return fail(done.error());
    answer(Line(answer_with)
               .add(whole(done->rows))
               .add(done->took.count())
               .add((processor_time() - used).count())
               .add(whole(done->times.count()))
               .add(done->times.text()));
  }
  void bare(Duration at_most) { store_bare("bared", batches_, 1, at_most); }
  void single(Words words) {
    const Duration at_most(words.number());
    store_bare("singled", {1}, static_cast<std::size_t>(words.number()), at_most);
  }

  void pace(std::int64_t rate) {
    rate_ = rate;
    pacing_since_ = now();
    begun_ = 0;
    save_times_.clear();
    answer(Line("pacing"));
  }
  /// As many as are due by now, one player after the other.
  void save_at_pace() {
    const double passed = std::chrono::duration<double>(now() - pacing_since_).count();
    const auto due = static_cast<std::uint64_t>(passed * static_cast<double>(rate_));
    std::size_t passed_over = 0;
    while (begun_ < due && passed_over < players_.size()) {
      auto next = players_.upper_bound(last_saved_);
      if (next == players_.end()) next = players_.begin();
      last_saved_ = next->first;
      Player& player = next->second;
      if (!player.profile) {  // another server has it now
        if (!player.saving) players_.erase(next);
        ++passed_over;
        continue;
      }
      const bool begun =
          !player.saving && edit_and_save(player, [this](Duration took) { save_times_.add(took); });
      if (begun) {
        ++begun_;
        passed_over = 0;
      } else {
        ++passed_over;
      }
    }
    begun_ = std::max(begun_, due);  // what nobody could take is not made up for
  }
  void unpace() {
    rate_ = 0;
    play_until([&] { return nobody_saves(); });
    answer(Line("paced").add(save_times_.text()));
  }

  void take(std::uint64_t number) {
    const MonotonicTime began = now();
    sheets_.load(filled_key(number), [this, number, began](const Result<Profile<Sheet>>& loaded) {
      if (!loaded) return fail(loaded.error());
      players_[number].profile = *loaded;
      answer(Line("took").add((now() - began).count()));
    });
  }

  void idle(Duration at_most) {
    const std::uint64_t calls = backend_.calls();
    const Duration used = processor_time();
    const MonotonicTime began = now();
    while (now() - began < at_most && !quitting_) play(kGameTick);
    answer(Line("idled")
               .add((now() - began).count())
               .add((processor_time() - used).count())
               .add(whole(backend_.calls() - calls)));
  }

  const ServerSettings settings_;
  CountingBackend backend_;
  LineSource orders_;
  const int orders_fd_;
  const int answers_;
  bool quitting_ = false;
  bool obeying_ = false;
  Duration tick_ = kGameTick;
  Starting starting_;

  std::int64_t rate_ = 0;
  MonotonicTime pacing_since_{};
  std::uint64_t begun_ = 0;
  std::uint64_t last_saved_ = 0;

  MonotonicTime saving_until_{};
  std::uint64_t saved_ = 0;
  Histogram save_times_;
  std::vector<std::uint32_t> batches_{1};

  std::optional<BareWork> bare_;
  std::map<std::uint64_t, Player> players_;  ///< by number; where they are doesn't change
  Store store_;
  Profiles<Sheet> sheets_;
};

}  // namespace

int run_server(const ServerSettings& settings, int orders, int answers) {
  auto backend = open(settings.db);
  if (!backend) {
    (void)Line("failed").add(backend.error().text()).write_to(answers);
    return 1;
  }
  return Server(settings, **backend, orders, answers).run();
}

}  // namespace keepsake::load_tool
