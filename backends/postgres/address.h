// Where a PostgreSQL database is: what libpq makes of a URL and of its usual settings.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keepsake/base/result.h"

namespace keepsake::postgres {

class Address {
 public:
  /// `url`: "postgres://…", "postgresql://…", or "host=… dbname=…" (PostgreSQL documentation,
  /// "Connection Strings"). Error: invalid_argument, which repeats no value of it.
  static Result<Address> parse(const std::string& url);

  /// keepsake_listen of the URL, as PostgresOptions::listen; "" if it isn't there.
  [[nodiscard]] const std::string& listen() const { return listen_; }

  /// Keywords and values for PQconnectStartParams, as null-ended lists that live as long as this.
  [[nodiscard]] std::vector<const char*> keywords() const;
  [[nodiscard]] std::vector<const char*> values() const;

 private:
  std::vector<std::pair<std::string, std::string>> settings_;
  std::string listen_;
};

/// Where to listen for wake-ups, for who uses the database at `address`; none to listen nowhere.
/// `said`: PostgresOptions::listen; what the address itself says goes before it. Error:
/// invalid_argument.
[[nodiscard]] Result<std::optional<Address>> listening_at(const std::string& said,
                                                          const Address& address);

}  // namespace keepsake::postgres
