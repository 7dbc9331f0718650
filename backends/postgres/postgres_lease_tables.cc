// Leases, and all that a renewal reads: fetched ahead, it takes two round trips. In a fleet each
// renewal reads as many leases as there are servers, so of those that are known it reads only what
// renewals change.
#include <algorithm>
#include <utility>

#include "backends/postgres/postgres_tables.h"
#include "src/backend/row_codec.h"

namespace keepsake::postgres {

Result<std::optional<StoredLease>> PostgresTables::lease(Incarnation incarnation) {
  const auto found = leases_.find(incarnation);
  if (found != leases_.end()) return found->second;
  Params params;
  params << incarnation;
  auto rows =
      connection_.query(locking_ == Locking::rows ? sql::kLeaseLocked : sql::kLease, params);
  if (!rows) return std::move(rows).error();
  std::optional<StoredLease> stored;
  if (!rows->empty()) {
    Row row = rows->at(0);
    stored = read_lease(row);
  }
  leases_.emplace(incarnation, stored);
  return stored;
}

Result<std::vector<StoredLease>> PostgresTables::leases() {
  if (!renewal_) {
    auto rows = connection_.query(sql::kLeases);
    if (!rows) return std::move(rows).error();
    return rows->all(read_lease<Row>);
  }
  if (auto fetched = fetch_unknown(); !fetched) return std::move(fetched).error();
  std::vector<StoredLease> standing;
  for (const auto& [incarnation, stored] : renewal_->leases) standing.push_back(stored);
  return standing;
}

/// A closed lease is read whole each time. An older copy of the database may give an incarnation
/// again: the time of its start tells.
void PostgresTables::take_standing(const Rows& rows, Renewal& renewal) {
  const std::scoped_lock lock(known_.mutex);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Row row = rows.at(i);
    const Incarnation incarnation = row.number();
    const auto known = known_.leases.find(incarnation);
    const std::uint64_t number = row.number();
    const std::uint64_t scrubbed = row.number();
    const bool open = !row.next_is_null();
    if (open && known != known_.leases.end() && known->second.started_ms == row.integer()) {
      Lease& lease = renewal.leases[incarnation].lease = known->second;
      lease.renewal = number;
      lease.scrubbed = scrubbed;
    } else {
      renewal.unknown.push_back(static_cast<std::int64_t>(incarnation));
    }
  }
  std::erase_if(known_.leases,
                [&](const auto& entry) { return !renewal.leases.contains(entry.first); });
}

Result<void> PostgresTables::fetch_unknown() {
  if (renewal_->unknown.empty()) return {};
  Params params;
  params.numbers(std::exchange(renewal_->unknown, {}));
  auto rows = connection_.query(sql::kLeasesOf, params.append(keys_as_params({})));
  if (!rows) return std::move(rows).error();
  const std::scoped_lock lock(known_.mutex);
  for (StoredLease& stored : rows->all(read_lease<Row>)) {
    const Lease& lease = stored.lease;
    if (lease.state == LeaseState::recovered) continue;
    if (lease.state == LeaseState::open) known_.leases[lease.owner.incarnation] = lease;
    renewal_->leases.insert_or_assign(lease.owner.incarnation, std::move(stored));
  }
  return {};
}

Result<void> PostgresTables::put_lease(const StoredLease& stored) {
  Params params;
  bind_lease(params, stored);
  connection_.send(sql::kPutLease, params);
  note_lease(stored.lease.owner.incarnation, stored);
  return {};
}

Result<void> PostgresTables::erase_lease(Incarnation incarnation) {
  Params params;
  connection_.send(sql::kEraseLease, params << incarnation);
  note_lease(incarnation, std::nullopt);
  return {};
}

void PostgresTables::note_lease(Incarnation incarnation, const std::optional<StoredLease>& lease) {
  leases_.insert_or_assign(incarnation, lease);
  if (!renewal_) return;
  renewal_->leases.erase(incarnation);
  if (lease) renewal_->leases.emplace(incarnation, *lease);
}

Result<void> PostgresTables::stamp_lease(Incarnation incarnation) {
  Params params;
  connection_.send(sql::kStampLease, params << incarnation);
  return {};
}

Result<bool> PostgresTables::owns_any(Incarnation incarnation) {
  Params params;
  auto rows = connection_.query(sql::kOwnsAny, params << incarnation);
  if (!rows) return std::move(rows).error();
  return !rows->empty();
}

void PostgresTables::send_renewal(const RenewalAhead& renewal) {
  Params of_ours;
  Params since;
  connection_.send(sql::kStandingLeases);
  connection_.send(sql::kAsksOn, of_ours << renewal.incarnation);
  connection_.send(sql::kOwnedSince, since << renewal.incarnation << renewal.owned_since);
}

Result<void> PostgresTables::take_renewal(Incarnation incarnation, std::size_t& back) {
  Renewal renewal{.incarnation = incarnation};
  renewal.owned = connection_.answer(back++).all(read_owned);
  auto asks = read_asks(connection_.answer(back++));
  if (!asks) return std::move(asks).error();
  renewal.asks = *std::move(asks);
  take_standing(connection_.answer(back++), renewal);
  renewal_ = std::move(renewal);
  return {};
}

PostgresTables::Owned PostgresTables::read_owned(Row& row) {
  Owned owned;
  owned.row.key = read_key(row);
  owned.row.session = row.id();
  owned.row.epoch = row.number();
  owned.since = row.integer();
  return owned;
}

Result<std::vector<OwnedRow>> PostgresTables::owned_since(Incarnation incarnation,
                                                          std::int64_t renewal) {
  std::vector<Owned> found;
  if (renewal_ && renewal_->incarnation == incarnation) {
    found = renewal_->owned;
  } else {
    Params params;
    auto rows = connection_.query(sql::kOwnedSince, params << incarnation << renewal);
    if (!rows) return std::move(rows).error();
    found = rows->all(read_owned);
  }
  std::vector<OwnedRow> owned;
  for (Owned& one : found) {
    if (one.since >= renewal) owned.push_back(std::move(one.row));
  }
  return owned;
}

Result<std::vector<AskOnOurs>> PostgresTables::asks_on(Incarnation incarnation) {
  if (renewal_ && renewal_->incarnation == incarnation) return renewal_->asks;
  Params params;
  auto rows = connection_.query(sql::kAsksOn, params << incarnation);
  if (!rows) return std::move(rows).error();
  return read_asks(*rows);
}

Result<std::vector<AskOnOurs>> PostgresTables::read_asks(const Rows& rows) const {
  std::vector<AskOnOurs> asks;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Row row = rows.at(i);
    AskOnOurs standing;
    standing.key = read_key(row);
    standing.session = row.id();
    auto ask = decode_ask(row.view());
    if (!ask) return damaged_row(connection_.place(), "ask");
    standing.ask = *std::move(ask);
    asks.push_back(std::move(standing));
  }
  return asks;
}

}  // namespace keepsake::postgres
