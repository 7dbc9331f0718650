// The patch makes of the old data what the new data is.
#include "src/datum/typed_diff.h"

#include <gtest/gtest.h>

#include <random>

#include "keepsake/datum/json_patch.h"
#include "keepsake/datum/struct.h"

namespace keepsake::detail {
namespace {

struct Circle {
  std::int64_t radius = 0;
};
struct Square {
  std::int64_t side = 0;
  std::optional<bool> filled;
};
struct Leaf {
  std::string id;
  std::int64_t count = 0;
};
struct Tree {
  std::int64_t number = 0;
  double share = 0;
  std::string text;
  std::optional<Leaf> leaf;
  std::vector<Leaf> leaves;
  std::vector<std::optional<std::int64_t>> holes;
  std::array<bool, 2> flags{};
  std::map<std::string, Leaf> named;
  std::variant<Circle, Square> shape;
};

class Forest {
 public:
  explicit Forest(std::uint64_t seed) : random_(seed) {}

  void change(Tree& tree) {
    switch (draw(9)) {
      case 0: tree.number = draw(3); break;
      case 1: tree.share = draw(5) / 4.0; break;
      case 2: tree.text.assign(static_cast<std::size_t>(draw(3)), '"'); break;
      case 3: tree.leaf = draw(2) == 0 ? std::nullopt : std::optional(leaf()); break;
      case 4: change(tree.leaves, leaf()); break;
      case 5: change(tree.holes, draw(2) == 0 ? std::optional<std::int64_t>() : draw(3)); break;
      case 6: tree.flags[static_cast<std::size_t>(draw(2))] = draw(2) == 0; break;
      case 7: {
        const std::string key(1, static_cast<char>('a' + draw(4)));
        if (draw(2) == 0) return void(tree.named.erase(key));
        tree.named[key] = leaf();
        break;
      }
      default:
        if (draw(2) == 0) {
          tree.shape = Circle{.radius = draw(3)};
        } else {
          tree.shape = Square{.side = draw(3), .filled = draw(2) == 0};
        }
    }
  }
  int draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

 private:
  Leaf leaf() { return {.id = std::string(1, static_cast<char>('a' + draw(3))), .count = draw(3)}; }
  template <class T>
  void change(std::vector<T>& list, const T& item) {
    const auto at = list.begin() + draw(static_cast<int>(list.size()) + 1);
    if (at == list.end() || draw(3) == 0) return void(list.insert(at, item));
    if (draw(2) == 0) return void(list.erase(at));
    *at = item;
  }
  std::mt19937_64 random_;
};

std::string patch_of(const Tree& was, const Tree& now) {
  PatchText patch;
  EXPECT_TRUE(diff_typed(kType<Tree>, &was, &now, patch));
  return std::string(patch.finish());
}

TEST(TypedDiff, MakesTheNewDataOfTheOld) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Forest forest(seed);
    Tree tree;
    for (int step = 0; step < 30; ++step) {
      const Tree was = tree;
      for (int n = forest.draw(6); n >= 0; --n) forest.change(tree);
      const std::string patch = patch_of(was, tree);
      const Result<Value> patched = apply_json_patch(unbind(was), *parse_json(patch));
      ASSERT_TRUE(patched) << "seed " << seed << ": " << patch << patched.error().text();
      ASSERT_EQ(*patched, unbind(tree)) << "seed " << seed << ": " << patch;
      ASSERT_EQ(patch == "[]", equal(was, tree));
    }
  }
}

TEST(TypedDiff, OfOneElementIsOneOperation) {
  Tree was;
  for (int i = 0; i < 100; ++i) was.leaves.push_back({.id = std::to_string(i), .count = i});
  Tree now = was;
  now.leaves.erase(now.leaves.begin() + 3);
  EXPECT_EQ(patch_of(was, now), R"([{"op":"remove","path":"/leaves/3"}])");
  now = was;
  now.leaves.push_back({.id = "new", .count = 1});
  now.leaves[7].count = 70;
  EXPECT_EQ(patch_of(was, now), R"([{"op":"replace","path":"/leaves/7/count","value":70},)"
                                R"({"op":"add","path":"/leaves/100","value":)"
                                R"({"id":"new","count":1}}])");
}

TEST(TypedDiff, OfAnArrayOfWhichLittleIsLeftIsTheArray) {
  Tree was;
  for (int i = 0; i < 10; ++i) was.leaves.push_back({.id = "old", .count = i});
  Tree now;
  now.leaves.push_back({.id = "new", .count = 0});
  EXPECT_EQ(patch_of(was, now),
            R"([{"op":"replace","path":"/leaves","value":[{"id":"new","count":0}]}])");
}

TEST(TypedDiff, NamesTheFirstFaultOfWhatDiffers) {
  Tree was;
  was.leaves.resize(3);
  Tree now = was;
  now.leaves[1].id = "\xff";
  PatchText patch;
  const Result<void> told = diff_typed(kType<Tree>, &was, &now, patch);
  EXPECT_EQ(told.error().path(), "/leaves/1/id");
  now = was;
  now.share = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(diff_typed(kType<Tree>, &was, &now, patch).error().path(), "/share");
}

}  // namespace
}  // namespace keepsake::detail
