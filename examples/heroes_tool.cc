// The command line of docs/adding-a-field.md. Its build holds its catalog against what is
// published.
#include <iostream>

#include "examples/adding_a_field/heroes.h"
#include "keepsake/cli/cli.h"

int main(int argc, char** argv) {
  const auto heroes = adding_a_field::heroes_after();
  if (!heroes) {
    std::cerr << "keepsake: " << heroes.error().text() << '\n';
    return 1;
  }
  return keepsake::cli::run(argc, argv, {*heroes});
}
