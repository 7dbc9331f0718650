// What players do: loads, edits of every kind, trades, purchases, saves and ends.
#include "sim/rows.h"
#include "sim/stage.h"

namespace sim {

namespace {

using keepsake::ProfileKey;

constexpr Duration kLoad = 20s;  // Timing::load_deadline
constexpr Duration kSave = 10s;  // Timing::save_deadline

class Moves {
 public:
  Moves(Stage& stage, Seat& seat, SeededRandom& random)
      : stage_(stage), seat_(seat), game_(*seat.game), random_(random) {}

  void one() {
    if (draw(16) == 0) return scrap();
    const std::string key(kPurseKeys[draw(kPurseKeys.size())]);
    if (draw(24) == 0) return update(key);
    if (!game_.has(key)) {
      if (draw(4) == 0) return mark(key);  // through a handle whose session has ended
      if (draw(8) == 0) return buy(key);
      if (draw(3) == 0) stage_.load(seat_, key, 1s + ms(draw(20'000)));
      return;
    }
    switch (draw(13)) {
      case 0:
      case 1:
      case 2: return mark(key);
      case 3: return touch(key);
      case 4: return commit(key);
      case 5: return trade(key);
      case 6:
      case 7: return give(key);
      case 8:
      case 9: return buy(key);
      case 10:
      case 11: return send(key);
      default:
        if (draw(3) == 0) return end(key);
        // At the end one server is to have all, and nobody else waits for any.
        if (draw(3) == 0 && !stage_.quiet) move(key);
    }
  }

  void mark(const std::string& key);
  void trade(const std::string& key);

 private:
  std::uint64_t draw(std::uint64_t below) { return random_.next() % below; }
  static Duration ms(std::uint64_t count) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(count));
  }
  static ProfileKey purse(const std::string& key) { return {std::string(kPurses), key}; }
  Marks held(const std::string& key) const { return marks_of(game_.marks(key)); }
  void note(const std::string& key, const std::string& what, const Result<void>& outcome) {
    stage_.note(seat_.server->id(), key,
                what + (outcome ? "" : ": " + std::string(keepsake::name(outcome.error().code()))));
    if (!outcome) stage_.checker.failed(what, purse(key), outcome.error());
  }

  void touch(const std::string& key) {
    const std::string mark = stage_.new_mark('o');
    const Result<void> touched = game_.touch(key, mark);
    note(key, "touch " + mark, touched);
    if (!touched) return;
    seat_.touches.push_back({key, mark, game_.edit_number(key), seat_.errors[key], false});
  }
  void send(const std::string& key) {
    // Who isn't told that it is durable presses again, wherever the player is then.
    std::map<std::string, OpenGift>& open = stage_.open_gifts[key];
    const bool again = !open.empty() && draw(3) != 0;
    const OpenGift gift = again ? open.begin()->second : new_gift(key);
    const std::string mark = gift.gift.mark;
    open.emplace(mark, gift);
    keepsake::WallTime expires{};
    if (draw(2) == 0) expires = seat_.server->clock().wall() + ms(1000 + draw(20'000));
    game_.send(key, gift.to, gift.gift, expires,
               stage_.expect(seat_, "gift", purse(key), kSave,
                             [this_stage = &stage_, key, mark](const Result<void>& done) {
                               const bool refused =
                                   !done && done.error().code() == keepsake::ErrorCode::refused;
                               if (done) this_stage->checker.durable(key, {mark});
                               if (done || refused) this_stage->open_gifts[key].erase(mark);
                             }));
  }
  OpenGift new_gift(const std::string& from) {
    OpenGift made;
    do {
      const std::uint64_t to = draw(kPurseKeys.size() + kScrapKeys.size());
      made.to = to < kPurseKeys.size() ? kPurseKeys[to] : kScrapKeys[to - kPurseKeys.size()];
    } while (made.to == from);
    made.gift = {.gold = static_cast<std::int64_t>(1 + draw(20)), .mark = stage_.new_mark('s')};
    return made;
  }
  void commit(const std::string& key) {
    game_.commit(
        key, stage_.expect(seat_, "commit", purse(key), kSave,
                           [this_stage = &stage_, key, had = held(key)](const Result<void>& done) {
                             if (done) this_stage->checker.durable(key, had);
                           }));
  }
  void end(const std::string& key) {
    game_.end(key,
              stage_.expect(seat_, "end", purse(key), kSave,
                            [this_stage = &stage_, key, had = held(key)](const Result<void>& done) {
                              if (done) this_stage->checker.durable(key, had);
                            }));
  }
  /// The player walks to another zone, and this server's game lets go of him, or doesn't.
  void move(const std::string& key) {
    Seat& other = stage_.seats[draw(stage_.seats.size())];
    if (other.index == seat_.index) return;
    game_.move(
        key, std::string(other.server->id()),
        stage_.expect(seat_, "move", purse(key), 2 * kSave,
                      [this_stage = &stage_, key, had = held(key)](const Result<void>& done) {
                        if (done) this_stage->checker.durable(key, had);
                      }));
    if (draw(2) == 0) end(key);
    const bool plays = other.server->running() && !other.server->frozen() && !other.closing &&
                       other.game != nullptr && !stage_.stalls(other);
    if (plays && draw(4) != 0) stage_.load(other, key, 1s + ms(draw(20'000)));
  }
  void update(const std::string& key) {
    const std::string mark = stage_.new_mark('u');
    game_.update(key, mark,
                 stage_.expect(seat_, "update", purse(key), kLoad + kSave,
                               [this_stage = &stage_, key, mark](const Result<void>& done) {
                                 if (done) this_stage->checker.durable(key, {mark});
                               }));
  }
  void give(const std::string& key) {
    const std::string guild(kGuildKeys[draw(kGuildKeys.size())]);
    if (!game_.has_guild(guild)) {
      if (draw(4) == 0) {
        game_.load_guild(guild, 20s,
                         stage_.expect(seat_, "load", {std::string(kGuilds), guild}, 20s, {}));
      }
      return;
    }
    const std::string mark = stage_.new_mark('d');
    const std::int64_t gold = static_cast<std::int64_t>(draw(60)) - 30;
    const Result<void> given = game_.give(key, guild, mark, gold == 0 ? 1 : gold);
    note(key, "give " + mark + " to " + guild, given);
    if (given) stage_.checker.returned(key, mark);
  }
  void buy(const std::string& key) {
    // A platform comes again with what wasn't acknowledged, wherever its player is now.
    std::set<std::string>& open = stage_.open_purchases[key];
    const bool again = !open.empty() && draw(4) != 0;
    const std::string mark = again ? *open.begin() : "r" + std::to_string(draw(6));
    open.insert(mark);
    game_.once(key, key + mark, mark,
               stage_.expect(seat_, "purchase", purse(key), (game_.has(key) ? 0s : kLoad) + kSave,
                             [this_stage = &stage_, key, mark](const Result<void>& done) {
                               if (!done) return;
                               this_stage->checker.durable(key, {mark});
                               this_stage->open_purchases[key].erase(mark);
                             }));
  }

  /// By an operator, while nobody plays it.
  void erase(const std::string& key) {
    if (!erase_free(stage_.world.database(), purse(key), random_)) return;
    note(key, "erased", Result<void>());
    stage_.checker.removed(key, stage_.checker.removing(key), true);
    stage_.checker.erased(key);
  }

  /// Of a purse that is removed now and then.
  void scrap() {
    const std::string key(kScrapKeys[draw(kScrapKeys.size())]);
    if (draw(6) == 0) {
      if (draw(2) == 0) return erase(key);
      const Marks had = stage_.checker.removing(key);
      game_.remove(key, stage_.expect(seat_, "remove", purse(key), 30s,
                                      [this_stage = &stage_, key, had](const Result<void>& done) {
                                        this_stage->checker.removed(key, had, done.has_value());
                                      }));
      return;
    }
    if (!game_.has(key)) return stage_.load(seat_, key, 1s + ms(draw(20'000)));
    draw(3) == 0 ? commit(key) : mark(key);
  }

  Stage& stage_;
  Seat& seat_;
  Game& game_;
  SeededRandom& random_;
};

void Moves::mark(const std::string& key) {
  const std::string mark = stage_.new_mark('e');
  const Result<void> edited = game_.mark(key, mark, static_cast<How>(draw(3)));
  note(key, "edit " + mark, edited);
  if (edited) stage_.checker.returned(key, mark);
  if (edited && draw(2) == 0) note(key, "polish", game_.polish(key, draw(100)));
}

void Moves::trade(const std::string& key) {
  const std::string other(kPurseKeys[draw(kPurseKeys.size())]);
  if (other == key || !game_.has(other)) return;
  const std::string mark = stage_.new_mark('t');
  const Result<void> traded =
      game_.trade(key, other, mark, static_cast<std::int64_t>(1 + draw(49)));
  note(key, "trade " + mark + " with " + other, traded);
  if (!traded) return;
  stage_.checker.traded(mark, key, other);
  stage_.checker.returned(key, mark);
  stage_.checker.returned(other, mark);
}

}  // namespace

void trade_among_all(Stage& stage, Seat& seat, SeededRandom random) {
  Moves moves(stage, seat, random);
  for (const std::string_view key : kPurseKeys) {
    if (seat.game->has(std::string(key))) moves.trade(std::string(key));
  }
}

void mark_one(Stage& stage, Seat& seat, SeededRandom random) {
  const std::string key(kPurseKeys[random.next() % kPurseKeys.size()]);
  if (seat.game->has(key)) Moves(stage, seat, random).mark(key);
}

void play(Stage& stage, Seat& seat, SeededRandom random) {
  if (!seat.server->running() || (seat.closing && random.next() % 4 == 0)) {
    stage.note(seat.server->id(), "", "starts");
    return stage.restart(seat);
  }
  if (seat.server->frozen() || stage.stalls(seat)) return;
  Moves moves(stage, seat, random);
  for (std::uint64_t i = 1 + random.next() % 7; i > 0; --i) moves.one();
}

}  // namespace sim
