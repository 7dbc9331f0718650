// The untyped half of Profiles<T>.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keepsake/datum/catalog.h"
#include "keepsake/store/detail/slot_ref.h"
#include "keepsake/store/messages.h"

namespace keepsake::detail {

class StoreCore;
struct CollectionState;

struct ErasedHooks {
  std::function<void(SlotRef, void*)> on_save;
  std::function<void(SlotRef, void*, EndReason)> on_last_save;
  std::vector<std::function<Handling(SlotRef, void*, const Message&)>> on_message;
  std::function<void(const ProfileKey&, EndReason)> on_end;
  std::function<void(const ProfileKey&, const Error&)> on_error;
};

struct ErasedView {
  std::shared_ptr<const void> data;
  ProfileInfo info;
};

class Collection {
 public:
  Collection(StoreCore& core, AnyCatalog catalog, const DataOps& ops, ErasedHooks hooks);
  ~Collection();
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  std::uint64_t load(std::string_view key, std::function<void(Result<SlotRef>)> done,
                     Duration deadline, std::vector<UserId> user_ids, bool must_exist);
  void cancel(std::uint64_t ticket);
  [[nodiscard]] SlotRef find(std::string_view key) const;
  void for_each(FunctionRef<void(SlotRef)> f) const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] const std::string& store_name() const;
  void view(std::vector<std::string> keys,
            std::function<void(std::vector<Result<ErasedView>>)> done);
  void update(std::string_view key, std::function<Result<void>(void*)> body,
              std::function<void(Result<std::uint64_t>)> done, bool must_exist, Duration deadline);
  void once(std::string_view key, std::string_view receipt, std::function<Result<void>(void*)> body,
            std::function<void(Result<std::uint64_t>)> done, WallTime purchased, bool must_exist,
            Duration deadline);
  void remove(std::string_view key, std::function<void(Result<void>)> done);

 private:
  StoreCore& core_;
  std::shared_ptr<CollectionState> state_;
};

}  // namespace keepsake::detail
