// BareWork: what a server's database does by itself, while its game goes on ticking.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "keepsake/base/clock.h"
#include "src/backend/bare_database.h"
#include "src/load_tool/histogram.h"

namespace keepsake::load_tool {

struct Done {
  std::uint64_t rows = 0;
  Duration took{};
  Histogram times;  ///< of the transactions
};

class BareWork {
 public:
  /// `keys`: of the rows that it stores, nobody else's; each gets that payload.
  BareWork(std::string db, std::vector<std::string> keys, std::string payload)
      : db_(std::move(db)), keys_(std::move(keys)), payload_(std::move(payload)) {}

  /// Stores batches of these sizes, one after the other and again from the first, on so many
  /// connections at the same time, each with keys of its own, for that long; `tick` is called
  /// meanwhile. Nobody waits for a connection in that time: they are made before. Errors: those of
  /// BareDatabase.
  Result<Done> run(const std::vector<std::uint32_t>& sizes, std::size_t connections,
                   Duration at_most, const std::function<void()>& tick);

 private:
  Result<void> connect(std::size_t connections);
  Result<Done> store(std::size_t which, std::size_t of, const std::vector<std::uint32_t>& sizes,
                     Duration at_most) const;

  const std::string db_;
  const std::vector<std::string> keys_;
  const std::string payload_;
  std::vector<std::unique_ptr<BareDatabase>> databases_;
};

}  // namespace keepsake::load_tool
