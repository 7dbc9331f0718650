// The contract that every backend passes: one suite of tests over a factory. A backend's own test
// file instantiates it:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, BackendContract, testing::Values(kSqliteUnderTest), name_of);
//
// Time is the test's: `clock_` is the database's clock.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "keepsake/backend/backend.h"
#include "keepsake/base/clock.h"

namespace keepsake {

/// A clock that the test moves. Thread-safe reading while nobody moves it.
class ContractClock final : public Clock {
 public:
  [[nodiscard]] MonotonicTime now() const override { return MonotonicTime(since_); }
  [[nodiscard]] WallTime wall() const override {
    return WallTime(std::chrono::seconds(1'700'000'000)) + since_;
  }
  void advance(Duration by) { since_ += by; }

 private:
  Duration since_{};
};

/// Random numbers out of a seed.
class ContractRandom final : public Random {
 public:
  explicit ContractRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }
  std::uint64_t below(std::uint64_t end) { return next() % end; }
  bool one_in(std::uint64_t many) { return below(many) == 0; }

 private:
  std::mt19937_64 engine_;
};

/// A database, for as long as the test lasts.
class DatabaseUnderTest {
 public:
  virtual ~DatabaseUnderTest() = default;
  /// One more backend on it, as another process would have.
  virtual std::unique_ptr<Backend> connect() = 0;
};

struct BackendUnderTest {
  std::string name;
  /// A new, empty database.
  std::function<std::unique_ptr<DatabaseUnderTest>(const Clock&, Random&)> make;
  bool wakes = true;  ///< false: notifications are cut off, and whoever waits looks by itself
};

class BackendContract : public testing::TestWithParam<BackendUnderTest> {
 protected:
  BackendContract();

  [[nodiscard]] Backend& db() { return *backend_; }
  Id128 new_id() { return Id128::random(random_); }
  [[nodiscard]] std::int64_t now_ms() const { return unix_ms(clock_.wall()); }

  /// A server with an open lease.
  Owner start(const std::string& server);
  /// Waits as `self`, for whom something has changed: is woken, or, where notifications are cut
  /// off, waits no longer than it wants to.
  void expect_woken(Backend& backend, const Owner& self);
  void renew(const Owner& self, std::uint64_t number);
  /// Closes the lease of `target`, which stands at 0, and marks it recovered.
  void bury(const Owner& self, const Owner& target);
  /// Closes it, no more.
  void close(const Owner& self, const Owner& target);

  Acquire acquiring(const ProfileKey& key, const Owner& self);
  AcquireAnswer acquire(const Acquire& request);
  /// Takes a profile that must be free.
  Envelope take(const ProfileKey& key, const Owner& self);
  /// Asks for a profile that must be held; gives the request that stands.
  Acquire ask_for(const ProfileKey& key, const Owner& self);
  /// `next` asks for key_, and `owner` saves it and passes it on.
  void hand_to(const Owner& owner, const Owner& next);

  /// A save of `payload` by the owner of that row.
  MemberCommit saving(const ProfileKey& key, const Envelope& row, const std::string& payload);
  Group group_of(const Owner& self, std::vector<MemberCommit> members);
  GroupAnswer commit(const Group& group);
  /// A commit that must be applied; gives the row after it.
  Envelope save(const ProfileKey& key, const Owner& self, const std::string& payload);

  std::optional<Record> read(const ProfileKey& key);
  Envelope row(const ProfileKey& key);
  [[nodiscard]] std::vector<std::string> inbox_ids(const ProfileKey& key);

  // Erasure (erasure_contract.cc).

  [[nodiscard]] Erase erasing(const ProfileKey& key, const Owner& self);
  /// "erased, 1", with the number of erasures; "erased before, 1"; "fence_refused"; or the error.
  std::string erase(const Erase& request);
  void fill(const ProfileKey& key, const Owner& self);

  // Value between inboxes (message_contract.cc).

  /// A message of `key_`'s.
  [[nodiscard]] Message value(const std::string& id, std::int64_t expires_ms = 0) const;
  /// `key_`, which `self` owns, sends these to `other_key_`; the commit's outcome.
  std::string send_value(const Owner& self, const std::vector<Message>& messages);
  /// How many messages that nobody is there to receive were sent back.
  std::size_t send_back(const Owner& self);
  void remove(const ProfileKey& key, const Owner& self);
  /// Messages that came back to `key_`; each is expected to hold nothing of where it had been.
  std::vector<Message> came_back();
  [[nodiscard]] bool knows(const ProfileKey& key, const std::string& id);

  // Forgetting (forget_contract.cc).

  void save_with(const Owner& self, const std::string& receipt, const std::string& message);
  std::size_t forget(std::int64_t age_ms, std::size_t limit = 100);
  /// Receipts and handled ids of key_: "paid:1 / m1".
  [[nodiscard]] std::string ids_kept();

  ContractClock clock_;
  ContractRandom random_{20240229};
  std::unique_ptr<DatabaseUnderTest> database_;
  std::unique_ptr<Backend> backend_;
  Generation generation_;
  const ProfileKey key_{"PlayerData", "Player_1"};
  const ProfileKey other_key_{"PlayerData", "Player_2"};
};

/// "applied", "fence_refused", or the error's text.
[[nodiscard]] std::string outcome(const GroupAnswer& answer);
/// "good", or the error's text.
template <class T>
[[nodiscard]] std::string outcome(const Result<T>& result) {
  return result ? "good" : result.error().text();
}

/// How GoogleTest shows the parameter.
inline void PrintTo(const BackendUnderTest& backend, std::ostream* out) { *out << backend.name; }

inline std::string name_of(const testing::TestParamInfo<BackendUnderTest>& info) {
  return info.param.name;
}

}  // namespace keepsake
