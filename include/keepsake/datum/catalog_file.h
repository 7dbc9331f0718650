// Catalogs as files, so that tools can look into a store's data without the program that the store
// is of. A file is JSON; `keepsake schema export` writes it, `--catalog FILE` reads it:
//
//   {"keepsake":"catalog","form":1,"store":"PlayerData","current":"3",
//    "versions":[{"version":"1","schema":{…}},
//                {"version":"2","compatible_with":"1","schema":{…}},
//                {"version":"3","schema":{…}}],
//    "steps":[{"from":"1","to":"2","changes":[…]},
//             {"from":"2","to":"3","function":true,"back":true}],
//    "examples":[{"version":"1",…}],
//    "new_profile":{"data":{…},"by_time":["/joinedAt"]}}
//
// Schemas are JSON Schema (json_schema.h), in declared order; changes are those of change_form.h.
// What is code can't be held: a step that is a function is there in name, and data that would have
// to take it are refused (step_unknown); predicates are known by their words and always hold;
// what a new profile starts with is held as it is at one moment. Everything else means in a
// catalog out of a file what it means in the program's own.
#pragma once

#include <string>
#include <vector>

#include "keepsake/base/result.h"
#include "keepsake/datum/any_catalog.h"
#include "keepsake/datum/value.h"

namespace keepsake {

/// The same file for the same catalog, and for one that was read from it. callback_threw or
/// invalid_data where the catalog's new_profile fails.
[[nodiscard]] Result<Value> to_catalog_file(const AnyCatalog& catalog);

/// A catalog without a struct. invalid_schema, with the pointer in the file, of what is not
/// understood; else the errors of CatalogBuilder::lock(), since all that can be is proved anew.
/// If `unheld` is given, the pointers of predicates are added to it.
[[nodiscard]] Result<AnyCatalog> from_catalog_file(const Value& file,
                                                   std::vector<std::string>* unheld = nullptr);

}  // namespace keepsake
