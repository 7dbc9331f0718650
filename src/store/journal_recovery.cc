#include "src/store/journal_recovery.h"

#include <algorithm>
#include <utility>

#include "src/store/journal_files.h"
#include "src/store/journal_segments.h"

namespace keepsake {

namespace {

std::string base_name(const std::string& directory) {
  const std::size_t slash = directory.rfind('/');
  return slash == std::string::npos ? directory : directory.substr(slash + 1);
}

// All segment files; one that can't be read is left out and named in `damage`.
Result<std::vector<SegmentBytes>> read_segments(FileSystem& files, const std::string& directory,
                                                std::vector<Error>& damage) {
  const auto names = files.list(directory);
  if (!names) return names.error();
  std::vector<SegmentBytes> segments;
  for (const std::string& name : *names) {
    const auto number = JournalSegments::number_of(name);
    if (!number) continue;
    Result<std::string> bytes = std::string();
    auto file = files.open(directory + "/" + name, OpenMode::read);
    if (file) {
      const auto size = (*file)->size();
      bytes = size ? (*file)->read_at(0, *size) : Result<std::string>(size.error());
    } else {
      bytes = file.error();
    }
    if (bytes) {
      segments.push_back({.number = *number, .bytes = std::move(*bytes)});
    } else {
      damage.push_back(std::move(bytes).error());
    }
  }
  std::sort(segments.begin(), segments.end(),
            [](const SegmentBytes& a, const SegmentBytes& b) { return a.number < b.number; });
  return segments;
}

// The journal's id is its directory's name; a directory that was renamed still says it inside.
Result<std::uint64_t> tag_of(const std::string& directory,
                             const std::vector<SegmentBytes>& segments) {
  std::optional<std::uint64_t> tag;
  for (const SegmentBytes& segment : segments) {
    const auto header = read_segment_header(segment.bytes);
    if (!header) return header.error();
    if (*header && !tag) tag = (**header).tag;
  }
  if (tag) return *tag;
  const auto id = Id128::parse(base_name(directory).substr(0, 32));
  return id ? id->low : 0;
}

struct Identities {
  std::vector<JournalIdentity> list;  // newest first
  std::uint64_t tag = 0;
  std::vector<Error> unread;  // segments that are there and can't be read
};

Result<Identities> read_identities(const JournalEnv& env, const std::string& directory) {
  std::vector<Error> damage;
  const auto segments = read_segments(env.files, directory, damage);
  if (!segments) return segments.error();
  const auto tag = tag_of(directory, *segments);
  if (!tag) return tag.error();
  std::erase_if(damage, [](const Error& error) { return error.code() == ErrorCode::not_found; });
  return Identities{
      .list = identities_in(*tag, *segments), .tag = *tag, .unread = std::move(damage)};
}

Result<std::unique_ptr<Ring>> open_ring(const JournalEnv& env, const std::string& name,
                                        const Id128& id) {
  auto memory = env.memory.open(name);
  if (!memory) return memory.error();
  return Ring::open(std::move(*memory), id);
}

struct Rings {
  std::vector<std::unique_ptr<Ring>> open;  // oldest first
  bool newest_missing = false;              // of this boot, but it can't be opened
};

Rings open_rings(const JournalEnv& env, const JournalPlace& place, const Identities& identities) {
  Rings rings;
  std::vector<std::string> seen;
  const auto add = [&](const std::string& name, const std::string& boot_id, const Id128& id) {
    if (name.empty() || boot_id != env.process.boot_id) return;
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) return;
    seen.push_back(name);
    auto ring = open_ring(env, name, id);
    if (ring) {
      rings.open.insert(rings.open.begin(), std::move(*ring));
    } else if (seen.size() == 1) {
      rings.newest_missing = true;
    }
  };
  for (const JournalIdentity& identity : identities.list) {
    add(identity.place.ring, identity.place.boot_id, identity.ring_id);
  }
  if (identities.list.empty()) add(place.ring, place.boot_id, {});
  return rings;
}

/// Who removes a journal moves its folder away first.
Error removed_meanwhile(const JournalPlace& place) {
  return Error(ErrorCode::not_found,
               "the journal in '" + place.directory + "' was removed while it was read");
}

/// Whether the header of one of them can be read.
bool any_whole(const std::vector<SegmentBytes>& segments) {
  return std::any_of(segments.begin(), segments.end(), [](const SegmentBytes& segment) {
    const auto header = read_segment_header(segment.bytes);
    return !header || *header;
  });
}

Error not_shared(const JournalPlace& place, const LockState& lock) {
  return Error(ErrorCode::journal_not_shared,
               "the journal in '" + place.directory +
                   "' belongs to a live process whose shared memory can't be opened from here")
      .found(lock.pid > 0 ? "process " + std::to_string(lock.pid)
                          : "a process of another container")
      .remedy("let the servers share /dev/shm, or give each machine its own journal directory");
}

Result<void> remove_files(FileSystem& files, const std::string& directory) {
  const auto names = files.list(directory);
  if (!names) {
    if (names.error().code() == ErrorCode::not_found) return {};
    return names.error();
  }
  Result<void> all;
  const auto keep = [&](Result<void> good) {
    if (!good && all) all = std::move(good);
  };
  for (const std::string& name : *names) {
    if (name != "lock") keep(files.remove(directory + "/" + name));
  }
  keep(files.remove(lock_path(directory)));
  keep(files.remove(directory));
  return all;
}

}  // namespace

