#include "examples/demo/closing.h"

namespace demo {

using keepsake::Duration;

namespace {

constexpr Duration kStopWithin = std::chrono::seconds(12);

void stop(const Closing& of, ShowReport& report) {
  Fleet& fleet = of.fleet;
  for (std::size_t i = 0; i < fleet.size(); ++i) fleet.tell(i, Line("finale"));
  of.crowd.run_for(std::chrono::milliseconds(200));
  for (std::size_t i = 0; i < fleet.size(); ++i) fleet.tell(i, Line("stop"));
  const auto all_gone = [&] {
    for (std::size_t i = 0; i < fleet.size(); ++i) {
      if (fleet[i].pid != 0) return false;
    }
    return true;
  };
  if (!of.crowd.run_until(all_gone, kStopWithin)) {
    report.wrong.emplace_back("a server did not shut down");
  }
  for (std::string& death : fleet.deaths()) report.wrong.push_back(std::move(death));
}

void collect(const Closing& of, ShowReport& report) {
  report.story = of.crowd.story();
  report.journeys = of.crowd.journeys();
  for (std::size_t i = 0; i < of.fleet.size(); ++i) {
    report.pumps.add(of.fleet[i].pumps);
    report.edits.add(of.fleet[i].edits);
  }
  report.recovered_edits = of.fleet.total("recovered_edits");
  report.saves = of.fleet.total("saves");
  for (const std::string& missing : of.crowd.missing()) {
    report.wrong.push_back("play was lost: " + missing);
  }
  for (const std::string& trouble : of.crowd.troubles()) of.say("  " + trouble);
}

}  // namespace

keepsake::Result<void> close_doors(const Closing& of, ShowReport& report) {
  stop(of, report);
  collect(of, report);
  const auto stored = read_database(of.stage.database());
  if (!stored) return stored.error();
  report.accounting = settle({.witness = of.witness,
                              .keys = of.stage.players(),
                              .start = of.stage.start(),
                              .kills = of.kills},
                             *stored);
  return {};
}

}  // namespace demo
