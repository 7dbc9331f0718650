// Written by "keepsake schema lock"; not edited by hand.
#pragma once

#include "keepsake/datum/catalog.h"

namespace published {

inline constexpr keepsake::PublishedVersion Heroes[] = {
    {"1", "",
     R"json({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"version":{"const":"1"},"coins":{"type":"integer"}},"required":["version","coins"]})json"},
};

}  // namespace published
