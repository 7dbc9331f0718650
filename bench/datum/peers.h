// What others would do with the example's player: the libraries' own ways, by hand, with the checks
// that Keepsake makes of the same data.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "examples/player/player.h"

namespace bench {

/// Text with the room behind it that simdjson asks for.
class PaddedText {
 public:
  explicit PaddedText(std::string_view text);
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), bytes_.size() - kPadding}; }
  [[nodiscard]] std::size_t capacity() const { return bytes_.size(); }

 private:
  static constexpr std::size_t kPadding = 64;
  std::string bytes_;
};

/// Members that the struct doesn't have, kept as text.
struct UnknownMember {
  std::string name;
  std::string json;
};

/// simdjson's on-demand reader, which looks at each token once, and its DOM. Its parsers are kept
/// from one document to the next.
class Simdjson {
 public:
  Simdjson();
  ~Simdjson();
  Simdjson(const Simdjson&) = delete;
  Simdjson& operator=(const Simdjson&) = delete;

  /// Types, members that are missing or stand there twice, integers written as doubles, text behind
  /// the end; unknown members are kept.
  bool read(const PaddedText& json, example::Player& out, std::vector<UnknownMember>& unknown);
  /// Parses and does nothing else. How many members the document has, or 0 on a fault.
  std::size_t parse_tree(const PaddedText& json);

 private:
  struct Parsers;
  std::unique_ptr<Parsers> parsers_;
};

/// nlohmann's tree, then the struct out of it.
bool read_with_nlohmann(std::string_view json, example::Player& out);

/// RapidJSON's writer, into a buffer that is kept.
class RapidJson {
 public:
  RapidJson();
  ~RapidJson();
  RapidJson(const RapidJson&) = delete;
  RapidJson& operator=(const RapidJson&) = delete;

  /// Valid until the next call.
  std::string_view write(const example::Player& player);

 private:
  struct Buffer;
  std::unique_ptr<Buffer> buffer_;
};

/// libcbor's items, made or read, and the struct from or to them.
std::string write_with_libcbor(const example::Player& player);
bool read_with_libcbor(std::string_view cbor, example::Player& out);

}  // namespace bench
