// Tags: what is known of a profile without its data. Setting them is an edit of the profile that
// leaves its data alone.
#include <cmath>
#include <utility>

#include "keepsake/backend/limits.h"
#include "keepsake/datum/json.h"
#include "src/datum/pointer.h"
#include "src/store/store_core.h"

namespace keepsake::detail {

namespace {

bool may_be_tag(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::string: return is_utf8(value.as_string());
    case Value::Kind::number: return std::isfinite(value.as_number());
    case Value::Kind::integer:
    case Value::Kind::boolean: return true;
    default: return false;
  }
}

Error not_tags(const Value& found, std::string_view path, const char* expected) {
  return Error(ErrorCode::invalid_argument, "tags can't be that")
      .path(path)
      .expected(expected)
      .found(name(found.kind()));
}

/// As they are stored: a JSON object, or "" for none.
Result<std::string> text_of_tags(const Value& tags) {
  if (tags.kind() != Value::Kind::object) return not_tags(tags, "", "an object");
  for (const Member& tag : tags.members()) {
    if (!may_be_tag(tag.value) || !is_utf8(tag.name)) {
      return not_tags(tag.value, pointer_below("", tag.name),
                      "a text, a finite number or a boolean");
    }
  }
  return tags.size() == 0 ? std::string() : write_json(tags);
}

}  // namespace

Result<void> StoreCore::set_tags(Slot& slot, const Value& tags) {
  assert_thread();
  if (Result<void> may = may_change(slot); !may) return may;
  Result<std::string> text = text_of_tags(tags);
  if (!text) return std::move(text).error().store(slot.key.store).key(slot.key.key);
  if (Result<void> fits = valid_tags(slot.key, *text); !fits) return fits;
  if (*text == slot.envelope.tags) return {};
  std::uint64_t sequence = 0;
  if (grant_.journal) {
    MemberView view = member_view(slot);
    view.edit_number += 1;
    view.tags = *text;
    view.state_hash = slot.state_hash;
    if (slot.state_hash == 0) {  // the journal has nothing of this session yet
      encode_payload(slot);
      if (Result<void> room = valid_payload(slot.key, slot.payload); !room) return room;
      view.content = ContentKind::image;
      view.bytes = slot.payload;
      view.state_hash = state_hash_of_image(slot.payload);
    }
    const Result<std::uint64_t> appended =
        grant_.journal->append({.kind = RecordKind::edit, .members = std::span(&view, 1)});
    if (!appended) return Error(appended.error()).store(slot.key.store).key(slot.key.key);
    sequence = *appended;
    slot.state_hash = view.state_hash;
    ++stats_.journal_records;
    stats_.journal_bytes += text->size() + view.bytes.size();
  }
  slot.envelope.tags = *std::move(text);
  count_edit(slot, sequence);
  slot.tags_edit = slot.edit_number;
  ++stats_.edits;
  return {};
}

}  // namespace keepsake::detail