JournalReach reach_journal(const JournalEnv& env, const JournalPlace& place) {
  using Kind = JournalReach::Kind;
  const auto unreachable = [](std::string why) {
    return JournalReach{.kind = Kind::unreachable, .pid = 0, .reason = std::move(why)};
  };
  if (place.directory.empty()) return unreachable("it has no journal");
  if (!env.files.exists(place.directory)) {
    return unreachable("'" + place.directory + "' isn't on this machine");
  }
  if (!env.files.is_local(place.directory)) {
    return unreachable("'" + place.directory + "' isn't on a local file system");
  }
  const auto lock = env.files.probe(lock_path(place.directory));
  if (!lock && lock.error().code() != ErrorCode::not_found) {
    return {.kind = Kind::barred, .pid = 0, .reason = lock.error().text()};
  }
  if (!lock || !lock->held) {
    return {.kind = Kind::dead, .pid = 0, .reason = "nobody holds its lock"};
  }
  if (place.boot_id == env.process.boot_id && open_ring(env, place.ring, {})) {
    return {.kind = Kind::live, .pid = lock->pid, .reason = "its process holds its lock"};
  }
  return {.kind = Kind::not_shared, .pid = lock->pid, .reason = not_shared(place, *lock).message()};
}

bool wait_for_death(const JournalEnv& env, const JournalPlace& place, Duration at_most) {
  return env.files.wait_until_free(lock_path(place.directory), at_most);
}

Result<JournalContents> seal_and_read(const JournalEnv& env, const JournalPlace& place) {
  const auto identities = read_identities(env, place.directory);
  if (!identities) return identities.error();
  const Rings rings = open_rings(env, place, *identities);
  if (rings.open.empty() || rings.newest_missing) {
    const auto lock = env.files.probe(lock_path(place.directory));
    if (lock && lock->held) return not_shared(place, *lock);
  }
  // From here on nothing moves between ring and segments any more.
  for (const auto& ring : rings.open) ring->seal();

  std::vector<Error> damage;
  const auto segments = read_segments(env.files, place.directory, damage);
  if (!segments) return segments.error();
  std::vector<std::string> in_rings;
  std::vector<std::string> taken;
  for (const auto& ring : rings.open) {
    auto bytes = ring->contents();
    if (bytes) {
      in_rings.push_back(std::move(*bytes));
      taken.push_back(ring->taken());
    } else {
      damage.push_back(std::move(bytes).error());
    }
  }
  if (rings.newest_missing) {
    damage.push_back(Error(ErrorCode::corrupt,
                           "the journal's shared memory is gone; its last edits may be missing")
                         .remedy("keep whatever cleans /dev/shm from deleting keepsake-*"));
  }
  // Its first segment was there before anybody was told of it; only a machine's death loses one.
  if (place.boot_id == env.process.boot_id && !any_whole(*segments)) {
    damage.push_back(
        Error(ErrorCode::corrupt, "the journal's segments are gone; its last edits may be missing")
            .remedy("keep whatever cleans up from deleting or emptying files of journals"));
  }
  JournalContents contents = read_journal(identities->tag, *segments, in_rings, taken);
  contents.damage.insert(contents.damage.begin(), damage.begin(), damage.end());
  if (!contents.damage.empty() && !env.files.exists(place.directory)) {
    return removed_meanwhile(place);
  }
  contents.identity.place.directory = place.directory;
  return contents;
}

namespace {

/// The ring of a journal whose maker died before its first segment was there; "" if none is named.
std::string ring_of_unfinished(FileSystem& files, const std::string& directory) {
  constexpr std::size_t kLongestName = 255;
  auto file = files.open(ring_path(directory), OpenMode::read);
  if (!file) return {};
  Result<std::string> name = (*file)->read_at(0, kLongestName);
  return name ? *std::move(name) : std::string();
}

/// Whether who made or removed a journal died over it.
bool nobodys(FileSystem& files, const std::string& directory, std::string_view ending) {
  const auto lock = files.probe(lock_path(directory));
  if (ending == kUnfinishedJournal) return lock && !lock->held;
  return ending == kRemovedJournal && !(lock && lock->held);
}

}  // namespace

Result<std::vector<JournalPlace>> list_journals(const JournalEnv& env, const std::string& root) {
  const auto names = env.files.list(root);
  if (!names) {
    if (names.error().code() == ErrorCode::not_found) return std::vector<JournalPlace>();
    return names.error();
  }
  std::vector<JournalPlace> places;
  for (const std::string& name : *names) {
    const std::string directory = root + "/" + name;
    if (!Id128::parse(name.substr(0, 32))) continue;
    if (name.size() > 32) {
      if (nobodys(env.files, directory, name.substr(32))) {
        JournalPlace left;
        left.directory = directory;
        left.ring = ring_of_unfinished(env.files, directory);
        static_cast<void>(remove_journal(env, left).has_value());
      }
      continue;
    }
    JournalPlace place;
    const auto identities = read_identities(env, directory);
    if (identities && !identities->list.empty()) place = identities->list.front().place;
    place.directory = directory;
    places.push_back(std::move(place));
  }
  return places;
}

Result<void> remove_journal(const JournalEnv& env, const JournalPlace& place) {
  Result<void> all;
  const auto remove_ring = [&](const std::string& name) {
    if (name.empty()) return;
    if (auto good = env.memory.remove(name); !good && all) all = good;
  };
  const auto identities = read_identities(env, place.directory);
  if (identities && !identities->unread.empty()) return identities->unread.front();
  std::string directory = place.directory;
  if (base_name(directory).size() == 32) {
    // Nobody may find half of it, whenever we die.
    directory += kRemovedJournal;
    const auto moved = env.files.rename(place.directory, directory);
    if (!moved && moved.error().code() != ErrorCode::not_found) return moved;
  }
  if (identities) {
    for (const JournalIdentity& identity : identities->list) remove_ring(identity.place.ring);
  }
  remove_ring(place.ring);
  if (auto good = remove_files(env.files, directory); !good && all) all = good;
  return all;
}

}  // namespace keepsake
