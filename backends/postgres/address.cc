#include "backends/postgres/address.h"

#include <libpq-fe.h>

#include <memory>
#include <string_view>

namespace keepsake::postgres {

namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

}  // namespace

Result<Address> Address::parse(const std::string& url) {
  char* why = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(url.c_str(), &why));
  PQfreemem(why);  // may repeat a part of the address, and so a password
  if (!options) {
    return Error(ErrorCode::invalid_argument,
                 "the address of the PostgreSQL database can't be read")
        .expected("postgres://user@host:port/database, with % codes for special characters")
        .remedy("leave the password to PGPASSWORD or ~/.pgpass");
  }
  Address address;
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

}  // namespace keepsake::postgres
