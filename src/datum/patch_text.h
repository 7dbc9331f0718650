// Writes a JSON Patch (RFC 6902) of typed data, operation by operation, in buffers that it keeps.
#pragma once

#include <string>
#include <string_view>

#include "src/datum/extras_node.h"
#include "src/datum/pointer.h"

namespace keepsake::detail {

class PatchText {
 public:
  PatchText() { clear(); }
  void clear();
  [[nodiscard]] bool empty() const { return text_.size() == 1; }

  /// Of an object's member: it is new there. Of an array: it goes before the element of that index.
  void add(const Place* place, const TypeInfo& type, const void* object, const ExtrasNode* extras) {
    put("add", place, &type, object, extras);
  }
  /// It goes to the end of the array.
  void append(const Place* array, const TypeInfo& type, const void* object,
              const ExtrasNode* extras) {
    const Place end = Place::member(array, "-");
    put("add", &end, &type, object, extras);
  }
  void replace(const Place* place, const TypeInfo& type, const void* object,
               const ExtrasNode* extras) {
    put("replace", place, &type, object, extras);
  }
  void remove(const Place* place) { put("remove", place, nullptr, nullptr, nullptr); }

  /// Forgets the operations behind the first `bytes` of the patch.
  void cut(std::size_t bytes) { text_.resize(bytes); }
  [[nodiscard]] std::size_t size_bytes() const { return text_.size(); }
  /// The whole patch; nothing can be added until clear().
  [[nodiscard]] std::string_view finish();

 private:
  void put(std::string_view op, const Place* place, const TypeInfo* type, const void* object,
           const ExtrasNode* extras);

  std::string text_;
  std::string pointer_;
};

}  // namespace keepsake::detail
