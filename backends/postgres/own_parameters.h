// What Keepsake itself is told in the URL of a PostgreSQL database, beside what libpq is.
#pragma once

#include <string>

#include "keepsake/base/result.h"

namespace keepsake::postgres {

struct OwnParameters {
  std::string url;     ///< without them: what libpq reads
  std::string listen;  ///< keepsake_listen, as PostgresOptions::listen; "" if it isn't there
};

/// Takes the parameters whose names begin with keepsake_ out of a URL; "host=… dbname=…" has none
/// and is left as it is. Error: `invalid_argument`, for a name that isn't known; no value is
/// repeated.
[[nodiscard]] Result<OwnParameters> take_own_parameters(const std::string& url);

}  // namespace keepsake::postgres
