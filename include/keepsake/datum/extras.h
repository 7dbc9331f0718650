// Extras: the members that were in the data but are not in the struct, kept beside it so that they
// go back where they were when the struct is saved (an older server must not lose a newer one's
// fields). Empty for nearly all data, and then one null pointer. Copies are cheap and shared.
//
// Where they go back to, when the struct has been edited meanwhile:
// - a member of a struct or of an entry of a map: the same place; gone if the optional or the entry
//   that held it is gone, or the variant holds another alternative;
// - an element of an array: the element whose content (as far as the struct knows it) is the same,
//   at the same index if it is the same there, else the first one; what is left over goes, in
//   order, to the elements that are left over if they are as many (elements changed in place), else
//   to an element left over at the same index, else its element counts as erased.
// So erasing, inserting, reordering and changing each keep them right; where one edit does several
// of these to elements of equal content, the best guess is taken. `rebase` after every edit makes
// that rule work from edit to edit rather than from load to save.
#pragma once

#include <memory>
#include <utility>

namespace keepsake {

namespace detail {
struct ExtrasNode;
}

class Extras {
 public:
  Extras() noexcept = default;
  explicit Extras(std::shared_ptr<const detail::ExtrasNode> node) noexcept
      : node_(std::move(node)) {}
  [[nodiscard]] bool empty() const noexcept { return node_ == nullptr; }
  [[nodiscard]] const detail::ExtrasNode* node() const noexcept { return node_.get(); }

 private:
  std::shared_ptr<const detail::ExtrasNode> node_;
};

}  // namespace keepsake
