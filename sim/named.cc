#include "sim/named.h"

#include <array>

namespace sim {

std::span<const Named> named_scenarios() {
  static constexpr std::array kAll{
      Named{"owner-ended-before", "new owner waits: the previous one ended before", "0.1 s",
            owner_ended_before},
      Named{"owner-alive", "… owner alive, messages arrive", "5.2 s", owner_alive},
      Named{"owner-alive-again", "… owner alive, a message came 2 s earlier", "15.3 s",
            owner_alive_again},
      Named{"owner-alive-deaf", "… owner alive, messages lost",
            "45.6 s, and the owner's change is lost in 85 of 100", owner_alive_deaf},
      Named{"owner-crashed", "… owner crashed just now, on the same machine", "45.6 s",
            owner_crashed_here},
      Named{"owner-crashed-elsewhere", "… owner crashed just now, on another machine", "45.6 s",
            owner_crashed_elsewhere},
      Named{"owner-cut-off", "owner cut off from storage for 640 s, an edit each half second",
            "taken over at once, all 640 s of play lost; the owner believes it is active",
            owner_cut_off},
      Named{"clock-ahead", "a server's clock 400 s ahead", "steals a live session in 0.1 s",
            clock_ahead},
      Named{"lost-on-a-crash", "lost on a crash (another server of the machine goes on)",
            "mean 154 s, most 300 s of play", lost_on_a_crash},
      Named{"lost-with-flaky-storage", "… with 5 % failed calls", "up to 900 s of play",
            lost_with_flaky_storage},
      Named{"lost-with-a-machine", "… when the machine dies and comes back", "as above",
            lost_with_a_machine},
      Named{"crash-in-a-trade", "item traded between two profiles, crash within 300 ms",
            "2 copies, or 0", crash_in_a_trade},
      Named{"purchase-with-a-lost-reply", "purchase with one lost reply, and tried again",
            "a gift is handled twice", purchase_with_a_lost_reply},
      Named{"not-a-number", "NaN in the data", "saves and shutdown had not ended after 600 s",
            not_a_number},
      Named{"removed-while-open", "remove while another server has it open",
            "saves and shutdown had not ended after 600 s; the lock stays", removed_while_open},
      Named{"load-in-an-outage", "storage down on load", "still trying after 3000 s",
            load_in_an_outage},
      Named{"load-cancelled", "… with a cancel function", "still trying after 3000 s",
            load_cancelled_in_an_outage},
      Named{"corrupt-record", "corrupt record", "replaced by the template, then signalled",
            corrupt_record},
      Named{"market-chain", "market chain of 50 tied players, one of them fenced in between", "",
            market_chain},
      Named{"builds-side-by-side", "servers of two builds side by side", "", builds_side_by_side},
      Named{"five-minutes", "three servers, 100 players, database away for five minutes", "",
            five_minutes_without_database},
      Named{"login-storm", "login storm", "", login_storm},
  };
  return kAll;
}

std::string guarantees(bool* all_kept) {
  std::string table = "| case | ProfileStore | Keepsake |\n|---|---|---|\n";
  if (all_kept != nullptr) *all_kept = true;
  for (const Named& named : named_scenarios()) {
    const Figure figure = named.run({});
    if (all_kept != nullptr) *all_kept = *all_kept && figure.kept;
    table += "| " + std::string(named.what) + " | " +
             (named.peer.empty() ? "–" : std::string(named.peer)) + " | " + figure.text +
             (figure.kept ? "" : " **NOT KEPT**") + " |\n";
  }
  return table;
}

}  // namespace sim
