// Random operations on a backend and on the reference model at the same time: each answer must be
// the same. The operations come out of a seed and of what the reference holds.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "backends/contract/contract.h"

namespace keepsake {

class Lockstep {
 public:
  /// Both are new and empty, and have `clock` as their time.
  Lockstep(Backend& tested, Backend& reference, ContractClock& clock, std::uint64_t seed);

  /// One more operation. "" or what differed, with the operation's number and name.
  std::string step();

  /// How often each kind of answer came, by its first word; to see that a run reached them.
  [[nodiscard]] const std::map<std::string, int>& seen() const { return seen_; }

 private:
  /// Runs `operation` on both, each with its own generation; compares the answers' texts.
  template <class F>
  std::string both(const char* name, F&& operation);

  std::string lease_operation();
  std::string acquire_operation();
  std::string acquire_many_operation();
  std::string commit_operation();
  std::string create_operation();
  std::string erase_operation();
  std::string steal_operation();
  std::string read_operation();
  std::string compare_everything();

  Acquire random_acquire();
  Group random_group();
  MemberCommit random_member(const ProfileKey& key, const Owner& self);
  void add_side_effects(MemberCommit& member);

  ProfileKey any_key() { return {"S", std::to_string(random_.below(6))}; }
  Owner any_server() { return servers_[random_.below(servers_.size())]; }
  std::string any_id() { return "id" + std::to_string(random_.below(12)); }
  /// From some seconds ago on.
  std::int64_t any_expiry() {
    return now_ms() - 4000 + static_cast<std::int64_t>(random_.below(20'000));
  }
  [[nodiscard]] std::int64_t now_ms() const { return unix_ms(clock_.wall()); }
  std::optional<Envelope> row_of(const ProfileKey& key);
  void start_server();

  Backend& tested_;
  Backend& reference_;
  ContractClock& clock_;
  ContractRandom random_;
  const Generation tested_generation_;
  const Generation reference_generation_;
  std::vector<Owner> servers_;
  std::uint64_t renewals_ = 0;
  std::deque<Acquire> acquires_;  ///< the last ones, to be sent again
  std::deque<Group> groups_;      ///< the last ones, to be sent again
  std::deque<Erase> erasures_;    ///< the last ones, to be sent again
  std::deque<Steal> steals_;      ///< the last ones, to be sent again
  std::uint64_t operations_ = 0;
  std::map<std::string, int> seen_;
};

}  // namespace keepsake
