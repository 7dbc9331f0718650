// The simulator: runs seeds, or the plants, and tells what it found. docs/simulator.md.
#include "sim/program/program.h"

int main(int argc, char** argv) { return sim::run_program(argc, argv); }
