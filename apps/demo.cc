// The demonstration; see docs/demo.md.
#include "examples/demo/program.h"

int main(int argc, char** argv) { return demo::run(argc, argv); }
