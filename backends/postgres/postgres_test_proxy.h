// A proxy before the test server that cuts connections, swallows, keeps and delays what passes,
// when told to, and keeps a record of the statements. One thread passes everything on; what it is
// told holds when the call returns.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backends/postgres/postgres_test_statement_record.h"

namespace keepsake {

/// What becomes of the first request that holds a word.
enum class Swallow {
  request,  ///< it is lost, and its connection cut
  answer,   ///< it arrives; when it is answered its connection is cut
  late,     ///< its sender finds the connection cut; deliver() lets it arrive after all
};

class PostgresTestProxy {
 public:
  using Steady = std::chrono::steady_clock;

  /// Passes on to the server at `url`: "postgres://user@127.0.0.1:port/database".
  explicit PostgresTestProxy(const std::string& url) {
    const std::size_t colon = url.rfind(':');
    const std::size_t slash = url.find('/', colon);
    server_port_ = std::stoi(url.substr(colon + 1, slash - colon - 1));
    sockaddr_in any = loopback(0);
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(listening_, reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
    EXPECT_EQ(::listen(listening_, 64), 0);
    socklen_t size = sizeof any;
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&any), &size);
    EXPECT_EQ(::pipe2(wake_, O_CLOEXEC | O_NONBLOCK), 0);
    url_ = url.substr(0, colon + 1) + std::to_string(ntohs(any.sin_port)) + url.substr(slash);
    passing_ = std::thread([this] { pass_all(); });
  }
  ~PostgresTestProxy() {
    {
      const std::scoped_lock lock(mutex_);
      ended_ = true;
    }
    wake();
    passing_.join();
    for (Way& way : ways_) close_both(way);
    for (auto& [number, parcel] : parcels_) ::close(parcel.server);
    for (const int end : {listening_, wake_[0], wake_[1]}) ::close(end);
  }
  PostgresTestProxy(const PostgresTestProxy&) = delete;
  PostgresTestProxy& operator=(const PostgresTestProxy&) = delete;

  /// The address that leads through it.
  [[nodiscard]] const std::string& url() const { return url_; }

  /// Cuts all connections, and those to come at once, until let() is called.
  void cut() {
    const std::scoped_lock lock(mutex_);
    cut_ = true;
    for (Way& way : ways_) hang_up(way);
    wake();
  }
  /// Of those that listen, nothing passes back any more, until let() is called; they stay open, and
  /// nobody is told.
  void hush() {
    const std::scoped_lock lock(mutex_);
    hushed_ = true;
  }
  void let() {
    const std::scoped_lock lock(mutex_);
    cut_ = hushed_ = false;
  }
  /// Of the next request that holds `word`. Gives the number that deliver() takes.
  std::size_t swallow(Swallow what, const std::string& word) {
    const std::scoped_lock lock(mutex_);
    what_ = what;
    word_ = word;
    return ++last_parcel_;
  }
  [[nodiscard]] bool swallowed() {
    const std::scoped_lock lock(mutex_);
    return !what_;
  }
  /// Swallows nothing more. Whether it had swallowed what it was told to.
  bool calm() {
    const std::scoped_lock lock(mutex_);
    return !std::exchange(what_, std::nullopt);
  }
  /// A request that was swallowed as `late` arrives, and is answered to nobody; nothing happens if
  /// none was, or if the server has ended the connection meanwhile.
  void deliver(std::size_t number) {
    Parcel parcel;
    {
      const std::scoped_lock lock(mutex_);
      const auto found = parcels_.find(number);
      if (found == parcels_.end()) return;
      parcel = std::exchange(found->second, {});
      parcels_.erase(found);
    }
    (void)send_all(parcel.server, parcel.bytes);
    std::string answers;
    const Steady::time_point until = Steady::now() + std::chrono::seconds(20);
    char buffer[4096];
    pollfd polled{.fd = parcel.server, .events = POLLIN, .revents = 0};
    while (!is_answered(answers) && Steady::now() < until && ::poll(&polled, 1, 1000) >= 0) {
      if (polled.revents == 0) continue;
      const ssize_t count = ::read(parcel.server, buffer, sizeof buffer);
      if (count <= 0) break;
      answers.append(buffer, static_cast<std::size_t>(count));
    }
    ::close(parcel.server);
  }
  /// From now on each answer is held back for so long.
  void delay(std::chrono::milliseconds by) {
    const std::scoped_lock lock(mutex_);
    delay_ = by;
  }
  /// The statements that were sent since it was asked last.
  [[nodiscard]] std::vector<SentStatement> statements() {
    const std::scoped_lock lock(mutex_);
    return record_.take();
  }
  /// How often the answers to all that was sent were asked for, since it was asked last.
  [[nodiscard]] std::size_t round_trips() {
    const std::scoped_lock lock(mutex_);
    return record_.take_round_trips();
  }
  /// How many were prepared under a name since it was asked last.
  [[nodiscard]] std::size_t prepared() {
    const std::scoped_lock lock(mutex_);
    return record_.take_prepared();
  }

