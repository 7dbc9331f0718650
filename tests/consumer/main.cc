// Keepsake inside an engine: clang, libc++, no exceptions, no RTTI, the macros that engines define,
// and an allocator of the program's own. Built and run by script/test.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

// Before our headers, as in an engine.
// clang-format off
#include "tests/consumer/engine_macros.h"
// clang-format on

#include "keepsake/base/clock.h"
#include "keepsake/base/error.h"
#include "keepsake/base/function_ref.h"
#include "keepsake/base/ids.h"
#include "keepsake/base/log.h"
#include "keepsake/base/result.h"
#include "keepsake/datum/json.h"
#include "keepsake/datum/schema.h"
#include "keepsake/datum/struct.h"
#include "keepsake/open/open.h"
#include "keepsake/store/profiles.h"
#include "keepsake/store/store.h"

namespace garage {

struct Part {
  std::string name;
  std::int64_t wear = 0;
};
struct Car {
  std::string owner;
  std::vector<Part> parts;
  std::optional<bool> painted;
};

}  // namespace garage

template <>
struct keepsake::Describe<garage::Part> {
  static constexpr auto rules = std::tuple{keepsake::rule<&garage::Part::wear>(at_least(0))};
};

namespace {

std::size_t allocations = 0;

int failed(const char* what) {
  std::fprintf(stderr, "consumer: %s\n", what);
  return 1;
}

int use_base() {
  const keepsake::Result<int> refused = keepsake::refuse("too_expensive");
  if (refused || refused.error().cause() != "too_expensive")
    return failed("refuse() lost its word");
  int calls = 0;
  const keepsake::Result<void> called = keepsake::call_caught([&] { ++calls; }, "the call");
  if (!called || calls != 1) return failed("call_caught() did not call");
  return 0;
}

int use_datum() {
  const keepsake::Schema schema = keepsake::schema::object(
      {{"owner", keepsake::schema::string()}, {"laps", keepsake::schema::integer()}});
  keepsake::Result<keepsake::Value> lap = keepsake::parse_json(R"({"owner":"Ann","laps":1.5})");
  if (!lap) return failed(lap.error().text().c_str());
  const auto refused = schema.validate(*std::move(lap));
  if (refused || refused.error().path() != "/laps")
    return failed("a fraction passed as an integer");

  const std::string_view text =
      R"({"owner":"Ann","parts":[{"name":"wheel","wear":3}],"painted":true,"decal":"flames"})";
  keepsake::Result<keepsake::Bound<garage::Car>> car = keepsake::decode_json<garage::Car>(text);
  if (!car) return failed(car.error().text().c_str());
  if (keepsake::encode_json(car->value, car->extras) != text)
    return failed("a car changed on its way");
  car->value.parts.front().wear = -1;
  const keepsake::Result<void> broken = keepsake::validate(car->value);
  if (broken || broken.error().path() != "/parts/0/wear") return failed("a rule was not held");
  return 0;
}

keepsake::Catalog<garage::Car> car_catalog() {
  return keepsake::CatalogBuilder<garage::Car>("Cars")
      .current("1")
      .new_profile([](keepsake::WallTime) { return garage::Car{.owner = "nobody"}; })
      .lock()
      .value();
}

/// Pumps until `done`, for ten seconds at the most.
template <class Done>
bool pump_until(keepsake::Store& store, Done done) {
  const auto stop = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (std::chrono::steady_clock::now() > stop) return false;
    store.pump();
    std::this_thread::yield();
  }
  return true;
}

int use_store(const std::string& folder) {
  auto backend = keepsake::open("sqlite:" + folder + "/cars.db");
  if (!backend) return failed(backend.error().text().c_str());
  keepsake::Store store{**backend, {.server = "engine"}};
  keepsake::Profiles<garage::Car> cars{store, car_catalog()};
  keepsake::Profile<garage::Car> car;
  cars.load("car-1", [&](keepsake::Result<keepsake::Profile<garage::Car>> loaded) {
    if (loaded) car = *loaded;
  });
  if (!pump_until(store, [&] { return static_cast<bool>(car); })) return failed("no car came");
  const auto painted = car.edit([](garage::Car& c) { c.painted = true; });
  const auto worn = car.edit([](garage::Car& c) { c.parts.push_back({.name = "x", .wear = -1}); });
  if (!painted || worn) return failed("an edit was not judged by its rules");
  bool durable = false;
  car.commit([&](keepsake::Result<std::uint64_t> revision) { durable = revision.has_value(); });
  if (!pump_until(store, [&] { return durable; })) return failed("a commit did not end");
  if (!store.shutdown(std::chrono::seconds(5)).left_in_journal.empty()) {
    return failed("shutdown left something behind");
  }
  return 0;
}

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main() {
  if (const int status = use_base()) return status;
  if (const int status = use_datum()) return status;
  char folder[] = "/tmp/keepsake-consumer-XXXXXX";
  if (mkdtemp(folder) == nullptr) return failed("no temporary folder");
  const int status = use_store(folder);
  std::filesystem::remove_all(folder);
  if (status != 0) return status;
  if (allocations == 0) return failed("the program's own operator new was not used");
  std::puts("consumer: all good");
  return 0;
}
