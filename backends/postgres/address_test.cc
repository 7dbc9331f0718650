#include "backends/postgres/address.h"

#include <gtest/gtest.h>

#include <string_view>

#include "backends/postgres/own_parameters.h"

namespace keepsake::postgres {
namespace {

std::string taken_out_of(const std::string& url) {
  auto taken = take_own_parameters(url);
  return taken ? taken->url + " | " + taken->listen : taken.error().text();
}

TEST(PostgresAddress, LibpqIsToldNothingOfOurOwnParameters) {
  EXPECT_EQ(taken_out_of("postgres://game@db/players"), "postgres://game@db/players | ");
  EXPECT_EQ(taken_out_of("postgres://db/players?keepsake_listen=off"),
            "postgres://db/players | off");
  EXPECT_EQ(taken_out_of("postgres://db/p?sslmode=require&keepsake_listen=off&connect_timeout=3"),
            "postgres://db/p?sslmode=require&connect_timeout=3 | off");
  EXPECT_EQ(taken_out_of("postgresql://db/p?keepsake_listen=postgres%3a%2F%2Fg%40h%3A5%2Fp&a=b"),
            "postgresql://db/p?a=b | postgres://g@h:5/p");
  EXPECT_EQ(taken_out_of("host=db dbname=players"), "host=db dbname=players | ");
}

TEST(PostgresAddress, APasswordMayHoldAQuestionMark) {
  EXPECT_EQ(taken_out_of("postgres://game:a?keepsake_b@db/p?keepsake_listen=off"),
            "postgres://game:a?keepsake_b@db/p | off");
}

TEST(PostgresAddress, NamesAParameterThatIsNotKnownAndRepeatsNoValue) {
  EXPECT_EQ(taken_out_of("postgres://game:secret@db/p?keepsake_lisen=secret"),
            "invalid_argument: the address of the PostgreSQL database has a parameter that is not "
            "known: expected keepsake_listen, found keepsake_lisen");
  EXPECT_EQ(taken_out_of("postgres://db/p?keepsake_listen=secr%et"),
            "invalid_argument: keepsake_listen in the address of the PostgreSQL database can't be "
            "read: expected two hexadecimal digits after each %");
}

/// The host that is listened at, "nowhere", or the error.
std::string listens_at(const std::string& url, const std::string& said) {
  const Address address = Address::parse(url).value();
  auto listen = listening_at(said, address);
  if (!listen) return listen.error().text();
  if (!*listen) return "nowhere";
  const auto keywords = (*listen)->keywords();
  const auto values = (*listen)->values();
  for (std::size_t i = 0; keywords[i] != nullptr; ++i) {
    if (std::string_view(keywords[i]) == "host") return values[i];
  }
  return "no host";
}

TEST(PostgresAddress, ListensAtTheSameAddressOrAtAnotherOrNowhere) {
  EXPECT_EQ(listens_at("postgres://db/p", ""), "db");
  EXPECT_EQ(listens_at("postgres://db/p", "off"), "nowhere");
  EXPECT_EQ(listens_at("postgres://db/p", "postgres://direct/p"), "direct");
  EXPECT_EQ(listens_at("postgres://db/p?keepsake_listen=off", ""), "nowhere");
  EXPECT_EQ(listens_at("postgres://db/p?keepsake_listen=postgres%3A%2F%2Fdirect%2Fp", ""),
            "direct");
  EXPECT_EQ(listens_at("postgres://db/p?keepsake_listen=off", "postgres://direct/p"), "nowhere")
      << "what the address says goes before the option";
}

TEST(PostgresAddress, WhereToListenIsOffOrAnAddress) {
  const std::string refused =
      "invalid_argument: where to listen for wake-ups can't be read: expected off, or "
      "postgres://user@host:port/database; inside of another address write it with % codes: "
      "keepsake_listen=postgres%3A%2F%2F…";
  EXPECT_EQ(listens_at("postgres://db/p", "nowhere"), refused);
  EXPECT_EQ(listens_at("postgres://db/p?keepsake_listen=of", ""), refused);
}

}  // namespace
}  // namespace keepsake::postgres
