#include "src/datum/match_items.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace keepsake {

namespace {

constexpr int kMostEdits = 500;

std::size_t mix(std::size_t a, std::size_t b) {
  return (std::rotl(a, 5) ^ b) * std::size_t{0x9E3779B97F4A7C15};
}

/// The same for equal values.
std::size_t hash_of(const Value& value) {
  using enum Value::Kind;
  const auto kind = static_cast<std::size_t>(value.kind());
  switch (value.kind()) {
    case null: return 1;
    case boolean: return value.as_bool() ? 2 : 3;
    case integer:
    case number: return std::hash<double>{}(value.as_number());
    case string: return mix(kind, std::hash<std::string_view>{}(value.as_string()));
    case bytes: return mix(kind, std::hash<std::string_view>{}(value.as_bytes()));
    case array: {
      std::size_t hash = kind;
      for (const Value& item : value.items()) hash = mix(hash, hash_of(item));
      return hash;
    }
    case object: {
      std::size_t sum = kind;  // whatever the order
      for (const Member& member : value.members()) {
        sum += mix(std::hash<std::string_view>{}(member.name), hash_of(member.value));
      }
      return sum;
    }
  }
  return 0;
}

/// Gives equal values the same number.
class Numbering {
 public:
  std::vector<int> number(std::span<const Value> items) {
    std::vector<int> numbers;
    numbers.reserve(items.size());
    for (const Value& item : items) numbers.push_back(number(item));
    return numbers;
  }

 private:
  int number(const Value& item) {
    std::vector<int>& same_hash = by_hash_[hash_of(item)];
    for (const int known : same_hash) {
      if (*known_[static_cast<std::size_t>(known)] == item) return known;
    }
    known_.push_back(&item);
    same_hash.push_back(static_cast<int>(known_.size()) - 1);
    return same_hash.back();
  }
  std::unordered_map<std::size_t, std::vector<int>> by_hash_;
  std::vector<const Value*> known_;
};

using Numbers = std::span<const int>;
using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

/// E. W. Myers, "An O(ND) difference algorithm and its variations" (1986), the greedy algorithm.
class ShortestWay {
 public:
  ShortestWay(Numbers a, Numbers b)
      : a_(a),
        b_(b),
        most_(std::min(static_cast<int>(a.size() + b.size()), kMostEdits)),
        furthest_(2 * static_cast<std::size_t>(most_) + 3, 0) {}

  /// The pairs of equal items on it, last first; nothing if it has more than kMostEdits edits.
  Pairs pairs() {
    for (int edits = 0; edits <= most_; ++edits) {
      trace_.emplace_back(&at(-edits), &at(edits) + 1);
      if (go(edits)) return walk_back(edits);
    }
    return {};
  }

 private:
  [[nodiscard]] int& at(int diagonal) {
    return furthest_[static_cast<std::size_t>(diagonal + most_ + 1)];
  }
  [[nodiscard]] bool same(int x, int y) const {
    return a_[static_cast<std::size_t>(x)] == b_[static_cast<std::size_t>(y)];
  }

  bool go(int edits) {
    const int n = static_cast<int>(a_.size());
    const int m = static_cast<int>(b_.size());
    for (int k = -edits; k <= edits; k += 2) {
      // From above: an item of b that a doesn't have; from below: one of a that b doesn't have.
      int x = 0;
      if (edits > 0) {
        const bool above = k == -edits || (k != edits && at(k - 1) < at(k + 1));
        x = above ? at(k + 1) : at(k - 1) + 1;
      }
      while (x < n && x - k < m && same(x, x - k)) ++x;
      at(k) = x;
      if (x >= n && x - k >= m) return true;
    }
    return false;
  }

  [[nodiscard]] Pairs walk_back(int edits) const {
    Pairs pairs;
    int x = static_cast<int>(a_.size());
    int y = static_cast<int>(b_.size());
    const auto back_to = [&](int least_x, int least_y) {
      while (x > least_x && y > least_y) {
        --x;
        --y;
        pairs.emplace_back(static_cast<std::size_t>(x), static_cast<std::size_t>(y));
      }
    };
    for (; edits > 0; --edits) {
      const std::vector<int>& before = trace_[static_cast<std::size_t>(edits)];
      const auto x_at = [&](int diagonal) {
        return before[static_cast<std::size_t>(diagonal + edits)];
      };
      const int k = x - y;
      const bool above = k == -edits || (k != edits && x_at(k - 1) < x_at(k + 1));
      const int from = above ? k + 1 : k - 1;
      back_to(x_at(from), x_at(from) - from);
      x = x_at(from);
      y = x - from;
    }
    back_to(0, 0);
    return pairs;
  }

  Numbers a_;
  Numbers b_;
  int most_;
  std::vector<int> furthest_;            // x, by diagonal x - y
  std::vector<std::vector<int>> trace_;  // of each round: furthest_ from -edits to edits, before it
};

void add_run(std::vector<ItemRun>& runs, const ItemRun& run) {
  if (run.before == 0 && run.after == 0) return;
  if (run.same && !runs.empty() && runs.back().same) {
    runs.back().before += run.before;
    runs.back().after += run.after;
  } else {
    runs.push_back(run);
  }
}

}  // namespace

std::vector<ItemRun> match_items(std::span<const Value> before, std::span<const Value> after) {
  const std::size_t shorter = std::min(before.size(), after.size());
  std::size_t first = 0;
  while (first < shorter && before[first] == after[first]) ++first;
  std::size_t last = 0;
  while (last < shorter - first &&
         before[before.size() - 1 - last] == after[after.size() - 1 - last]) {
    ++last;
  }
  const auto a = before.subspan(first, before.size() - first - last);
  const auto b = after.subspan(first, after.size() - first - last);
  Pairs pairs;
  if (!a.empty() && !b.empty()) {
    Numbering numbering;
    const std::vector<int> x = numbering.number(a);
    const std::vector<int> y = numbering.number(b);
    pairs = ShortestWay(x, y).pairs();
  }
  std::vector<ItemRun> runs;
  add_run(runs, {.same = true, .before = first, .after = first});
  std::size_t at_a = 0;
  std::size_t at_b = 0;
  for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) {
    add_run(runs, {.same = false, .before = pair->first - at_a, .after = pair->second - at_b});
    add_run(runs, {.same = true, .before = 1, .after = 1});
    at_a = pair->first + 1;
    at_b = pair->second + 1;
  }
  add_run(runs, {.same = false, .before = a.size() - at_a, .after = b.size() - at_b});
  add_run(runs, {.same = true, .before = last, .after = last});
  return runs;
}

}  // namespace keepsake
