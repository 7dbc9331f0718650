// Leases, and all that a renewal reads: fetched ahead, it takes two round trips.
#include <algorithm>

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
  if (renewal_) return renewal_->leases;
  auto rows = connection_.query(sql::kLeases);
  if (!rows) return std::move(rows).error();
  return rows->all(read_lease<Row>);
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
  std::erase_if(renewal_->leases, [&](const StoredLease& stored) {
    return stored.lease.owner.incarnation == incarnation;
  });
  if (lease) renewal_->leases.push_back(*lease);
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
  connection_.send(sql::kLeases);
  connection_.send(sql::kAsksOn, of_ours << renewal.incarnation);
  connection_.send(sql::kOwnedSince, since << renewal.incarnation << renewal.owned_since);
}

Result<void> PostgresTables::take_renewal(Incarnation incarnation, std::size_t& back) {
  Renewal renewal{.incarnation = incarnation};
  renewal.owned = connection_.answer(back++).all(read_owned);
  auto asks = read_asks(connection_.answer(back++));
  if (!asks) return std::move(asks).error();
  renewal.asks = *std::move(asks);
  renewal.leases = connection_.answer(back++).all(read_lease<Row>);
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
