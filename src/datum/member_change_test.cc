// Changes by member: the patch makes of the old data what the change made of the struct, unknown
// fields included.
#include "src/datum/member_change.h"

#include <gtest/gtest.h>

#include <random>

#include "keepsake/datum/json_patch.h"
#include "keepsake/datum/struct.h"

namespace keepsake::detail {
namespace {

struct Part {
  std::string id;
  std::int64_t count = 0;
  std::optional<bool> on;
};
struct Whole {
  std::vector<Part> parts;
  std::map<std::string, Part> named;
  Part one;
  std::optional<Part> maybe;
  std::array<std::int64_t, 2> pair{};
};

constexpr std::string_view kWhole =
    R"({"parts":[{"id":"a","count":1,"x":1},{"id":"b","count":2},{"id":"c","count":3,"y":[2]}],)"
    R"("named":{"k":{"id":"k","count":1,"z":true},"l/~":{"id":"l","count":2}},)"
    R"("one":{"id":"o","count":1,"on":true,"u":{}},"maybe":{"id":"m","count":1,"w":1},)"
    R"("pair":[1,2],"top":"t"})";

class Changes {
 public:
  explicit Changes(std::uint64_t seed) : random_(seed) {}

  /// One change of any kind to the struct; the same, as a patch, to the document.
  void step() {
    switch (draw(8)) {
      case 0:
        return change({.path = path_of<&Whole::one, &Part::count>()},
                      [&] { whole().one.count = draw(9); });
      case 1:
        return change({.path = path_of<&Whole::one, &Part::on>()}, [&] {
          whole().one.on = draw(2) == 0 ? std::optional(draw(2) == 0) : std::nullopt;
        });
      case 2:
        return change({.path = path_of<&Whole::maybe>()}, [&] {
          if (draw(2) == 0) return whole().maybe.reset();
          if (!whole().maybe) whole().maybe.emplace();
          whole().maybe->count = draw(9);
        });
      case 3: return change_list();
      case 4: return change_map();
      case 5:
        return change({.path = path_of<&Whole::parts>()}, [&] {
          std::swap(whole().parts.front(), whole().parts.back());
          if (draw(3) == 0) whole().parts.pop_back();
          whole().parts.push_back(part());
        });
      case 6: {
        const auto index = static_cast<std::size_t>(draw(2));
        return change(
            {.path = path_of<&Whole::pair>(), .kind = MemberChange::Kind::element, .index = index},
            [&] { whole().pair[index] = draw(99); });
      }
      default:
        if (!whole().maybe) return;
        return change({.path = path_of<&Whole::maybe, &Part::id>()},
                      [&] { whole().maybe->id += "!"; });
    }
  }

  [[nodiscard]] Value now() const { return unbind(bound_.value, bound_.extras); }
  Value document_ = *parse_json(kWhole);

 private:
  Whole& whole() { return bound_.value; }
  int draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  Part part() {
    return {.id = std::string(1, static_cast<char>('a' + draw(4))), .count = draw(3), .on = {}};
  }

  void change_list() {
    std::vector<Part>& parts = whole().parts;
    const auto index = static_cast<std::size_t>(draw(static_cast<int>(parts.size())));
    switch (draw(3)) {
      case 0:
        return change({.path = path_of<&Whole::parts>(), .kind = MemberChange::Kind::append},
                      [&] { parts.push_back(part()); });
      case 1:
        if (parts.size() < 2) return;
        return change({.path = path_of<&Whole::parts>(),
                       .kind = MemberChange::Kind::erase_element,
                       .index = index},
                      [&] { parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(index)); });
      default:
        return change(
            {.path = path_of<&Whole::parts>(), .kind = MemberChange::Kind::element, .index = index},
            [&] { parts[index] = part(); });
    }
  }

  void change_map() {
    const std::string key = draw(2) == 0 ? "l/~" : std::string(1, static_cast<char>('i' + draw(4)));
    const bool there = whole().named.contains(key);
    if (there && draw(2) == 0) {
      return change(
          {.path = path_of<&Whole::named>(), .kind = MemberChange::Kind::erase_entry, .key = key},
          [&] { whole().named.erase(key); });
    }
    const bool entry = there && draw(2) == 0;
    change({.path = path_of<&Whole::named>(),
            .kind = entry ? MemberChange::Kind::entry : MemberChange::Kind::put,
            .key = key},
           [&] { whole().named[key] = part(); });
  }

  void change(const MemberChange& change, FunctionRef<void()> make) {
    const MemberSite site(change, &whole());
    ASSERT_TRUE(find_target(site));
    const bool was_absent = is_absent(site);
    make();
    ASSERT_TRUE(validate_change(site));
    bound_.extras = rebase_change(site, bound_.extras);
    PatchText patch;
    write_change(site, was_absent, bound_.extras, patch);
    const std::string text(patch.finish());
    Result<Value> patched = apply_json_patch(document_, *parse_json(text));
    ASSERT_TRUE(patched) << text << patched.error().text();
    document_ = *std::move(patched);
  }

  std::mt19937_64 random_;
  Bound<Whole> bound_ = *decode_json<Whole>(kWhole);
};

TEST(MemberChange, PatchesTheDataAsItChangedTheStruct) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Changes changes(seed);
    for (int step = 0; step < 40; ++step) {
      changes.step();
      ASSERT_EQ(changes.document_, changes.now())
          << "seed " << seed << ", step " << step << ": " << write_json(changes.document_)
          << " is not " << write_json(changes.now());
    }
  }
}

TEST(MemberChange, FindsNothingBehindAnEmptyOptional) {
  Whole whole;
  const MemberChange change{.path = path_of<&Whole::maybe, &Part::id>()};
  EXPECT_EQ(find_target(MemberSite(change, &whole)).error().text(),
            "not_found at /maybe: an edit of a member that is not there: expected a value, found "
            "nothing");
  whole.maybe.emplace();
  EXPECT_EQ(find_target(MemberSite(change, &whole)).value(), &whole.maybe->id);
}

TEST(MemberChange, KeepsUnknownFieldsWhereTheirElementGoes) {
  Bound<Whole> bound = *decode_json<Whole>(kWhole);
  const MemberChange first{
      .path = path_of<&Whole::parts>(), .kind = MemberChange::Kind::erase_element, .index = 0};
  bound.value.parts.erase(bound.value.parts.begin());
  bound.extras = rebase_change(MemberSite(first, &bound.value), bound.extras);
  EXPECT_EQ(unbind(bound.value, bound.extras).find("parts")->items()[1].find("y")->size(), 1U);
  bound.value.parts.pop_back();
  const MemberChange last{
      .path = path_of<&Whole::parts>(), .kind = MemberChange::Kind::erase_element, .index = 1};
  bound.extras = rebase_change(MemberSite(last, &bound.value), bound.extras);
  EXPECT_EQ(write_json(*unbind(bound.value, bound.extras).find("parts")),
            R"([{"id":"b","count":2}])");
}

}  // namespace
}  // namespace keepsake::detail
