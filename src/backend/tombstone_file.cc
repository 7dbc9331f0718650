#include "src/backend/tombstone_file.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "src/backend/erasure_operations.h"

namespace keepsake {

namespace {

constexpr std::string_view kHeader = "keepsake-tombstones 1 ";
constexpr std::size_t kHashDigits = 64;

std::string line_of(const Tombstone& tombstone) {
  return std::to_string(static_cast<int>(tombstone.kind)) + ' ' + tombstone.hash + ' ' +
         std::to_string(tombstone.at_ms) + ' ' + tombstone.token.text() + '\n';
}

std::string_view next_word(std::string_view& line) {
  const std::size_t space = line.find(' ');
  const std::string_view word = line.substr(0, space);
  line.remove_prefix(space == line.npos ? line.size() : space + 1);
  return word;
}

std::optional<Tombstone> parse_line(std::string_view line) {
  Tombstone read;
  const std::string_view kind = next_word(line);
  read.hash = next_word(line);
  const std::string_view at = next_word(line);
  const auto token = Id128::parse(next_word(line));
  if (kind.size() != 1 || kind[0] < '1' || kind[0] > '3') return std::nullopt;
  if (read.hash.size() != kHashDigits || !token || !line.empty()) return std::nullopt;
  const auto [end, fault] = std::from_chars(at.data(), at.data() + at.size(), read.at_ms);
  if (fault != std::errc() || end != at.data() + at.size()) return std::nullopt;
  read.kind = static_cast<TombstoneKind>(kind[0] - '0');
  read.token = *token;
  return read;
}

/// Durably, in place of what was never finished.
Result<void> append(FileSystem& files, const std::string& path, std::uint64_t at,
                    std::string_view text, bool is_new) {
  auto file = files.open(path, is_new && !files.exists(path) ? OpenMode::create : OpenMode::write);
  if (!file) return std::move(file).error();
  Result<void> good = (*file)->write_at(at, text);
  if (good) good = (*file)->sync();
  const std::size_t name = path.rfind('/') + 1;
  if (good && is_new) good = files.sync_directory(name == 0 ? "." : path.substr(0, name));
  return good;
}

Error not_ours(const std::string& path, std::size_t line) {
  return Error(ErrorCode::wrong_format, "the file of tombstones " + path + " can't be read")
      .found("line " + std::to_string(line))
      .remedy("put back the file as it was written; without it nobody knows who was erased");
}

}  // namespace

Result<TombstoneFile> read_tombstones(FileSystem& files, const std::string& path) {
  auto file = files.open(path, OpenMode::read);
  if (!file && file.error().code() == ErrorCode::not_found) return TombstoneFile{};
  if (!file) return std::move(file).error();
  auto size = (*file)->size();
  if (!size) return std::move(size).error();
  auto bytes = (*file)->read_at(0, *size);
  if (!bytes) return std::move(bytes).error();
  TombstoneFile all;
  std::string_view rest = *bytes;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    if (end == rest.npos) break;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    all.whole_bytes = bytes->size() - rest.size();
    if (number == 1) {
      if (!line.starts_with(kHeader)) return not_ours(path, number);
      all.fingerprint = line.substr(kHeader.size());
      continue;
    }
    auto read = parse_line(line);
    if (!read) return not_ours(path, number);
    all.tombstones.push_back(*std::move(read));
  }
  return all;
}

Result<void> note_tombstones(FileSystem& files, const std::string& path, Tables& tables,
                             const Erase& request) {
  auto secret = tables.tombstone_secret();
  if (!secret) return std::move(secret).error();
  auto there = read_tombstones(files, path);
  if (!there) return std::move(there).error();
  const std::string fingerprint = fingerprint_of_secret(*secret);
  if (!there->fingerprint.empty() && there->fingerprint != fingerprint) {
    return Error(ErrorCode::wrong_format, "the file " + path + " is another database's")
        .expected("tombstones of the secret " + fingerprint)
        .found("of " + there->fingerprint)
        .remedy("put the right file there, or move this one away");
  }
  auto tombstones = tombstones_of(tables, request);
  if (!tombstones) return std::move(tombstones).error();
  const bool is_new = there->fingerprint.empty();
  std::string text = is_new ? std::string(kHeader) + fingerprint + '\n' : std::string();
  for (const Tombstone& tombstone : *tombstones) text += line_of(tombstone);
  return append(files, path, there->whole_bytes, text, is_new);
}

}  // namespace keepsake
