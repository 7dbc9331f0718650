// Takeover of dead servers: who is being recovered, and what follows.
#include <algorithm>
#include <chrono>
#include <utility>

#include "src/store/protocol.h"

namespace keepsake::detail {

namespace {
constexpr Duration kRecoveryRetry = std::chrono::milliseconds(500);
}

void Protocol::recover(const Owner& target, std::optional<CloseLease> close) {
  if (close && close->self != lease_.self()) return;
  if (ending_ || lease_.state() != LeaseKeeper::State::open) return;
  if (!recovering_.insert(target.incarnation).second) return;
  const Owner self = lease_.self();
  call(
      Lane::recovery,
      [this, self, target, close, generation = generation_] {
        const RecoveryContext context{.backend = backend_,
                                      .machine = runtime_->machine(),
                                      .self = self,
                                      .generation = generation,
                                      .random = runtime_->random()};
        return recover_server(context, target, close);
      },
      [this, target, close](Result<RecoveryReport> report) {
        recovery_done(target, close, std::move(report));
      });
}

void Protocol::recovery_done(const Owner& target, std::optional<CloseLease> close,
                             Result<RecoveryReport> report) {
  recovering_.erase(target.incarnation);
  // What an earlier lease of ours began, the next renewal decides anew.
  const bool stale = close && close->self != lease_.self();
  if (report) {
    tell(GameInbox::Urgency::ownership,
         [this, told = std::move(*report)] { game_.recovered(told); });
    return wake_acquires();
  }
  if (stale || lease_.state() != LeaseKeeper::State::open) return;
  // What was begun goes on; whether a lease that is still open is to be closed, the next renewals
  // decide anew: its server may have come back while the database was away.
  runtime_->at(now() + kRecoveryRetry, task([this, target] { recover(target, std::nullopt); }));
}

void Protocol::journal_released() {
  runtime_->post(task([this] {
    const bool open = lease_.state() == LeaseKeeper::State::open;
    if (open && !journal_directory_.empty()) recover_directory(journal_directory_);
  }));
}

void Protocol::recover_directory(const std::string& directory) {
  call(
      Lane::recovery,
      [this, self = lease_.self(), directory, generation = generation_] {
        const RecoveryContext context{.backend = backend_,
                                      .machine = runtime_->machine(),
                                      .self = self,
                                      .generation = generation,
                                      .random = runtime_->random()};
        return keepsake::recover_directory(context, directory);
      },
      [this, directory](DirectoryReport report) {
        for (RecoveryReport& journal : report.journals) {
          tell(GameInbox::Urgency::ownership,
               [this, told = std::move(journal)] { game_.recovered(told); });
        }
        wake_acquires();
        if (!report.failed || lease_.state() != LeaseKeeper::State::open) return;
        runtime_->at(now() + kRecoveryRetry,
                     task([this, directory] { recover_directory(directory); }));
      });
}

}  // namespace keepsake::detail
