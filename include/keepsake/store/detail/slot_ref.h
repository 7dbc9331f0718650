// The untyped half of Profile<T>: what the handle does, without knowing the type of the data.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "keepsake/backend/record.h"
#include "keepsake/base/function_ref.h"
#include "keepsake/base/result.h"
#include "keepsake/store/info.h"
#include "keepsake/store/messages.h"

namespace keepsake {
class Value;
}  // namespace keepsake

namespace keepsake::detail {

struct Slot;
struct MemberChange;
struct MemberEdit;

/// One session's place in the store, and the serial that tells whether it is still that session.
class SlotRef {
 public:
  using Body = FunctionRef<Result<void>(void* data)>;

  SlotRef() = default;
  SlotRef(Slot* slot, std::uint64_t serial) : slot_(slot), serial_(serial) {}

  [[nodiscard]] bool alive() const;
  [[nodiscard]] bool alive_or_ending() const;
  [[nodiscard]] const void* data() const;
  [[nodiscard]] Result<void> edit(Body body) const;
  [[nodiscard]] Result<void> edit_member(const MemberChange& change, const MemberEdit& edit) const;
  [[nodiscard]] Result<void> touch(Body body) const;
  void once(std::string_view receipt, std::function<Result<void>(void*)> body,
            std::function<void(Result<std::uint64_t>)> done, WallTime purchased) const;
  void send(ProfileKey to, Outgoing message, std::function<Result<void>(void*)> debit,
            std::function<void(Result<std::uint64_t>)> done) const;
  void when_durable(std::function<void(Result<std::uint64_t>)> effect) const;
  void commit(std::function<void(Result<std::uint64_t>)> done) const;
  void end(std::function<void(Result<void>)> done) const;
  void move(ServerId to, std::function<void(Result<void>)> done) const;
  [[nodiscard]] std::uint64_t edit_number() const;
  [[nodiscard]] std::uint64_t durable_edit_number() const;
  [[nodiscard]] std::uint64_t durable_revision() const;
  [[nodiscard]] ProfileState state() const;
  [[nodiscard]] const ProfileKey& key() const;
  [[nodiscard]] ProfileInfo info() const;
  [[nodiscard]] Result<void> set_user_ids(std::vector<UserId> ids) const;
  [[nodiscard]] Result<void> set_tags(const Value& tags) const;

  [[nodiscard]] Slot* slot() const { return slot_; }
  friend bool operator==(const SlotRef&, const SlotRef&) = default;

 private:
  Slot* slot_ = nullptr;
  std::uint64_t serial_ = 0;
};

/// `body` gets the members' data in the order given. See Store::transact.
[[nodiscard]] Result<void> transact(std::span<const SlotRef> members,
                                    FunctionRef<Result<void>(void* const* data)> body);

}  // namespace keepsake::detail
