#include "sim/game.h"

#include <map>
#include <utility>

#include "keepsake/store/profiles.h"

namespace sim {

namespace {

using keepsake::Catalog;
using keepsake::Profile;
using keepsake::Profiles;
using keepsake::ProfilesHooks;
using keepsake::Store;

Error not_here() { return Error(ErrorCode::not_owner, "this server has no session of it"); }

/// A durable callback that wants to know only whether.
keepsake::DurableCallback only_whether(Game::Done done) {
  return [done = std::move(done)](const Result<std::uint64_t>& revision) {
    done(revision ? Result<void>() : Result<void>(revision.error()));
  };
}

template <class T>
ProfilesHooks<T> hooks(const GameEvents& events) {
  ProfilesHooks<T> hooks;
  hooks.on_end = events.ended;
  hooks.on_error = events.error;
  return hooks;
}

template <class P>
ProfilesHooks<P> purse_hooks(const GameEvents& events) {
  ProfilesHooks<P> made = hooks<P>(events);
  if (!events.gift) return made;
  made.on_message.push_back(
      [asked = events.gift](const Profile<P>& purse, P& data, const keepsake::Message& message) {
        const Result<Gift> gift = keepsake::body_of<Gift>(message);
        if (!gift) return keepsake::Handling::pass;
        const std::string mark = arrival_mark(message, *gift);
        const keepsake::Handling handling = asked(purse.key(), mark);
        if (handling == keepsake::Handling::handled) {
          data.gold += gift->gold;
          data.things.push_back(mark);
        }
        return handling;
      });
  return made;
}

template <class P>
class GameOf final : public Game {
 public:
  GameOf(Store& store, Catalog<P> catalog, const GameEvents& events)
      : store_(store),
        purses_(store, std::move(catalog), purse_hooks<P>(events)),
        guilds_(store, guild_catalog(), hooks<Guild>(events)) {}

  void load(const std::string& key, Duration deadline, Done done) override {
    purses_.load(key,
                 [this, key, done = std::move(done)](const Result<Profile<P>>& loaded) {
                   if (loaded) handles_[key] = *loaded;
                   done(loaded ? Result<void>() : Result<void>(loaded.error()));
                 },
                 {.deadline = deadline});
  }
  [[nodiscard]] bool has(const std::string& key) const override {
    return static_cast<bool>(purses_.find(key));
  }
  [[nodiscard]] Marks marks(const std::string& key) const override {
    const Profile<P> purse = handle(key);
    return purse ? purse->things : Marks();
  }
  [[nodiscard]] std::int64_t gold(const std::string& key) const override {
    const Profile<P> purse = purses_.find(key);
    return purse ? purse->gold : 0;
  }
  [[nodiscard]] std::uint64_t edit_number(const std::string& key) const override {
    const Profile<P> purse = purses_.find(key);
    return purse ? purse.edit_number() : 0;
  }

