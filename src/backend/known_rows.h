// KnownRows: which row of the tables a key was, and the marks that stood in it, when this
// connection last wrote it. A guess: other processes write the rows, too, and a transaction may be
// rolled back. The one statement that uses it compares everything with the row as it is
// (sql::kSaveAtOnce).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "keepsake/backend/record.h"

namespace keepsake {

struct KnownRow {
  std::int64_t id = 0;
  std::vector<EpochMark> marks;
  std::string encoded_marks;
};

class KnownRows {
 public:
  /// nullptr if it isn't known. Valid until the next call.
  [[nodiscard]] KnownRow* find(const ProfileKey& key) {
    const auto found = rows_.find(key);
    return found == rows_.end() ? nullptr : &found->second;
  }
  void note(const ProfileKey& key, KnownRow row) {
    if (rows_.size() >= kMost) rows_.clear();  // those in use come back with their next save
    rows_.insert_or_assign(key, std::move(row));
  }
  void forget(const ProfileKey& key) { rows_.erase(key); }

 private:
  struct Hash {
    std::size_t operator()(const ProfileKey& key) const noexcept {
      const std::hash<std::string> hash;
      return hash(key.key) * 31 + hash(key.store);
    }
  };
  static constexpr std::size_t kMost = 20'000;

  std::unordered_map<ProfileKey, KnownRow, Hash> rows_;
};

}  // namespace keepsake
