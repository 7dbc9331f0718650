// The command line as a library: import, get, list, quarantine, sessions, servers, inbox, journal
// recovery, and files of data without a database, for the stores of the catalogs that it is given.
// docs/cli.md describes every command. A game's own tool is this:
//
//   int main(int argc, char** argv) {
//     return keepsake::cli::run(argc, argv, {player_catalog(), guild_catalog()});
//   }
#pragma once

#include <vector>

#include "keepsake/datum/catalog.h"

namespace keepsake::cli {

/// Runs one command on the process's standard streams and gives its exit status: 0 if all went
/// well; 1 if it failed or refused something, which one line on stderr says, beginning "keepsake:
/// "; 2 if the arguments make no sense. Throws nothing. Blocks until the command is done; call it
/// from `main`, once at a time.
///
/// `catalogs`: the stores that this program knows, each with another store name. Commands that look
/// into data need the catalog of its store; where there is one only, `--store` may be left out.
[[nodiscard]] int run(int argc, char** argv, const std::vector<AnyCatalog>& catalogs);

}  // namespace keepsake::cli
