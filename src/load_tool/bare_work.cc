#include "src/load_tool/bare_work.h"

#include <algorithm>
#include <future>
#include <utility>

#include "src/base/this_machine.h"
#include "src/open/bare.h"

namespace keepsake::load_tool {

namespace {

MonotonicTime now() { return this_machine().clock.now(); }

}  // namespace

Result<void> BareWork::connect(std::size_t connections) {
  while (databases_.size() < connections) {
    auto opened = open_bare(db_);
    if (!opened) return std::move(opened).error();
    if (auto there = (*opened)->save({{.key = keys_[databases_.size()], .payload = payload_}});
        !there)
      return there;
    databases_.push_back(*std::move(opened));
  }
  return {};
}

Result<Done> BareWork::store(std::size_t which, std::size_t of,
                             const std::vector<std::uint32_t>& sizes, Duration at_most) const {
  std::vector<std::string_view> keys;
  for (std::size_t i = which; i < keys_.size(); i += of) keys.emplace_back(keys_[i]);
  Done done;
  std::vector<BareRow> rows;
  const MonotonicTime began = now();
  MonotonicTime last = began;
  for (std::size_t batch = which, next = 0; last - began < at_most; ++batch) {
    rows.clear();
    const std::size_t size = std::min<std::size_t>(sizes[batch % sizes.size()], keys.size());
    while (rows.size() < size) {
      rows.push_back({.key = keys[next++ % keys.size()], .payload = payload_});
    }
    auto stored = databases_[which]->save(rows);
    if (!stored) return std::move(stored).error();
    const MonotonicTime at = now();
    done.rows += rows.size();
    done.times.add(at - last);
    last = at;
  }
  done.took = last - began;
  return done;
}

Result<Done> BareWork::run(const std::vector<std::uint32_t>& sizes, std::size_t connections,
                           Duration at_most, const std::function<void()>& tick) {
  const std::size_t threads = std::min(connections, keys_.size());
  if (auto connected = connect(threads); !connected) return std::move(connected).error();
  std::vector<std::future<Result<Done>>> parts;
  for (std::size_t i = 0; i < threads; ++i) {
    parts.push_back(std::async(std::launch::async,
                               [=, this, &sizes] { return store(i, threads, sizes, at_most); }));
  }
  Done all;
  Result<void> good;
  for (std::future<Result<Done>>& part : parts) {
    while (part.wait_for(std::chrono::milliseconds(16)) != std::future_status::ready) tick();
    Result<Done> done = part.get();
    if (!done) {
      good = std::move(done).error();
      continue;
    }
    all.rows += done->rows;
    all.took = std::max(all.took, done->took);
    all.times.add(done->times);
  }
  if (!good) return std::move(good).error();
  return all;
}

}  // namespace keepsake::load_tool
