// DataOps: what can be done to data of a struct's type by code that is no template and knows only
// addresses. One object for each type; its address is the type's identity.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "keepsake/base/result.h"
#include "keepsake/datum/data_form.h"
#include "keepsake/datum/detail/describe_type.h"
#include "keepsake/datum/extras.h"

namespace keepsake {

class DataOps;

/// Destroys data through the operations of its type.
struct DestroyData {
  const DataOps* ops = nullptr;
  void operator()(void* data) const noexcept;
};
/// Owns one struct of a type that only `get_deleter().ops` knows.
using ErasedData = std::unique_ptr<void, DestroyData>;

/// Every `const void*` and `void*` points to a struct of this type. Any thread.
class DataOps {
 public:
  [[nodiscard]] ErasedData make() const { return own(make_()); }  ///< T{}
  [[nodiscard]] ErasedData clone(const void* data) const { return own(clone_(data)); }
  void destroy(void* data) const noexcept { destroy_(data); }
  /// Copies over what is there, using the memory that it has.
  void assign(void* to, const void* from) const { assign_(to, from); }
  void swap(void* a, void* b) const { swap_(a, b); }

  /// As keepsake::validate, equal, rebase of struct.h.
  [[nodiscard]] Result<void> validate(const void* data) const {
    return detail::validate_typed(*type_, data);
  }
  [[nodiscard]] bool equal(const void* a, const void* b) const {
    return detail::equal_typed(*type_, a, b);
  }
  [[nodiscard]] Extras rebase(const Extras& extras, const void* edited) const {
    return extras.empty() ? Extras() : detail::rebase_typed(*type_, extras, edited);
  }
  /// Appends the data with `version` as its member "version" (unless empty): in JSON the first, in
  /// CBOR where the order of names puts it. The data must be valid.
  void encode(const void* data, const Extras& extras, std::string_view version, std::string& out,
              DataForm form = DataForm::json) const {
    const auto write = form == DataForm::cbor ? &detail::write_typed_cbor : &detail::write_typed;
    write(*type_, data, extras, version, out);
  }
  [[nodiscard]] const detail::TypeInfo& type() const noexcept { return *type_; }

  /// The operations of T: the same object each time.
  template <class T>
  [[nodiscard]] static const DataOps& of() noexcept {
    static constexpr DataOps kOps{std::type_identity<T>{}};
    return kOps;
  }

 private:
  template <class T>
  constexpr explicit DataOps(std::type_identity<T>) noexcept
      : type_(&detail::kType<T>),
        make_([]() -> void* { return new T{}; }),
        clone_([](const void* data) -> void* { return new T(*static_cast<const T*>(data)); }),
        destroy_([](void* data) noexcept { delete static_cast<T*>(data); }),
        assign_([](void* to, const void* from) {
          *static_cast<T*>(to) = *static_cast<const T*>(from);
        }),
        swap_([](void* a, void* b) { std::swap(*static_cast<T*>(a), *static_cast<T*>(b)); }) {}
  [[nodiscard]] ErasedData own(void* data) const { return ErasedData(data, DestroyData{this}); }

  const detail::TypeInfo* type_;
  void* (*make_)();
  void* (*clone_)(const void*);
  void (*destroy_)(void*) noexcept;
  void (*assign_)(void*, const void*);
  void (*swap_)(void*, void*);
};

inline void DestroyData::operator()(void* data) const noexcept { ops->destroy(data); }

}  // namespace keepsake