  Result<void> mark(const std::string& key, const std::string& mark, How how) override {
    Profile<P> purse = handle(key);
    switch (how) {
      case How::whole: return purse.edit([&](P& data) { data.things.push_back(mark); });
      case How::member:
        return purse.template edit<&P::things>(
            [&](std::vector<std::string>& things) { things.insert(things.begin(), mark); });
      case How::push_back: break;
    }
    return purse.template push_back<&P::things>(mark);
  }
  Result<void> polish(const std::string& key, std::uint64_t which) override {
    Profile<P> purse = purses_.find(key);
    if (!purse || purse->things.empty()) return not_here();
    return purse.template edit_at<&P::things>(
        static_cast<std::size_t>(which % purse->things.size()),
        [](std::string& thing) { thing += '*'; });
  }
  Result<void> touch(const std::string& key, const std::string& mark) override {
    return handle(key).touch([&](P& data) {
      if (!data.things.empty()) data.things.front() += '*';
      data.things.push_back(mark);
    });
  }
  void commit(const std::string& key, Done done) override {
    Profile<P> purse = purses_.find(key);
    if (!purse) return done(not_here());
    purse.commit(only_whether(std::move(done)));
  }
  void end(const std::string& key, Done done) override {
    Profile<P> purse = purses_.find(key);
    if (!purse) return done(not_here());
    purse.end(std::move(done));
  }
  void move(const std::string& key, const std::string& server, Done done) override {
    Profile<P> purse = purses_.find(key);
    if (!purse) return done(not_here());
    purse.move({server}, std::move(done));
  }
  void once(const std::string& key, const std::string& receipt, const std::string& mark,
            Done done) override {
    const auto buy = [mark](P& data) { data.things.push_back(mark); };
    Profile<P> purse = purses_.find(key);
    if (purse) return purse.once(receipt, buy, only_whether(std::move(done)));
    purses_.once(key, receipt, buy, only_whether(std::move(done)));
  }
  void update(const std::string& key, const std::string& mark, Done done) override {
    purses_.update(
        key, [mark](P& data) { data.things.push_back(mark); }, only_whether(std::move(done)));
  }
  Result<void> trade(const std::string& from, const std::string& to, const std::string& mark,
                     std::int64_t gold) override {
    const Profile<P> one = handle(from);
    const Profile<P> other = handle(to);
    return store_.transact(keepsake::tie(one, other), [&](P& a, P& b) -> Result<void> {
      if (a.gold < gold) return keepsake::refuse("poor");
      a.gold -= gold;
      b.gold += gold;
      a.things.push_back(mark);
      b.things.push_back(mark);
      return {};
    });
  }
  void send(const std::string& from, const std::string& to, const Gift& gift,
            keepsake::WallTime expires, Done done) override {
    Profile<P> purse = purses_.find(from);
    if (!purse) return done(not_here());
    purse.send(
        {std::string(kPurses), to}, keepsake::outgoing(gift.mark, gift, expires),
        [gift](P& data) -> Result<void> {
          if (data.gold < gift.gold) return keepsake::refuse("poor");
          data.gold -= gift.gold;
          data.things.push_back(gift.mark);
          return {};
        },
        only_whether(std::move(done)));
  }
  void remove(const std::string& key, Done done) override { purses_.remove(key, std::move(done)); }

  void load_guild(const std::string& key, Duration deadline, Done done) override {
    guilds_.load(key,
                 [done = std::move(done)](const Result<Profile<Guild>>& loaded) {
                   done(loaded ? Result<void>() : Result<void>(loaded.error()));
                 },
                 {.deadline = deadline});
  }
  [[nodiscard]] bool has_guild(const std::string& key) const override {
    return static_cast<bool>(guilds_.find(key));
  }
  [[nodiscard]] std::int64_t vault(const std::string& key) const override {
    const Profile<Guild> guild = guilds_.find(key);
    return guild ? guild->vault : 0;
  }
  Result<void> give(const std::string& key, const std::string& guild_key, const std::string& mark,
                    std::int64_t gold) override {
    const Profile<P> purse = purses_.find(key);
    const Profile<Guild> guild = guilds_.find(guild_key);
    if (!purse || !guild) return not_here();
    return store_.transact(keepsake::tie(purse, guild), [&](P& p, Guild& g) -> Result<void> {
      if (p.gold < gold || g.vault < -gold) return keepsake::refuse("poor");
      p.gold -= gold;
      g.vault += gold;
      p.things.push_back(mark);
      return {};
    });
  }

  [[nodiscard]] Store& store() override { return store_; }

 private:
  /// As a game keeps it: also when the session has ended since.
  [[nodiscard]] Profile<P> handle(const std::string& key) const {
    const auto found = handles_.find(key);
    return found == handles_.end() ? Profile<P>() : found->second;
  }

  Store& store_;
  std::map<std::string, Profile<P>> handles_;
  Profiles<P> purses_;
  Profiles<Guild> guilds_;
};

}  // namespace

std::unique_ptr<Game> make_game(Build build, Store& store, const GameEvents& events) {
  if (build == Build::old) {
    return std::make_unique<GameOf<Purse>>(store, purse_catalog(), events);
  }
  return std::make_unique<GameOf<Wallet>>(store, wallet_catalog(build == Build::compatible),
                                          events);
}

}  // namespace sim
