// Torture of real server processes; see docs/torture.md.
#include "examples/torture/program.h"

int main(int argc, char** argv) { return torture::run(argc, argv); }
