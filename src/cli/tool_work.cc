#include "src/cli/tool_work.h"

#include <chrono>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "src/base/this_machine.h"
#include "src/store/recovery.h"

namespace keepsake::cli {

namespace {

constexpr Duration kPoll = std::chrono::milliseconds(100);

Result<void> recover_the_dead(Backend& backend, const Owner& self, const Generation& generation,
                              const std::string& journals) {
  std::error_code ignored;
  if (journals.empty() || !std::filesystem::is_directory(journals, ignored)) return {};
  DirectoryReport report = recover_directory({.backend = backend,
                                              .machine = this_machine(),
                                              .self = self,
                                              .generation = generation,
                                              .random = this_machine().random},
                                             journals);
  if (report.failed) return *std::move(report.failed);
  return {};
}

}  // namespace

std::string journals_beside(const BackendInfo& info) {
  return info.kind == "sqlite" ? info.place + ".journal" : std::string();
}

Result<std::unique_ptr<ToolWork>> ToolWork::begin(Backend& backend, Duration within,
                                                  const std::string& journals) {
  auto info = backend.info();
  if (!info) return std::move(info).error();
  const Machine& machine = this_machine();
  auto lease = ToolLease::open(backend, machine.random, unix_ms(machine.clock.wall()));
  if (!lease) return std::move(lease).error();
  auto dead = recover_the_dead(backend, (*lease)->self(), info->generation, journals);
  if (!dead) return std::move(dead).error();
  return std::unique_ptr<ToolWork>(
      new ToolWork(backend, within, info->generation, *std::move(lease)));
}

void ToolWork::rest() { backend_.wait_for_change(self(), kPoll); }
MonotonicTime ToolWork::now() const { return this_machine().clock.now(); }
std::int64_t ToolWork::now_ms() const { return unix_ms(this_machine().clock.wall()); }
Id128 ToolWork::new_id() { return Id128::random(this_machine().random); }

Result<Record> ToolWork::acquire(const ProfileKey& key) {
  const MonotonicTime until = now() + within_;
  Acquire request{.key = key,
                  .self = self(),
                  .generation = generation_,
                  .session = new_id(),
                  .readable_ordinal = std::numeric_limits<std::uint32_t>::max(),
                  .now_ms = now_ms(),
                  .ask = new_id(),
                  .ask_number = 0,
                  .ask_duration_ms = to_ms(within_)};
  for (;;) {
    auto answer = settled([&] { return backend_.acquire(request); });
    if (!answer) return std::move(answer).error();
    if (auto* acquired = std::get_if<Acquired>(&*answer)) return std::move(acquired->record);
    const Held& held = std::get<Held>(*answer);
    if (held.ask != AskStanding::ours) request.ask_number = held.offered_number;
    if (now() >= until) {
      (void)backend_.withdraw(
          {.key = key, .self = self(), .session = request.session, .ask = request.ask});
      return Error(ErrorCode::timed_out, "its owner did not give the profile in time")
          .store(key.store)
          .key(key.key)
          .found("server " + held.owner.server.text)
          .remedy("see to that server, and run it again; what was done before stays so");
    }
    rest();
  }
}

Error changed_hands(const ProfileKey& key) {
  return Error(ErrorCode::session_lost, "the profile changed hands meanwhile")
      .store(key.store)
      .key(key.key)
      .remedy("run it again");
}

}  // namespace keepsake::cli
