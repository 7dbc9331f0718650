#include "src/datum/patch_text.h"

#include "src/datum/json_text.h"

namespace keepsake::detail {

[[gnu::hot]] void PatchText::clear() { text_.assign(1, '['); }

[[gnu::hot]] std::string_view PatchText::finish() {
  text_ += ']';
  return text_;
}

[[gnu::hot]] void PatchText::put(std::string_view op, const Place* place, const TypeInfo* type,
                                 const void* object, const ExtrasNode* extras) {
  const bool first = empty();
  pointer_.clear();
  append_pointer(pointer_, place);
  TextOut out(text_);
  out.put(first ? std::string_view(R"({"op":")") : std::string_view(R"(,{"op":")"));
  out.put(op);
  out.put(R"(","path":)");
  out.quoted(pointer_);
  if (type != nullptr) {
    out.put(R"(,"value":)");
    write_part(*type, object, extras, out);
  }
  out.put('}');
  out.finish();
}

}  // namespace keepsake::detail
