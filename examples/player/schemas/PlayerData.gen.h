// Written by "keepsake schema lock"; not edited by hand.
#pragma once

#include "keepsake/datum/catalog.h"

namespace published {

inline constexpr keepsake::PublishedVersion PlayerData[] = {
    {"1", "",
     R"json({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"version":{"const":"1"},"coins":{"type":"integer"},"inventory":{"type":"array","items":{"type":"string"}},"joinedAt":{"type":"number"}},"required":["version","coins","inventory","joinedAt"]})json"},
    {"2", "",
     R"json({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"version":{"const":"2"},"coins":{"type":"integer"},"gems":{"type":"integer"},"inventory":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"quantity":{"type":"integer"}},"required":["id","quantity"]}},"joinedAt":{"type":"number"},"stats":{"type":"object","properties":{"kills":{"type":"integer"},"deaths":{"type":"integer"},"playtime":{"type":"number"}},"required":["kills","deaths","playtime"]}},"required":["version","coins","gems","inventory","joinedAt","stats"]})json"},
    {"3", "",
     R"json({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"version":{"const":"3"},"currency":{"type":"object","properties":{"coins":{"type":"integer"},"gems":{"type":"integer"},"premium":{"type":"integer"}},"required":["coins","gems","premium"]},"inventory":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string"},"quantity":{"type":"integer"},"equipped":{"anyOf":[{"type":"boolean"},{"type":"null"}]}},"required":["id","quantity"]}},"joinedAt":{"type":"number"},"stats":{"type":"object","properties":{"kills":{"type":"integer"},"deaths":{"type":"integer"},"playtime":{"type":"number"},"wins":{"type":"integer"}},"required":["kills","deaths","playtime","wins"]},"settings":{"type":"object","properties":{"music":{"type":"boolean"},"sfx":{"type":"boolean"},"notifications":{"type":"boolean"}},"required":["music","sfx","notifications"]}},"required":["version","currency","inventory","joinedAt","stats","settings"]})json"},
};

}  // namespace published
