#include "examples/demo/fleet.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace demo {

namespace {

constexpr int kPipeBytes = 1 << 20;

void need(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(2);
}

std::string last_lines(const std::string& path, std::size_t bytes) {
  std::ifstream file(path);
  std::stringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  return text.size() > bytes ? text.substr(text.size() - bytes) : text;
}

void wait_until_stopped(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, WUNTRACED) < 0 && errno == EINTR) {
  }
}

}  // namespace

Fleet::Fleet(FleetOptions options) : options_(std::move(options)) { ::signal(SIGPIPE, SIG_IGN); }

Fleet::~Fleet() {
  for (const auto& server : servers_) {
    if (server->pid != 0) ::kill(server->pid, SIGKILL);
    gone(*server);
  }
}

std::size_t Fleet::start(const std::string& name, Break broken) {
  int commands[2];
  int reports[2];
  need(::pipe2(commands, O_CLOEXEC) == 0 && ::pipe2(reports, O_CLOEXEC) == 0, "pipe2");
  ::fcntl(reports[1], F_SETPIPE_SZ, kPipeBytes);
  auto server = std::make_unique<Server>();
  server->name = name;
  server->ordinal = static_cast<std::int64_t>(servers_.size()) + 1;
  const pid_t parent = ::getpid();
  std::fflush(nullptr);
  server->pid = ::fork();
  need(server->pid >= 0, "fork");
  if (server->pid == 0) become(*server, broken, parent, commands[0], reports[1]);
  ::close(commands[0]);
  ::close(reports[1]);
  server->commands = commands[1];
  server->reports = reports[0];
  server->lines = std::make_unique<LineSource>(reports[0]);
  servers_.push_back(std::move(server));
  return servers_.size() - 1;
}

void Fleet::become(const Server& server, Break broken, pid_t parent, int commands,
                   int reports) const {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(2);
  const std::string log = log_of(server.name);
  const int errors = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(commands, STDIN_FILENO);
  ::dup2(reports, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  ServerOptions served{.name = server.name,
                       .ordinal = server.ordinal,
                       .database = options_.database,
                       .players = options_.players,
                       .log = log};
  served.seed = options_.seed * 1000 + static_cast<std::uint64_t>(server.ordinal);
  served.edits_per_second = options_.edits_per_second;
  served.trades_per_second = options_.trades_per_second;
  served.hertz = options_.hertz;
  served.broken = broken;
  served.tuning = options_.tuning;
  const std::size_t turn = options_.seed + static_cast<std::uint64_t>(server.ordinal);
  served.tuning.payload = options_.payloads[turn % options_.payloads.size()];
  std::vector<std::string> words = command_line(served);
  words.insert(words.begin(), options_.program);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  std::perror(arguments[0]);
  ::_exit(2);
}

void Fleet::tell(std::size_t server, const Line& line) {
  if (servers_[server]->commands >= 0) (void)line.write_to(servers_[server]->commands);
}

void Fleet::listen(keepsake::Duration at_most, const Heard& heard) {
  std::vector<pollfd> waits;
  for (const auto& server : servers_) {
    if (server->reports >= 0)
      waits.push_back({.fd = server->reports, .events = POLLIN, .revents = 0});
  }
  const timespec longest{.tv_sec = at_most.count() / 1'000'000'000,
                         .tv_nsec = at_most.count() % 1'000'000'000};
  ::ppoll(waits.data(), waits.size(), &longest, nullptr);
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (servers_[i]->reports >= 0 && !hear(i, heard)) gone(*servers_[i]);
  }
}

bool Fleet::hear(std::size_t server, const Heard& heard) {
  const bool open = servers_[server]->lines->fill();
  while (const auto line = servers_[server]->lines->next()) {
    keep(*servers_[server], server, *line, heard);
  }
  return open;
}

void Fleet::keep(Server& server, std::size_t index, std::string_view line, const Heard& heard) {
  Words words(line);
  const std::string_view what = words.word();
  if (what == "stat") {
    const std::string figure(words.word());
    server.figures[figure] = words.number();
  } else if (what == "times") {
    Histogram& times = words.word() == "pump" ? server.pumps : server.edits;
    (void)times.add_text(words.rest());
  } else {
    if (what == "up") server.up = true;
    if (what == "thawed") server.thawed = true;
    if (what == "done") {
      server.done = true;
      server.left_in_journal = words.number();
    }
    heard(index, line);
  }
}

void Fleet::gone(Server& server) {
  if (server.reports >= 0) ::close(server.reports);
  if (server.commands >= 0) ::close(server.commands);
  server.reports = server.commands = -1;
  if (server.pid != 0) {
    while (::waitpid(server.pid, &server.status, 0) < 0 && errno == EINTR) {
    }
  }
  server.pid = 0;
}

void Fleet::kill(std::size_t server, const Heard& heard) {
  Server& victim = *servers_[server];
  if (victim.pid == 0) return;
  victim.killed = true;
  ::kill(victim.pid, SIGKILL);
  while (::waitpid(victim.pid, &victim.status, 0) < 0 && errno == EINTR) {
  }
  victim.pid = 0;
  while (hear(server, heard)) {
  }
  gone(victim);
}

void Fleet::freeze(std::size_t server) {
  tell(server, Line("freeze"));
  wait_until_stopped(servers_[server]->pid);
}
void Fleet::pause(std::size_t server) {
  ::kill(servers_[server]->pid, SIGSTOP);
  wait_until_stopped(servers_[server]->pid);
}
void Fleet::thaw(std::size_t server) { ::kill(servers_[server]->pid, SIGCONT); }

std::int64_t Fleet::total(const std::string& figure) const {
  std::int64_t sum = 0;
  for (const auto& server : servers_) {
    if (const auto found = server->figures.find(figure); found != server->figures.end()) {
      sum += found->second;
    }
  }
  return sum;
}

std::vector<std::string> Fleet::deaths() const {
  std::vector<std::string> list;
  for (const auto& server : servers_) {
    if (server->pid != 0 || server->killed || (server->done && server->status == 0)) continue;
    const std::string how =
        WIFSIGNALED(server->status)
            ? "was ended by signal " + std::to_string(WTERMSIG(server->status))
            : "ended with status " + std::to_string(WEXITSTATUS(server->status));
    list.push_back("server " + server->name + " " + how + "\n" +
                   last_lines(log_of(server->name), 1500));
  }
  return list;
}

}  // namespace demo
