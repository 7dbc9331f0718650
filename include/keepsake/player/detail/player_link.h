// What joins a Roster, which knows no types, to the collection beneath and the game's hooks above.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "keepsake/player/detail/roster.h"
#include "keepsake/player/player_hooks.h"
#include "keepsake/store/profiles.h"

namespace keepsake::detail {

/// Callbacks of the store hold it weakly: they are silent once the manager is gone.
template <class T>
struct PlayerLink final : RosterPort, std::enable_shared_from_this<PlayerLink<T>> {
  [[nodiscard]] static std::shared_ptr<PlayerLink> make(PlayerHooks<T> hooks) {
    return std::make_shared<PlayerLink>(std::move(hooks));
  }
  explicit PlayerLink(PlayerHooks<T> given) : hooks(std::move(given)), roster(*this) {}

  [[nodiscard]] std::string key_of(UserId user) const {
    return hooks.key_of ? hooks.key_of(user) : "Player_" + user.text();
  }
  [[nodiscard]] ProfilesHooks<T> profiles_hooks();

  std::uint64_t begin_load(UserId user, const std::string& key, std::uint64_t serial) override {
    auto done = [weak = this->weak_from_this(), user, serial](Result<Profile<T>> answer) {
      const std::shared_ptr<PlayerLink> link = weak.lock();
      if (!link) return;
      if (!answer) return link->roster.answered(user, serial, std::move(answer).error());
      link->roster.answered(user, serial, answer->slot());
    };
    const LoadOptions options{.deadline = hooks.load_deadline, .user_ids = {user}};
    return profiles->load(key, std::move(done), options).number;
  }
  void cancel_load(std::uint64_t ticket) override { profiles->cancel({ticket}); }
  void end_session(const SlotRef& slot) override {
    if (slot.alive()) Profile<T>(slot).end();
  }
  [[nodiscard]] bool playable(const SlotRef& slot) const override {
    if (!slot.alive()) return false;
    return slot.state() == ProfileState::active || slot.state() == ProfileState::doubtful;
  }
  void tell_ready(UserId user, const SlotRef& slot) override {
    if (hooks.on_ready) hooks.on_ready(user, Profile<T>(slot));
  }
  void tell_refused(UserId user, const Error& error) override {
    if (hooks.on_refused) hooks.on_refused(user, error);
  }
  void tell_ended(UserId user, EndReason why) override {
    if (hooks.on_end) hooks.on_end(user, why);
  }

  PlayerHooks<T> hooks;
  Roster roster;
  Profiles<T>* profiles = nullptr;
};

template <class T>
ProfilesHooks<T> PlayerLink<T>::profiles_hooks() {
  const std::weak_ptr<PlayerLink> weak = this->weak_from_this();
  ProfilesHooks<T> typed;
  if (hooks.on_save) {
    typed.on_save = [weak](Profile<T> profile, T& data) {
      const std::shared_ptr<PlayerLink> link = weak.lock();
      if (!link) return;
      if (const auto user = link->roster.player_of(profile.key().key)) {
        link->hooks.on_save(*user, data);
      }
    };
  }
  if (hooks.on_last_save) {
    typed.on_last_save = [weak](Profile<T> profile, T& data, EndReason why) {
      const std::shared_ptr<PlayerLink> link = weak.lock();
      if (!link) return;
      if (const auto user = link->roster.player_of(profile.key().key)) {
        link->hooks.on_last_save(*user, data, why);
      }
    };
  }
  for (std::size_t i = 0; i < hooks.on_message.size(); ++i) {
    typed.on_message.push_back([weak, i](Profile<T> profile, T& data, const Message& message) {
      const std::shared_ptr<PlayerLink> link = weak.lock();
      const auto user = link ? link->roster.player_of(profile.key().key) : std::nullopt;
      return user ? link->hooks.on_message[i](*user, data, message) : Handling::later;
    });
  }
  typed.on_end = [weak](const ProfileKey& key, EndReason why) {
    if (const std::shared_ptr<PlayerLink> link = weak.lock()) link->roster.ended(key.key, why);
  };
  if (hooks.on_error) {
    typed.on_error = [weak](const ProfileKey& key, const Error& error) {
      const std::shared_ptr<PlayerLink> link = weak.lock();
      if (link) link->hooks.on_error(link->roster.user_of(key.key).value_or(UserId{}), error);
    };
  }
  return typed;
}

}  // namespace keepsake::detail
