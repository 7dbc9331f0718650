// Where a PostgreSQL database is: what libpq makes of a URL and of its usual settings.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keepsake/base/result.h"

namespace keepsake::postgres {

class Address {
 public:
  /// `url`: "postgres://…", "postgresql://…", or "host=… dbname=…" (PostgreSQL documentation,
  /// "Connection Strings"). Error: invalid_argument, which repeats nothing of it.
  static Result<Address> parse(const std::string& url);

  /// Keywords and values for PQconnectStartParams, as null-ended lists that live as long as this.
  [[nodiscard]] std::vector<const char*> keywords() const;
  [[nodiscard]] std::vector<const char*> values() const;

 private:
  std::vector<std::pair<std::string, std::string>> settings_;
};

}  // namespace keepsake::postgres
