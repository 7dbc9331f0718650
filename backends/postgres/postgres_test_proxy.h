// A proxy before the test server that cuts connections and swallows what passes, when told to, and
// keeps a record of the statements.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace keepsake {

/// A statement as it was sent: what a Parse message holds, or held under the name that a Bind
/// message bears (PostgreSQL documentation, "Message Formats").
struct SentStatement {
  std::string text;
  std::vector<std::uint32_t> types;  ///< of its parameters
};

/// What becomes of the first request that holds a word.
enum class Swallow { request, answer };

class PostgresTestProxy {
 public:
  /// Passes on to the server at `url`: "postgres://user@127.0.0.1:port/database".
  explicit PostgresTestProxy(const std::string& url) {
    const std::size_t colon = url.rfind(':');
    const std::size_t slash = url.find('/', colon);
    server_port_ = std::stoi(url.substr(colon + 1, slash - colon - 1));
    sockaddr_in any = loopback(0);
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(listening_, reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
    EXPECT_EQ(::listen(listening_, 16), 0);
    socklen_t size = sizeof any;
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&any), &size);
    url_ = url.substr(0, colon + 1) + std::to_string(ntohs(any.sin_port)) + url.substr(slash);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~PostgresTestProxy() {
    ended_ = true;
    acceptor_.join();
    for (std::thread& thread : passing_) thread.join();
    ::close(listening_);
  }
  PostgresTestProxy(const PostgresTestProxy&) = delete;
  PostgresTestProxy& operator=(const PostgresTestProxy&) = delete;

  /// The address that leads through it.
  [[nodiscard]] const std::string& url() const { return url_; }

  /// Cuts all connections, and those to come at once, until let() is called.
  void cut() { cut_ = true; }
  void let() { cut_ = false; }
  /// Of the next request that holds `word`, and its connection is cut.
  void swallow(Swallow what, const std::string& word) {
    const std::scoped_lock lock(mutex_);
    what_ = what;
    word_ = word;
  }
  [[nodiscard]] bool swallowed() {
    const std::scoped_lock lock(mutex_);
    return !what_;
  }
  /// The statements that were sent since it was asked last.
  [[nodiscard]] std::vector<SentStatement> statements() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(statements_, {});
  }
  /// How many were prepared under a name since it was asked last.
  [[nodiscard]] std::size_t prepared() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(prepared_, 0);
  }

 private:
  static std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t number = 0;
    for (std::size_t i = at; i < at + size; ++i) {
      number = number << 8 | static_cast<unsigned char>(bytes[i]);
    }
    return number;
  }
  void record_parse(std::string_view message) {
    const std::size_t text = message.find('\0', 5) + 1;
    const std::size_t end = message.find('\0', text);
    SentStatement sent{.text = std::string(message.substr(text, end - text)), .types = {}};
    for (std::size_t at = end + 3; at < message.size(); at += 4) {
      sent.types.push_back(number_at(message, at, 4));
    }
    const std::string_view name = message.substr(5, text - 6);
    if (name.empty()) {
      statements_.push_back(std::move(sent));
    } else {
      named_[std::string(name)] = std::move(sent);
      ++prepared_;
    }
  }
  /// Takes whole messages off the front of `bytes`. Those that begin a connection have no type.
  void record(std::string& bytes) {
    const std::scoped_lock lock(mutex_);
    while (bytes.size() >= 5) {
      const std::size_t head = bytes[0] == 0 ? 0 : 1;
      const std::size_t size = head + number_at(bytes, head, 4);
      if (bytes.size() < size) return;
      if (bytes[0] == 'P') record_parse(std::string_view(bytes).substr(0, size));
      if (bytes[0] == 'B') {
        const std::size_t name = bytes.find('\0', 5) + 1;
        const auto named = named_.find(bytes.substr(name, bytes.find('\0', name) - name));
        if (named != named_.end()) statements_.push_back(named->second);
      }
      bytes.erase(0, size);
    }
  }

  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  void accept_all() {
    while (!ended_) {
      pollfd polled{.fd = listening_, .events = POLLIN, .revents = 0};
      if (::poll(&polled, 1, 20) <= 0) continue;
      const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client >= 0) passing_.emplace_back([this, client] { pass(client); });
    }
  }

  std::optional<Swallow> to_swallow(std::string_view bytes) {
    const std::scoped_lock lock(mutex_);
    if (!what_ || bytes.find(word_) == std::string_view::npos) return std::nullopt;
    return std::exchange(what_, std::nullopt);
  }

  void pass(int client) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(server_port_);
    bool good = ::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    bool deaf = false;  // no answer goes back any more
    std::vector<char> buffer(1 << 16);
    std::string to_record;
    while (good && !ended_ && !cut_) {
      pollfd polled[2] = {{.fd = client, .events = POLLIN, .revents = 0},
                          {.fd = server, .events = POLLIN, .revents = 0}};
      if (::poll(polled, 2, 5) <= 0) continue;
      for (const int side : {0, 1}) {
        if (polled[side].revents == 0 || !good) continue;
        const ssize_t count = ::read(polled[side].fd, buffer.data(), buffer.size());
        if (count <= 0) good = false;
        const std::string_view bytes(buffer.data(),
                                     count > 0 ? static_cast<std::size_t>(count) : 0);
        if (side == 1 && deaf) good = false;  // the server has answered
        if (!good) break;
        if (side == 0) {
          record(to_record.append(bytes));
          const auto what = to_swallow(bytes);
          if (what == Swallow::request) good = false;
          deaf = deaf || what == Swallow::answer;
        }
        good = good && ::write(polled[1 - side].fd, bytes.data(), bytes.size()) ==
                           static_cast<ssize_t>(bytes.size());
      }
    }
    ::close(client);
    ::close(server);
  }

  int listening_ = -1;
  int server_port_ = 0;
  std::string url_;
  std::atomic<bool> cut_{false};
  std::atomic<bool> ended_{false};
  std::mutex mutex_;
  std::optional<Swallow> what_;                 ///< guarded by mutex_
  std::string word_;                            ///< guarded by mutex_
  std::vector<SentStatement> statements_;       ///< guarded by mutex_
  std::map<std::string, SentStatement> named_;  ///< guarded by mutex_: prepared, by name
  std::size_t prepared_ = 0;                    ///< guarded by mutex_
  std::vector<std::thread> passing_;
  std::thread acceptor_;
};

}  // namespace keepsake
