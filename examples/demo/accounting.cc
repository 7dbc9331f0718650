#include "examples/demo/accounting.h"

#include <algorithm>

namespace demo {

namespace {

constexpr std::size_t kExamples = 3;

class Findings {
 public:
  void add(const std::string& what, const std::string& example) {
    auto found = std::find_if(list_.begin(), list_.end(),
                              [&](const Finding& finding) { return finding.what == what; });
    if (found == list_.end()) found = list_.insert(list_.end(), {.what = what, .examples = {}});
    ++found->count;
    if (found->examples.size() < kExamples) found->examples.push_back(example);
  }
  std::vector<Finding> take() { return std::move(list_); }

 private:
  std::vector<Finding> list_;
};

std::string at(const std::string& key, Number number) {
  return key + " #" + std::to_string(number);
}

/// What is stored under each number, over all players.
struct Stored {
  std::map<Number, int> sides;  ///< how many players have it
  std::map<Number, Kind> kinds;
  std::map<Number, int> relics;  ///< how many players hold the relic that this number granted
};

void settle_player(const Books& books, std::int64_t user, const std::string& key,
                   const StoredPlayer* player, Accounting& accounting, Findings& findings) {
  std::map<Number, std::int64_t> slips;
  std::int64_t sum = 0;
  if (player != nullptr) {
    for (const StoredSlip& slip : player->slips) {
      sum += slip.change;
      if (!slips.emplace(slip.slip.number, slip.change).second) {
        ++accounting.doubled;
        findings.add("an operation is stored twice with its player", at(key, slip.slip.number));
      }
    }
  }
  for (const auto& [number, change] : books.witness.of(user)) {
    const auto found = slips.find(number);
    if (found == slips.end() && books.may_be_lost && books.may_be_lost(user, number)) {
      ++accounting.excused;
    } else if (found == slips.end()) {
      ++accounting.lost;
      findings.add("an operation that had returned is lost", at(key, number));
    } else if (found->second != change) {
      findings.add("an operation is stored with another change", at(key, number));
    }
  }
  if (player == nullptr) return;
  const auto start = books.start.find(key);
  const std::int64_t before = start != books.start.end() ? start->second : books.start_of_new;
  if (player->coins != before + sum) {
    findings.add("a balance is not its start and its changes",
                 key + ": " + std::to_string(before) + " + " + std::to_string(sum) +
                     " != " + std::to_string(player->coins));
  }
  if (player->owned) findings.add("a session was left behind", key);
}

void settle_numbers(const Books& books, const Stored& stored, Accounting& accounting,
                    Findings& findings) {
  std::set<Number> witnessed;
  for (const Operation& operation : books.witness.operations()) witnessed.insert(operation.number);
  std::map<std::int64_t, int> unknown;
  for (const auto& [number, sides] : stored.sides) {
    const Kind kind = stored.kinds.at(number);
    if (!witnessed.contains(number)) {
      ++accounting.unwitnessed;
      const std::int64_t server = server_of(number);
      const auto kills = books.kills.find(server);
      if (++unknown[server] > (kills != books.kills.end() ? kills->second : 0)) {
        ++accounting.doubled;
        findings.add("more than one operation per kill is stored that nobody was told of",
                     "#" + std::to_string(number));
      }
    }
    accounting.trades += kind == Kind::trade ? 1 : 0;
    if (sides != (kind == Kind::trade ? 2 : 1)) {
      findings.add("a trade is stored on one side only", "#" + std::to_string(number));
    }
    if (kind == Kind::grant && !stored.relics.contains(number)) {
      ++accounting.lost;
      findings.add("a traded item has no owner", relic_id(number));
    }
  }
  for (const auto& [number, owners] : stored.relics) {
    if (owners < 2) continue;
    ++accounting.doubled;
    findings.add("a traded item has two owners", relic_id(number));
  }
}

}  // namespace

Accounting settle(const Books& books, const std::map<std::string, StoredPlayer>& stored) {
  Accounting accounting;
  Findings findings;
  Stored numbers;
  for (const auto& [key, player] : stored) {
    for (const StoredSlip& slip : player.slips) {
      ++numbers.sides[slip.slip.number];
      numbers.kinds[slip.slip.number] = slip.slip.kind;
      accounting.balance_moved += slip.change;
    }
    for (const Number relic : player.relics) ++numbers.relics[relic];
  }
  for (const auto& [user, key] : books.keys) {
    const auto player = stored.find(key);
    settle_player(books, user, key, player != stored.end() ? &player->second : nullptr, accounting,
                  findings);
  }
  for (const auto& [key, coins] : books.start) {
    if (stored.contains(key)) continue;
    ++accounting.lost;
    findings.add("a player is gone", key);
  }
  settle_numbers(books, numbers, accounting, findings);
  accounting.players = stored.size();
  accounting.witnessed = books.witness.operations().size();
  accounting.stored = numbers.sides.size();
  accounting.relics = numbers.relics.size();
  accounting.findings = findings.take();
  return accounting;
}

}  // namespace demo
