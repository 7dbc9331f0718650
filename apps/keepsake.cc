// The stock command line: it knows the example game's store.
#include "examples/player/player_catalog.h"
#include "keepsake/cli/cli.h"

int main(int argc, char** argv) {
  return keepsake::cli::run(argc, argv, {example::player_catalog()});
}
