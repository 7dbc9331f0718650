// SQL of a test's own, beside the backend.
#pragma once

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <memory>
#include <string>

namespace keepsake {

/// One statement on a connection of its own; the first column of its first row.
inline std::string run_sql(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> rows(PQexec(connection.get(), sql.c_str()),
                                                           PQclear);
  EXPECT_NE(PQresultStatus(rows.get()), PGRES_FATAL_ERROR) << PQerrorMessage(connection.get());
  return PQntuples(rows.get()) > 0 ? PQgetvalue(rows.get(), 0, 0) : "";
}

}  // namespace keepsake
