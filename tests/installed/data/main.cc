// Data alone: a struct as its schema, JSON and CBOR.
#include <iostream>

#include "keepsake/datum/cbor.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/struct.h"

struct Item {
  std::string id;
  std::int64_t quantity = 1;
};

int main() {
  const auto item = keepsake::decode_json<Item>(R"({"id":"sword","quantity":3})");
  if (!item) return 1;
  const auto value = keepsake::parse_json(keepsake::encode_json(item->value));
  if (!value) return 2;
  std::cout << item->value.id << " in " << keepsake::write_cbor(*value).size() << " bytes\n";
  return keepsake::decode_json<Item>(R"({"id":7})") ? 3 : 0;
}
