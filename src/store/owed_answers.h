// OwedAnswers: callbacks that are owed an answer, each with the time by which it gets one. Whoever
// has the answer calls the wrapped function; if nobody has by then, `expire` says `timed_out` in
// its place, and an answer that comes later is dropped (EverythingEnds, docs/ownership.md).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "keepsake/backend/record.h"
#include "keepsake/base/clock.h"
#include "keepsake/base/error.h"
#include "keepsake/base/result.h"

namespace keepsake::detail {

/// Used on the game's thread; outlives every function that it wrapped.
class OwedAnswers {
 public:
  /// What is said where no answer came in time.
  struct Late {
    ProfileKey key;               ///< empty: of no single profile
    const char* cause = nullptr;  ///< what has not happened yet
    const char* remedy = nullptr;
  };

  /// `done`, to be called in its place. `refusal` makes an answer out of an error.
  template <class Answer, class Refusal>
  [[nodiscard]] std::function<void(Answer)> owe(std::function<void(Answer)> done, MonotonicTime by,
                                                Late late, Refusal refusal) {
    const Place place{by, ++last_};
    const auto shared = std::make_shared<std::function<void(Answer)>>(std::move(done));
    owed_.emplace(place, Owed{std::move(late), [shared, refusal = std::move(refusal)](
                                                   const Error& why) { (*shared)(refusal(why)); }});
    return [this, place, shared](Answer answer) {
      if (owed_.erase(place) == 1) (*shared)(std::move(answer));
    };
  }
  /// Of a Result, which is made out of the error itself.
  template <class T>
  [[nodiscard]] std::function<void(Result<T>)> owe(std::function<void(Result<T>)> done,
                                                   MonotonicTime by, Late late) {
    return owe(std::move(done), by, std::move(late),
               [](const Error& why) { return Result<T>(why); });
  }

  /// Answers `timed_out` to what was owed by `now`.
  void expire(MonotonicTime now) {
    while (!owed_.empty() && owed_.begin()->first.first <= now) answer(ErrorCode::timed_out);
  }
  /// Answers `code` to everything: no answer will come any more.
  void answer_all(ErrorCode code) {
    for (std::size_t left = owed_.size(); left != 0 && !owed_.empty(); --left) answer(code);
  }

 private:
  using Place = std::pair<MonotonicTime, std::uint64_t>;
  struct Owed {
    Late late;
    std::function<void(const Error&)> refuse;
  };

  /// To the one that is owed first. It may call back for more.
  void answer(ErrorCode code) {
    const Owed owed = std::move(owed_.extract(owed_.begin()).mapped());
    Error why(code, owed.late.cause);
    why.store(owed.late.key.store).key(owed.late.key.key).remedy(owed.late.remedy);
    owed.refuse(why);
  }

  std::map<Place, Owed> owed_;
  std::uint64_t last_ = 0;
};

}  // namespace keepsake::detail
