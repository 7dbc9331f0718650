#include "bench/example_players.h"

#include <fstream>
#include <string>

#include "bench/report.h"
#include "keepsake/datum/json.h"

namespace bench {

using keepsake::Value;

std::vector<Value> example_players(const keepsake::AnyCatalog& catalog) {
  std::ifstream file("examples/player/players.jsonl");
  std::vector<Value> all;
  for (std::string line; std::getline(file, line);) {
    const Value document = keepsake::parse_json(line).value();
    all.push_back(catalog.import_data(*document.find("document")->find("Data")).value().data);
  }
  if (all.empty()) fail("examples/player/players.jsonl can't be read from here");
  return all;
}

Value player_without_things(const std::vector<Value>& players, std::mt19937_64& random) {
  Value player = players[random() % players.size()];
  player.set("inventory", Value::array());
  return player;
}

Value thing_of(const std::vector<Value>& players, std::mt19937_64& random) {
  const Value* things = nullptr;
  do {
    things = players[random() % players.size()].find("inventory");
  } while (things->size() == 0);
  Value thing = things->items()[random() % things->size()];
  thing.set("quantity", static_cast<std::int64_t>(1 + random() % 99));
  return thing;
}

}  // namespace bench
