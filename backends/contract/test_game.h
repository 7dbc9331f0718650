// The least of a server that a test of one backend needs: a lease, a profile, saves.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "backends/contract/contract.h"

namespace keepsake {

class TestGame {
 public:
  TestGame(Backend& backend, const std::string& server, std::uint64_t seed)
      : backend_(backend), random_(seed), generation_(backend.info().value().generation) {
    OpenLease request{.server = {server}, .journal = {}, .now_ms = 1};
    self_ = {.server = {server}, .incarnation = backend.open_lease(request).value()};
  }

  [[nodiscard]] const Owner& self() const { return self_; }
  Id128 new_id() { return Id128::random(random_); }

  Acquire acquiring(const ProfileKey& key) {
    return {.key = key,
            .self = self_,
            .generation = generation_,
            .session = new_id(),
            .readable_ordinal = 1,
            .now_ms = 1};
  }
  Result<AcquireAnswer> acquire(const ProfileKey& key) { return backend_.acquire(acquiring(key)); }
  void take(const ProfileKey& key) {
    EXPECT_TRUE(std::holds_alternative<Acquired>(acquire(key).value()));
  }
  Envelope row(const ProfileKey& key) { return backend_.read({key}).value().at(0)->envelope; }

  Group saving(const ProfileKey& key, const Envelope& row, const std::string& payload) {
    Group group{.token = new_id(), .self = self_, .now_ms = 1, .members = {}, .quarantine = {}};
    MemberCommit member;
    member.key = key;
    member.fence = fence_of(row, generation_);
    member.data = NewData{.schema = {.version = "1", .ordinal = 1, .last_compatible = 1},
                          .format = PayloadFormat::json,
                          .payload = payload};
    group.members.push_back(std::move(member));
    return group;
  }
  /// "applied", "refused", or the error's text.
  std::string save(const ProfileKey& key, const std::string& payload) {
    auto answers = backend_.commit({saving(key, row(key), payload)});
    if (!answers) return answers.error().text();
    return std::holds_alternative<Applied>(answers->at(0)) ? "applied" : "refused";
  }

 private:
  Backend& backend_;
  ContractRandom random_;
  Generation generation_;
  Owner self_;
};

}  // namespace keepsake
