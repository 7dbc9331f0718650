// The command line of keepsake-sim.
#pragma once

namespace sim {

/// 0: every promise held in every run, or the plant that was asked for was found. 1: not so. 2: the
/// command line can't be used.
int run_program(int argc, char** argv);

}  // namespace sim
