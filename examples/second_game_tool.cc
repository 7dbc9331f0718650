// The second game's own command line: the stock one, with the game's stores.
#include "examples/second_game/second_game.h"
#include "keepsake/cli/cli.h"

int main(int argc, char** argv) {
  return keepsake::cli::run(argc, argv,
                            {second_game::ship_catalog(), second_game::guild_bank_catalog()});
}
