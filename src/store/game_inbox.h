// GameInbox: what the protocol and the workers have for the game's thread. Ownership first.
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "src/base/guarded.h"

namespace keepsake::detail {

class GameInbox {
 public:
  using Task = std::function<void()>;
  enum class Urgency : unsigned char { ownership, answer };

  /// Any thread. `wake` (see Runtime::game_wake) ends the sleep of a blocking form.
  void push(Urgency urgency, Task task) {
    {
      auto queues = queues_.lock();
      (urgency == Urgency::ownership ? queues->ownership : queues->answers)
          .push_back(std::move(task));
    }
    if (wake_) wake_();
  }
  /// The game's thread: the next task, ownership before answers.
  [[nodiscard]] std::optional<Task> take() {
    auto queues = queues_.lock();
    for (std::deque<Task>* queue : {&queues->ownership, &queues->answers}) {
      if (queue->empty()) continue;
      Task task = std::move(queue->front());
      queue->pop_front();
      return task;
    }
    return std::nullopt;
  }
  [[nodiscard]] bool has_ownership() { return !queues_.lock()->ownership.empty(); }
  [[nodiscard]] bool empty() {
    auto queues = queues_.lock();
    return queues->ownership.empty() && queues->answers.empty();
  }
  /// Before any other thread knows the inbox.
  void set_wake(Task wake) { wake_ = std::move(wake); }

 private:
  struct Queues {
    std::deque<Task> ownership;
    std::deque<Task> answers;
  };
  Guarded<Queues> queues_;
  Task wake_;
};

}  // namespace keepsake::detail
