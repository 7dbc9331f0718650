#include <gtest/gtest.h>

#include "keepsake/backend/faulty.h"
#include "keepsake/backend/memory.h"

namespace keepsake {
namespace {

class StillClock final : public Clock {
 public:
  [[nodiscard]] MonotonicTime now() const override { return {}; }
  [[nodiscard]] WallTime wall() const override { return {}; }
};
class CountingRandom final : public Random {
 public:
  std::uint64_t next() override { return ++last_; }

 private:
  std::uint64_t last_ = 0;
};

class FaultyBackendTest : public testing::Test {
 protected:
  FaultyBackendTest()
      : inner_(make_memory_backend(clock_, random_)),
        faulty_(make_faulty_backend(*inner_, [this](const CallInfo& info) {
          last_ = info;
          return fault_;
        })) {}

  QuarantineEntry entry() { return {.incident = Id128::random(random_)}; }
  std::size_t stored() { return inner_->quarantine("", 100).value().size(); }

  StillClock clock_;
  CountingRandom random_;
  std::unique_ptr<Backend> inner_;
  Fault fault_ = Fault::none;
  CallInfo last_;
  std::unique_ptr<Backend> faulty_;
};

TEST_F(FaultyBackendTest, PassesOnWhatTheHookLeavesAlone) {
  EXPECT_TRUE(faulty_->set_aside(entry()));
  EXPECT_EQ(stored(), 1U);
  EXPECT_EQ(last_.call, Call::set_aside);
  EXPECT_EQ(last_.number, 1U);
}

TEST_F(FaultyBackendTest, AnUnavailableCallChangesNothing) {
  fault_ = Fault::unavailable;
  EXPECT_EQ(faulty_->set_aside(entry()).error().text(),
            "unavailable: a scripted fault stopped set_aside");
  EXPECT_EQ(stored(), 0U);
}

TEST_F(FaultyBackendTest, ALostRequestIsInDoubtAndChangesNothing) {
  fault_ = Fault::request_lost;
  EXPECT_EQ(faulty_->set_aside(entry()).error().text(),
            "in_doubt: a scripted fault took the answer of set_aside");
  EXPECT_EQ(stored(), 0U);
}

TEST_F(FaultyBackendTest, ALostReplyIsInDoubtAfterTheChange) {
  fault_ = Fault::reply_lost;
  EXPECT_EQ(faulty_->set_aside(entry()).error().code(), ErrorCode::in_doubt);
  EXPECT_EQ(stored(), 1U);
}

TEST_F(FaultyBackendTest, AReadIsNeverInDoubt) {
  fault_ = Fault::reply_lost;
  EXPECT_EQ(faulty_->info().error().code(), ErrorCode::unavailable);
}

TEST_F(FaultyBackendTest, ShowsTheHookWhatIsCommitted) {
  const std::vector<Group> groups(3);
  faulty_ = make_faulty_backend(*inner_, [&](const CallInfo& info) {
    EXPECT_EQ(info.call, Call::commit);
    EXPECT_EQ(info.groups, &groups);
    return Fault::none;
  });
  EXPECT_EQ(faulty_->commit(groups).value().size(), 3U);
}

TEST_F(FaultyBackendTest, EachCallHasAName) {
  EXPECT_EQ(name(Call::open_lease), "open_lease");
  EXPECT_EQ(name(Call::info), "info");
  EXPECT_EQ(name(Call::incident), "incident");
}

}  // namespace
}  // namespace keepsake
