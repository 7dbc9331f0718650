#include "src/cli/lock_file.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "keepsake/datum/fingerprint.h"

namespace keepsake::cli {

namespace {

constexpr std::string_view kHead =
    "# What is published. Written by \"keepsake schema lock\", held by \"keepsake schema check\".\n"
    "keepsake-catalog-lock 1\n";
constexpr std::string_view kFormat = "keepsake-catalog-lock 1";
constexpr std::string_view kHash = "sha256:";
constexpr std::string_view kCompatible = "compatible-with";
constexpr std::string_view kFunction = "function";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

/// file_word() undone; nothing where it is none.
std::optional<std::string> name_of(std::string_view word) {
  std::string name;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (is_plain(word[i])) {
      name += word[i];
      continue;
    }
    if (word[i] != '%' || i + 2 >= word.size()) return std::nullopt;
    const std::optional<int> high = hex_digit(word[i + 1]);
    const std::optional<int> low = hex_digit(word[i + 2]);
    if (!high || !low) return std::nullopt;
    name += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return name;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t end = line.find(' ');
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end + 1);
  }
}

std::optional<std::string> fingerprint_of(std::string_view word) {
  if (!word.starts_with(kHash)) return std::nullopt;
  const std::string_view digits = word.substr(kHash.size());
  const bool good =
      digits.size() == 64 && digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return good ? std::optional<std::string>(digits) : std::nullopt;
}

/// One line; false where it is none.
bool take_line(std::string_view line, LockFile& file) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.size() < 4) return false;
  const auto store = name_of(words[1]);
  const auto first = name_of(words[2]);
  if (!store || !first) return false;
  if (words[0] == "schema") {
    const bool compatible = words.size() == 6 && words[3] == kCompatible;
    if (words.size() != 4 && !compatible) return false;
    const auto oldest = compatible ? name_of(words[4]) : std::optional<std::string>("");
    const auto print = fingerprint_of(words.back());
    if (!oldest || !print || file.schema(*store, *first) != nullptr) return false;
    file.schemas.push_back({*store, *first, *oldest, *print});
    return true;
  }
  if (words[0] != "step" || words.size() != 5) return false;
  const auto to = name_of(words[3]);
  const auto print =
      words[4] == kFunction ? std::optional<std::string>("") : fingerprint_of(words[4]);
  if (!to || !print || file.step(*store, *first, *to) != nullptr) return false;
  file.steps.push_back({*store, *first, *to, *print});
  return true;
}

}  // namespace

std::string file_word(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string word;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain(c)) {
      word += c;
    } else {
      word += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return word;
}

Result<LockFile> LockFile::parse(std::string_view text) {
  LockFile file;
  bool has_head = false;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const bool good = has_head ? take_line(line, file) : line == kFormat;
    if (good) {
      has_head = true;
      continue;
    }
    return Error(has_head ? ErrorCode::malformed : ErrorCode::wrong_format,
                 "line " + std::to_string(number))
        .expected(has_head ? "a schema or a step, once" : "\"" + std::string(kFormat) + "\"")
        .found("another line")
        .remedy("bring the file back as it was last published");
  }
  return file;
}

LockFile LockFile::of(const AnyCatalog& catalog) {
  LockFile file;
  for (const VersionInfo& version : catalog.versions()) {
    const auto oldest = static_cast<std::size_t>(version.last_compatible - 1);
    const bool itself = version.last_compatible == version.ordinal;
    file.schemas.push_back({catalog.store_name(), version.name,
                            itself ? std::string() : catalog.versions()[oldest].name,
                            fingerprint(version.schema)});
  }
  for (const Plan::Step& step : catalog.plan().steps()) {
    file.steps.push_back({catalog.store_name(), std::string(step.from), std::string(step.to),
                          step.changes == nullptr ? std::string() : fingerprint(*step.changes)});
  }
  return file;
}

std::string LockFile::text() const {
  std::string text(kHead);
  std::vector<std::string> stores;
  for (const LockedSchema& schema : schemas) {
    if (std::find(stores.begin(), stores.end(), schema.store) == stores.end()) {
      stores.push_back(schema.store);
    }
  }
  std::sort(stores.begin(), stores.end());
  for (const std::string& store : stores) {
    const std::string name = file_word(store);
    for (const LockedSchema& schema : schemas) {
      if (schema.store != store) continue;
      text += "schema " + name + " " + file_word(schema.version) + " ";
      if (!schema.compatible_with.empty()) {
        text += std::string(kCompatible) + " " + file_word(schema.compatible_with) + " ";
      }
      text += std::string(kHash) + schema.fingerprint + "\n";
    }
    for (const LockedStep& step : steps) {
      if (step.store != store) continue;
      text += "step " + name + " " + file_word(step.from) + " " + file_word(step.to) + " " +
              (step.fingerprint.empty() ? std::string(kFunction)
                                        : std::string(kHash) + step.fingerprint) +
              "\n";
    }
  }
  return text;
}

const LockedSchema* LockFile::schema(std::string_view store, std::string_view version) const {
  const auto found = std::find_if(schemas.begin(), schemas.end(), [&](const LockedSchema& schema) {
    return schema.store == store && schema.version == version;
  });
  return found == schemas.end() ? nullptr : &*found;
}

const LockedStep* LockFile::step(std::string_view store, std::string_view from,
                                 std::string_view to) const {
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const LockedStep& step) {
    return step.store == store && step.from == from && step.to == to;
  });
  return found == steps.end() ? nullptr : &*found;
}

void LockFile::replace(std::string_view store, const LockFile& other) {
  std::erase_if(schemas, [store](const LockedSchema& schema) { return schema.store == store; });
  std::erase_if(steps, [store](const LockedStep& step) { return step.store == store; });
  for (const LockedSchema& schema : other.schemas) {
    if (schema.store == store) schemas.push_back(schema);
  }
  for (const LockedStep& step : other.steps) {
    if (step.store == store) steps.push_back(step);
  }
}

}  // namespace keepsake::cli
