#include "backends/postgres/address.h"

#include <libpq-fe.h>

#include <memory>
#include <string_view>
#include <utility>

#include "backends/postgres/own_parameters.h"

namespace keepsake::postgres {

namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

}  // namespace

Result<Address> Address::parse(const std::string& url) {
  auto own = take_own_parameters(url);
  if (!own) return std::move(own).error();
  char* why = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(own->url.c_str(), &why));
  PQfreemem(why);  // may repeat a part of the address, and so a password
  if (!options) {
    return Error(ErrorCode::invalid_argument,
                 "the address of the PostgreSQL database can't be read")
        .expected("postgres://user@host:port/database, with % codes for special characters")
        .remedy("leave the password to PGPASSWORD or ~/.pgpass");
  }
  Address address;
  address.listen_ = std::move(own->listen);
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    address.settings_.emplace_back(option->keyword, option->val);
  }
  const auto set_unless_given = [&](std::string_view keyword, std::string_view value) {
    for (const auto& [given, unused] : address.settings_) {
      if (given == keyword) return;
    }
    address.settings_.emplace_back(keyword, value);
  };
  set_unless_given("client_encoding", "UTF8");
  set_unless_given("application_name", "keepsake");
  // Of several hosts, the one that can be written; a dead peer is noticed within the lease.
  set_unless_given("target_session_attrs", "read-write");
  set_unless_given("keepalives_idle", "5");
  set_unless_given("keepalives_interval", "2");
  set_unless_given("keepalives_count", "2");
  set_unless_given("tcp_user_timeout", "8000");
  return address;
}

std::vector<const char*> Address::keywords() const {
  std::vector<const char*> list;
  for (const auto& [keyword, unused] : settings_) list.push_back(keyword.c_str());
  list.push_back(nullptr);
  return list;
}

std::vector<const char*> Address::values() const {
  std::vector<const char*> list;
  for (const auto& [unused, value] : settings_) list.push_back(value.c_str());
  list.push_back(nullptr);
  return list;
}

Result<std::optional<Address>> listening_at(const std::string& said, const Address& address) {
  const std::string& where = address.listen().empty() ? said : address.listen();
  if (where.empty()) return std::optional(address);
  if (where == "off") return std::optional<Address>();
  auto other = Address::parse(where);
  if (other) return std::optional(*std::move(other));
  return Error(ErrorCode::invalid_argument, "where to listen for wake-ups can't be read")
      .expected("off, or postgres://user@host:port/database")
      .remedy(
          "inside of another address write it with % codes: keepsake_listen=postgres%3A%2F%2F…");
}

}  // namespace keepsake::postgres
