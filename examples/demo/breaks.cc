#include "examples/demo/breaks.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>
#include <variant>

#include "src/base/this_machine.h"

namespace demo {

using keepsake::FenceRefused;
using keepsake::File;
using keepsake::FileSystem;
using keepsake::Group;
using keepsake::GroupAnswer;
using keepsake::MemberCommit;
using keepsake::Result;
using keepsake::SharedMemory;
using keepsake::SharedMemorySpace;

namespace {

constexpr std::array<std::string_view, 4> kNames{"none", "fence", "journal", "trade"};

/// A database without fences: whoever commits last wins.
class Unfenced final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

  Result<std::vector<GroupAnswer>> commit(const std::vector<Group>& groups) override {
    Result<std::vector<GroupAnswer>> answers = inner_.commit(groups);
    for (std::size_t i = 0; answers && i < groups.size(); ++i) {
      if (!std::holds_alternative<FenceRefused>((*answers)[i])) continue;
      Group forced = groups[i];
      for (MemberCommit& member : forced.members) fit(member, forced.self);
      Result<std::vector<GroupAnswer>> again = inner_.commit({forced});
      if (again) (*answers)[i] = again->front();
    }
    return answers;
  }

 private:
  void fit(MemberCommit& member, keepsake::Owner& self) {
    const auto rows = inner_.read({member.key});
    if (!rows || !rows->front()) return;
    const keepsake::Envelope& row = rows->front()->envelope;
    if (row.owner) self = *row.owner;
    member.fence.session = row.session;
    member.fence.epoch = row.epoch;
    member.fence.revision = row.revision;
    member.after = keepsake::After::keep;
  }
};

/// A database whose groups aren't atomic: the first member arrives, the rest is told to have.
class HalfGroups final : public ForwardingBackend {
 public:
  using ForwardingBackend::ForwardingBackend;

  Result<std::vector<GroupAnswer>> commit(const std::vector<Group>& groups) override {
    std::vector<Group> halves = groups;
    for (Group& group : halves) {
      for (std::size_t i = 1; i < group.members.size(); ++i) group.members[i].data.reset();
    }
    return inner_.commit(halves);
  }
};

/// Memory that no other process can see, behind a name that leads to zeros.
class PrivateMemory final : public SharedMemory {
 public:
  explicit PrivateMemory(std::unique_ptr<SharedMemory> named)
      : named_(std::move(named)),
        bytes_(static_cast<std::byte*>(std::aligned_alloc(4096, named_->size()))) {
    if (bytes_ == nullptr) std::abort();
    std::memset(bytes_, 0, named_->size());
  }
  ~PrivateMemory() override { std::free(bytes_); }
  PrivateMemory(const PrivateMemory&) = delete;
  PrivateMemory& operator=(const PrivateMemory&) = delete;
  std::byte* data() const override { return bytes_; }
  std::size_t size() const override { return named_->size(); }
  const std::string& name() const override { return named_->name(); }
  bool linked() const override { return named_->linked(); }

 private:
  const std::unique_ptr<SharedMemory> named_;
  std::byte* const bytes_;
};

class PrivateMemorySpace final : public SharedMemorySpace {
 public:
  explicit PrivateMemorySpace(SharedMemorySpace& inner) : inner_(inner) {}
  Result<std::unique_ptr<SharedMemory>> create(std::size_t bytes,
                                               const Announce& announce) override {
    Result<std::unique_ptr<SharedMemory>> made = inner_.create(bytes, announce);
    if (!made) return made;
    return std::unique_ptr<SharedMemory>(std::make_unique<PrivateMemory>(*std::move(made)));
  }
  Result<std::unique_ptr<SharedMemory>> open(std::string_view name) override {
    return inner_.open(name);
  }
  Result<void> remove(std::string_view name) override { return inner_.remove(name); }

 private:
  SharedMemorySpace& inner_;
};

/// Takes what is written at a file's beginning, and zeros; loses the rest.
class ForgetfulFile final : public File {
 public:
  explicit ForgetfulFile(std::unique_ptr<File> inner) : inner_(std::move(inner)) {}
  Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    const bool zeros = bytes.find_first_not_of('\0') == std::string_view::npos;
    return offset == 0 || zeros ? inner_->write_at(offset, bytes) : Result<void>();
  }
  Result<std::string> read_at(std::uint64_t offset, std::size_t count) override {
    return inner_->read_at(offset, count);
  }
  Result<void> sync() override { return inner_->sync(); }
  Result<std::uint64_t> size() override { return inner_->size(); }

 private:
  const std::unique_ptr<File> inner_;
};

class ForgetfulFiles final : public FileSystem {
 public:
  explicit ForgetfulFiles(FileSystem& inner) : inner_(inner) {}
  Result<std::unique_ptr<File>> open(std::string_view path, keepsake::OpenMode mode) override {
    Result<std::unique_ptr<File>> file = inner_.open(path, mode);
    if (!file || mode == keepsake::OpenMode::read) return file;
    return std::unique_ptr<File>(std::make_unique<ForgetfulFile>(*std::move(file)));
  }
  Result<void> create_directory(std::string_view path) override {
    return inner_.create_directory(path);
  }
  Result<std::vector<std::string>> list(std::string_view path) override {
    return inner_.list(path);
  }
  Result<void> rename(std::string_view from, std::string_view to) override {
    return inner_.rename(from, to);
  }
  Result<void> remove(std::string_view path) override { return inner_.remove(path); }
  Result<void> sync_directory(std::string_view path) override {
    return inner_.sync_directory(path);
  }
  bool exists(std::string_view path) override { return inner_.exists(path); }
  bool is_local(std::string_view path) override { return inner_.is_local(path); }
  Result<std::unique_ptr<keepsake::FileLock>> lock(std::string_view path) override {
    return inner_.lock(path);
  }
  Result<keepsake::LockState> probe(std::string_view path) override { return inner_.probe(path); }
  bool wait_until_free(std::string_view path, keepsake::Duration at_most) override {
    return inner_.wait_until_free(path, at_most);
  }

 private:
  FileSystem& inner_;
};

class ForgetfulRuntime final : public ForwardingRuntime {
 public:
  explicit ForgetfulRuntime(std::shared_ptr<keepsake::detail::Runtime> inner)
      : ForwardingRuntime(std::move(inner)),
        files_(inner_->machine().files),
        memory_(inner_->machine().memory),
        machine_{.files = files_,
                 .memory = memory_,
                 .clock = inner_->machine().clock,
                 .random = inner_->machine().random,
                 .process = inner_->machine().process} {}
  const keepsake::Machine& machine() override { return machine_; }

 private:
  ForgetfulFiles files_;
  PrivateMemorySpace memory_;
  const keepsake::Machine machine_;
};

}  // namespace

std::string_view name(Break what) { return kNames[static_cast<std::size_t>(what)]; }

std::optional<Break> parse_break(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Break>(i);
  }
  return std::nullopt;
}

std::unique_ptr<keepsake::Backend> break_backend(keepsake::Backend& inner, Break what) {
  if (what == Break::fence) return std::make_unique<Unfenced>(inner);
  if (what == Break::trade) return std::make_unique<HalfGroups>(inner);
  return nullptr;
}

std::shared_ptr<keepsake::detail::Runtime> break_runtime(
    std::shared_ptr<keepsake::detail::Runtime> inner, Break what) {
  if (what == Break::journal) return std::make_shared<ForgetfulRuntime>(std::move(inner));
  return inner;
}

}  // namespace demo
