// A recipe: how the data that a declared step gives is put together from the data that it takes, in
// one go, as the step's changes would have left it. It is made once, from changes and schemas, and
// is good for most data; of the others, and of what is wrong with them, it says nothing.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keepsake/datum/change.h"
#include "keepsake/datum/schema.h"
#include "keepsake/datum/value.h"

namespace keepsake {

/// How many places of an object, or of a list's element, a recipe may look at.
inline constexpr std::size_t kMostRecipeSlots = 256;

/// A place in the older data, and what is to be found there.
struct RecipeSource {
  enum class Kind : unsigned char {
    whole,  ///< anything: it is only copied
    object,
    list,
  };
  Kind kind = Kind::whole;
  bool needed = false;  ///< where it is absent, the recipe says nothing
  std::size_t slot = 0;
  Name name{""};  ///< of a member
  const Schema* schema = nullptr;
  std::vector<RecipeSource> parts;  ///< object: its members, and there may be no others; list: one
  std::size_t slots = 0;            ///< list: how many places of an element have one
};

/// A place in the newer data, and what comes there.
struct RecipePart {
  enum class Kind : unsigned char { copy, constant, object, list };
  Kind kind = Kind::constant;
  const RecipeSource* source = nullptr;  ///< copy, list: of each element of it
  Name name{""};                         ///< of a member
  Value constant;
  std::vector<RecipePart> parts;  ///< object: its members; list: one
  std::size_t bytes = 0;  ///< that it takes in a document, beside a list's elements and long texts
};

class Recipe {
 public:
  /// nullptr: this step has none.
  [[nodiscard]] static std::shared_ptr<const Recipe> of(const std::vector<Change>& changes,
                                                        const Schema& before, const Schema& after,
                                                        const std::string& to);
  Recipe(const Recipe&) = delete;
  Recipe& operator=(const Recipe&) = delete;

  /// Whether it was made for these very schemas.
  [[nodiscard]] bool is_for(const Schema& before, const Schema& after) const;
  /// What the step and the newer version's schema make of data that the older one's has passed; or
  /// nothing.
  [[nodiscard]] std::optional<Value> make(const Value& data) const;

 private:
  Recipe(const Schema& before, const Schema& after) : before_(before), after_(after) {}
  const Schema before_;
  const Schema after_;
  RecipeSource source_;
  RecipePart part_;
  bool sure_ = false;  // the newer schema lets pass whatever is made
};

}  // namespace keepsake