 private:
  /// One connection through it.
  struct Way {
    int client = -1;
    int server = -1;
    bool ended = false;
    bool deaf = false;  ///< no answer goes back any more
    bool listens = false;
    std::string asked;    ///< what was sent and isn't yet recorded
    std::string tail;     ///< the end of what was sent: a word may come in two parts
    std::string answers;  ///< the end of what a deaf one was answered
    Steady::time_point answers_from{};
  };
  /// A request on its way, and the connection on which it will arrive.
  struct Parcel {
    int server = -1;
    std::string bytes;
  };

  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  static void hang_up(Way& way) {
    way.ended = true;
    for (const int end : {way.client, way.server}) ::shutdown(end, SHUT_RDWR);
  }
  static void close_both(const Way& way) {
    for (const int end : {way.client, way.server}) {
      if (end >= 0) ::close(end);
    }
  }
  static bool send_all(int to, std::string_view bytes) {
    return ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  /// The last of an answer is ReadyForQuery, with no transaction open any more, or a failed one.
  static bool is_answered(std::string_view answers) {
    return answers.ends_with(std::string_view("Z\0\0\0\5I", 6)) ||
           answers.ends_with(std::string_view("Z\0\0\0\5E", 6));
  }
  void wake() {
    const char byte = 1;
    (void)!::write(wake_[1], &byte, 1);
  }

  void pass_all() {
    for (;;) {
      std::vector<pollfd> polled;
      std::vector<Way*> of;
      int within_ms = 1000;
      {
        const std::scoped_lock lock(mutex_);
        if (ended_) return;
        drop_ended();
        for (const int end : {listening_, wake_[0]}) polled.push_back({end, POLLIN, 0});
        const Steady::time_point now = Steady::now();
        for (Way& way : ways_) {
          of.push_back(&way);
          polled.push_back({way.client, POLLIN, 0});
          const bool waits = way.answers_from > now;
          polled.push_back({waits ? -1 : way.server, POLLIN, 0});
          if (waits) within_ms = 1;
        }
      }
      if (::poll(polled.data(), polled.size(), within_ms) <= 0) continue;
      const std::scoped_lock lock(mutex_);
      char bytes[64];
      while (::read(wake_[0], bytes, sizeof bytes) > 0) {
      }
      for (std::size_t i = 0; i < of.size(); ++i) {
        if (!of[i]->ended && polled[2 + 2 * i].revents != 0) pass_request(*of[i]);
        if (!of[i]->ended && polled[3 + 2 * i].revents != 0) pass_answer(*of[i]);
      }
      if (polled[0].revents != 0) accept_one();
    }
  }

  void drop_ended() {
    std::erase_if(ways_, [](const Way& way) {
      if (way.ended) close_both(way);
      return way.ended;
    });
  }

  void accept_one() {
    Way way{.client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC)};
    if (way.client >= 0 && !cut_) {
      way.server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in address = loopback(server_port_);
      if (::connect(way.server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
        const int at_once = 1;  // as both sides send, without waiting for more
        for (const int end : {way.client, way.server}) {
          ::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
        }
        ways_.push_back(std::move(way));
        return;
      }
    }
    close_both(way);
  }

  /// Empty at the end of the connection.
  std::string_view take_from(int end) {
    const ssize_t count = ::read(end, buffer_.data(), buffer_.size());
    return {buffer_.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
  }

  void pass_request(Way& way) {
    const std::string_view bytes = take_from(way.client);
    if (bytes.empty()) return hang_up(way);
    way.listens = way.listens || bytes.find("LISTEN ") != std::string_view::npos;
    record_.read(way.asked.append(bytes));
    const std::string looked_at = way.tail + std::string(bytes);
    const std::size_t kept = word_.empty() ? 0 : word_.size() - 1;
    way.tail = looked_at.substr(looked_at.size() - std::min(looked_at.size(), kept));
    way.answers_from = delay_.count() > 0 ? Steady::now() + delay_ : Steady::time_point{};
    if (what_ && looked_at.find(word_) != std::string::npos) {
      const Swallow what = *std::exchange(what_, std::nullopt);
      if (what == Swallow::request) return hang_up(way);
      if (what == Swallow::late) {
        parcels_[last_parcel_] = {std::exchange(way.server, -1), std::string(bytes)};
        return hang_up(way);
      }
      way.deaf = true;
    }
    if (!send_all(way.server, bytes)) hang_up(way);
  }

  void pass_answer(Way& way) {
    const std::string_view bytes = take_from(way.server);
    if (bytes.empty()) return hang_up(way);
    if (way.listens && hushed_) return;
    if (!way.deaf) {
      if (!send_all(way.client, bytes)) hang_up(way);
      return;
    }
    if (is_answered(way.answers.append(bytes))) hang_up(way);
  }

  int listening_ = -1;
  int wake_[2] = {-1, -1};
  int server_port_ = 0;
  std::string url_;
  std::vector<char> buffer_ = std::vector<char>(1 << 16);  ///< of the passing thread

  std::mutex mutex_;  ///< guards the rest
  bool ended_ = false;
  bool cut_ = false;
  bool hushed_ = false;
  std::list<Way> ways_;
  std::optional<Swallow> what_;
  std::string word_;
  std::size_t last_parcel_ = 0;
  std::map<std::size_t, Parcel> parcels_;
  std::chrono::milliseconds delay_{};
  StatementRecord record_;
  std::thread passing_;
};

}  // namespace keepsake
