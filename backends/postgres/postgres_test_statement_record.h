// The statements in what clients send to PostgreSQL.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keepsake {

/// A statement as it was sent: what a Parse message holds, or held under the name that a Bind
/// message bears (PostgreSQL documentation, "Message Formats").
struct SentStatement {
  std::string text;
  std::vector<std::uint32_t> types;  ///< of its parameters
};

class StatementRecord {
 public:
  /// Takes whole messages off the front of `bytes`. Those that begin a connection have no type.
  void read(std::string& bytes) {
    while (bytes.size() >= 5) {
      const std::size_t head = bytes[0] == 0 ? 0 : 1;
      const std::size_t size = head + number_at(bytes, head, 4);
      if (bytes.size() < size) return;
      if (bytes[0] == 'S') ++round_trips_;
      if (bytes[0] == 'P') read_parse(std::string_view(bytes).substr(0, size));
      if (bytes[0] == 'B') {
        const std::size_t name = bytes.find('\0', 5) + 1;
        const auto named = named_.find(bytes.substr(name, bytes.find('\0', name) - name));
        if (named != named_.end()) statements_.push_back(named->second);
      }
      bytes.erase(0, size);
    }
  }
  /// Those since it was asked last.
  [[nodiscard]] std::vector<SentStatement> take() { return std::exchange(statements_, {}); }
  /// How many were prepared under a name since it was asked last.
  [[nodiscard]] std::size_t take_prepared() { return std::exchange(prepared_, 0); }
  /// How often the answers to all that was sent were asked for, since it was asked last.
  [[nodiscard]] std::size_t take_round_trips() { return std::exchange(round_trips_, 0); }

 private:
  static std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t number = 0;
    for (std::size_t i = at; i < at + size; ++i) {
      number = number << 8 | static_cast<unsigned char>(bytes[i]);
    }
    return number;
  }
  void read_parse(std::string_view message) {
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

  std::vector<SentStatement> statements_;
  std::map<std::string, SentStatement> named_;  ///< prepared, by name
  std::size_t prepared_ = 0, round_trips_ = 0;
};

}  // namespace keepsake
