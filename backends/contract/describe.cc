#include "backends/contract/describe.h"

#include <variant>

namespace keepsake {

namespace {

/// "name=value " for each part.
class Text {
 public:
  explicit Text(const char* kind) : out_(std::string(kind) + "{") {}
  Text& add(const char* name, const std::string& value) {
    out_ += std::string(name) + "=" + value + " ";
    return *this;
  }
  Text& add(const char* name, std::uint64_t value) { return add(name, std::to_string(value)); }
  Text& add(const char* name, std::int64_t value) { return add(name, std::to_string(value)); }
  [[nodiscard]] std::string end() const { return out_ + "}"; }

 private:
  std::string out_;
};

std::string of(const Owner& owner) {
  return owner.server.text + "#" + std::to_string(owner.incarnation);
}

std::string of(const Ask& ask) {
  return Text("ask")
      .add("id", ask.id.text())
      .add("number", ask.number)
      .add("asker", of(ask.asker))
      .add("session", ask.session.text())
      .add("readable", std::uint64_t{ask.readable_ordinal})
      .add("duration", ask.duration_ms)
      .end();
}

std::string of(const SchemaStamp& stamp) {
  return stamp.version + "/" + std::to_string(stamp.ordinal) + "/" +
         std::to_string(stamp.last_compatible);
}

std::string of(const EpochMark& mark) {
  return std::to_string(mark.epoch) + ":" + std::to_string(mark.revision) + ":" +
         mark.token.text() + ":" + mark.recoverer.text() + " ";
}

}  // namespace

std::string describe(bool truth) { return truth ? "true" : "false"; }
std::string describe(std::uint64_t number) { return std::to_string(number); }
std::string describe(const ProfileKey& key) { return key.store + "/" + key.key; }

std::string describe(const Envelope& row) {
  Text text("row");
  text.add("born", row.born).add("epoch", row.epoch).add("revision", row.revision);
  text.add("edit", row.edit_number).add("has_data", describe(row.has_data));
  text.add("schema", of(row.schema)).add("format", static_cast<std::uint64_t>(row.format));
  text.add("created", row.created_ms).add("first", row.first_session_ms);
  text.add("saved", row.saved_ms).add("loads", row.load_count);
  if (row.owner) text.add("owner", of(*row.owner));
  text.add("session", row.session.text()).add("since", row.owned_since);
  for (const UserId& user : row.user_ids) text.add("user", user.number);
  text.add("metadata", row.metadata).add("tags", row.tags).add("source", row.source_hash);
  if (row.ask) text.add("ask", of(*row.ask));
  text.add("asks", row.ask_sequence);
  for (const std::int64_t at : row.handover_ms) text.add("handover", at);
  for (const EpochMark& mark : row.marks) text.add("mark", of(mark));
  return text.end();
}

std::string describe(const Record& record) {
  return describe(record.key) + describe(record.envelope) + record.payload;
}

std::string describe(const Lease& lease) {
  return Text("lease")
      .add("owner", of(lease.owner))
      .add("renewal", lease.renewal)
      .add("state", static_cast<std::uint64_t>(lease.state))
      .add("recoverer", lease.recoverer)
      .add("ring", lease.journal.ring)
      .add("scrubbed", lease.scrubbed)
      .end();
}

std::string describe(const OwnedRow& row) {
  return describe(row.key) + " " + row.session.text() + " " + std::to_string(row.epoch);
}
std::string describe(const AskOnOurs& ask) {
  return describe(ask.key) + " " + ask.session.text() + " " + of(ask.ask);
}
std::string describe(const Renewed& renewed) {
  return describe(renewed.others) + describe(renewed.acquired) + describe(renewed.asks) +
         std::to_string(renewed.erasures);
}

std::string describe(const AcquireAnswer& answer) {
  if (const auto* acquired = std::get_if<Acquired>(&answer)) {
    return "acquired " + describe(acquired->record);
  }
  if (const auto* too_new = std::get_if<TooNew>(&answer)) return "too new " + of(too_new->schema);
  const Held& held = std::get<Held>(answer);
  return Text("held")
      .add("owner", of(held.owner))
      .add("state", static_cast<std::uint64_t>(held.owner_state))
      .add("ask", static_cast<std::uint64_t>(held.ask))
      .add("offered", held.offered_number)
      .end();
}

std::string describe(const GroupAnswer& answer) {
  if (const auto* fence = std::get_if<FenceRefused>(&answer)) {
    return "fence of " + std::to_string(fence->member) + " " + describe(fence->row);
  }
  if (const auto* refused = std::get_if<GroupRefused>(&answer)) {
    return "refused " + std::to_string(refused->member) + " " + refused->error.text();
  }
  if (const auto* held_up = std::get_if<GroupHeldUp>(&answer)) {
    return "held up " + held_up->error.text();
  }
  const Applied& applied = std::get<Applied>(answer);
  std::string out = applied.resent ? "applied before" : "applied";
  for (const MemberResult& member : applied.members) {
    out += " " + std::to_string(member.revision);
    if (member.handed_to) out += "->" + of(*member.handed_to);
  }
  return out;
}

std::string describe(const CreateAnswer& answer) {
  const auto* exists = std::get_if<Exists>(&answer);
  return exists != nullptr ? "exists " + describe(exists->envelope) : "created";
}

std::string describe(const ListPage& page) { return describe(page.records) + page.next_after; }
std::string describe(const Receipt& receipt) {
  return receipt.id + "@" + std::to_string(receipt.at_ms);
}
std::string describe(const Message& message) {
  return Text("message")
      .add("id", message.id)
      .add("body", message.body)
      .add("sent", message.sent_ms)
      .add("expires", message.expires_ms)
      .add("sender", message.sender)
      .add("value", describe(message.carries_value))
      .end();
}
std::string describe(const InboxState& state) {
  return std::to_string(state.waiting) + (state.known ? " known" : " unknown");
}
std::string describe(const MailOnOurs& mail) { return describe(mail.key) + " " + mail.newest; }
std::string describe(const QuarantineEntry& entry) {
  return Text("entry")
      .add("incident", entry.incident.text())
      .add("key", describe(entry.key))
      .add("code", entry.code)
      .add("payload", entry.payload)
      .add("at", entry.at_ms)
      .end();
}

std::string describe(const Snapshot& snapshot) {
  return Text("snapshot")
      .add("revision", snapshot.revision)
      .add("kind", static_cast<std::uint64_t>(snapshot.kind))
      .add("kept", snapshot.kept_ms)
      .add("saved", snapshot.saved_ms)
      .add("edit", snapshot.edit_number)
      .add("schema", of(snapshot.schema))
      .add("format", static_cast<std::uint64_t>(snapshot.format))
      .add("payload", snapshot.payload)
      .end();
}
std::string describe(const EraseAnswer& answer) {
  if (const auto* fence = std::get_if<FenceRefused>(&answer))
    return "fence " + describe(fence->row);
  const Erased& erased = std::get<Erased>(answer);
  return (erased.resent ? "erased before " : "erased ") + std::to_string(erased.number);
}
std::string describe(const StealAnswer& answer) {
  if (const auto* fence = std::get_if<FenceRefused>(&answer))
    return "fence " + describe(fence->row);
  return std::get<Stolen>(answer).resent ? "stolen before" : "stolen";
}
std::string describe(const AuditEntry& entry) {
  return entry.what + " " + entry.reason + " " + entry.by.text + "@" + std::to_string(entry.at_ms);
}

std::string describe(const Belongings& all) {
  return describe(all.record) + describe(all.inbox) + describe(all.receipts) +
         describe(all.handled) + describe(all.history) + describe(all.quarantine);
}

}  // namespace keepsake
