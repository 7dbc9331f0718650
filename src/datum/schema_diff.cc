#include "keepsake/datum/schema_diff.h"

#include <algorithm>
#include <set>
#include <utility>

#include "keepsake/datum/fingerprint.h"
#include "keepsake/datum/json.h"
#include "src/datum/json_schema_node.h"
#include "src/datum/pointer.h"
#include "src/datum/schema_changes.h"
#include "src/datum/shape.h"

namespace keepsake {

namespace {

using Kind = Schema::Kind;

constexpr std::size_t kMostChanges = 1000;

std::string pointer_of(const ChangeWay& way) {
  std::string pointer;
  for (const ChangeStep& step : way) {
    if (step.kind == ChangeStep::Kind::member) {
      append_pointer(pointer, step.name);
    } else {
      pointer += "/*";
    }
  }
  return pointer;
}

/// Whether an old server makes such objects itself, and so without what it doesn't know.
bool is_made_by_old(const ChangeWay& way, bool in_optional) {
  const auto several = [](const ChangeStep& step) { return step.kind != ChangeStep::Kind::member; };
  return in_optional || std::any_of(way.begin(), way.end(), several);
}

/// The words of all predicates about the value.
std::set<std::string> words_of(const Schema& schema) {
  std::set<std::string> words;
  const Schema* at = &schema;
  for (;;) {
    const SchemaNode& node = SchemaNode::of(*at);
    for (const SchemaRule& rule : node.rules) {
      if (!rule.expected.empty()) words.insert(rule.expected);
    }
    if (node.kind != Kind::optional && node.kind != Kind::refine) return words;
    at = &*node.element;
  }
}

/// Beside Schema::text(): what an object does with members that it doesn't name.
std::string policy_text(const Schema& schema) {
  if (schema.kind() != Kind::object) return {};
  std::string text;
  if (schema.unknown_fields() == UnknownFields::strip) text += ", others stripped";
  if (schema.unknown_fields() == UnknownFields::reject) text += ", others refused";
  for (const std::string& name : schema.reserved()) {
    text += ", no " + write_json(Value(name));
  }
  return text;
}

std::string text_of(const Schema& schema) {
  std::string text = bare(schema).text() + policy_text(bare(schema));
  for (const std::string& word : words_of(schema)) text += ", " + word;
  if (const Value* value = schema.default_value()) {
    return text + ", or else " + write_json(*value);
  }
  return accepts_nothing(schema) && bare(schema).kind() != Kind::any ? "optional " + text : text;
}

/// What a schema says of the value itself, and not of its parts.
std::string own_text(const Schema& schema) {
  const SchemaNode& node = SchemaNode::of(bare(schema));
  Value form =
      json_schema_node(node, NodeNotes::left_out, [](const Schema&) { return Value::object(); });
  if (node.kind == Kind::object) {
    for (const char* part : {"properties", "required"}) static_cast<void>(form.take(part));
    std::vector<std::string> reserved = node.names;
    std::sort(reserved.begin(), reserved.end());
    for (const std::string& name : reserved) form.set("not " + name, true);
  }
  for (const char* part : {"oneOf", "anyOf", "x-keepsake-refine", "default"}) {
    static_cast<void>(form.take(part));
  }
  std::string text = write_json(form);
  if (node.kind == Kind::map) text += fingerprint(*node.key);
  if (node.kind == Kind::union_of) {
    for (const SchemaMember& alternative : node.members) text += fingerprint(alternative.schema);
  }
  return text;
}

Reads worse(Reads a, Reads b) {
  if (a == Reads::not_always || b == Reads::not_always) return Reads::not_always;
  return a == Reads::unknown || b == Reads::unknown ? Reads::unknown : Reads::always;
}

/// Of an object's own policies: whether the reader takes what the writer's lets pass.
Reads reads_policies(const Schema& reader, const Schema& writer) {
  if (reader.kind() != Kind::object || writer.kind() != Kind::object) return Reads::always;
  const bool stricter = reader.unknown_fields() == UnknownFields::reject &&
                        writer.unknown_fields() != UnknownFields::reject;
  const bool reserves =
      std::any_of(reader.reserved().begin(), reader.reserved().end(), [&](const std::string& name) {
        return std::find(writer.reserved().begin(), writer.reserved().end(), name) ==
               writer.reserved().end();
      });
  // Whether there are such members, the data tell.
  return stricter || reserves ? Reads::unknown : Reads::always;
}

Reads reads_all(const Schema& reader, const Schema& writer) {
  if (writer_may_lack(writer) && !reader_may_lack(reader)) return Reads::not_always;
  const std::set<std::string> theirs = words_of(writer);
  const std::set<std::string> ours = words_of(reader);
  const bool held = std::includes(theirs.begin(), theirs.end(), ours.begin(), ours.end());
  Reads answer = held ? Reads::always : Reads::unknown;
  answer = worse(answer, reads_policies(bare(reader), bare(writer)));
  return worse(answer, reads(reader, writer));
}

class ChangeFinder {
  using Pair = std::pair<const SchemaNode*, const SchemaNode*>;

 public:
  void compare(const Schema& before, const Schema& after, bool in_optional) {
    if (found.size() >= kMostChanges) return;
    compare_own(before, after);
    const Pair pair{&SchemaNode::of(bare(before)), &SchemaNode::of(bare(after))};
    const bool is_open = std::find(open_.begin(), open_.end(), pair) != open_.end();
    if (pair.first == pair.second || is_open || same_.contains(pair)) return;
    open_.push_back(pair);
    const std::size_t known = found.size();
    compare_parts(bare(before), bare(after), in_optional || accepts_nothing(before));
    open_.pop_back();
    if (found.size() == known) same_.insert(pair);
  }

  std::vector<FoundChange> found;

 private:
  void add(const Schema* before, const Schema* after, SchemaChange change) {
    change.path = pointer_of(way_);
    if (before != nullptr) change.before = text_of(*before);
    if (after != nullptr) change.after = text_of(*after);
    found.push_back({way_, before, after, std::move(change)});
  }

  void compare_own(const Schema& before, const Schema& after) {
    const Value* old_default = before.default_value();
    const Value* new_default = after.default_value();
    const bool same_default = old_default == nullptr || new_default == nullptr
                                  ? old_default == new_default
                                  : *old_default == *new_default;
    const bool same = same_default && own_text(before) == own_text(after) &&
                      accepts_nothing(before) == accepts_nothing(after) &&
                      words_of(before) == words_of(after);
    if (same) return;
    const Reads forth = reads_all(before, after);
    const Reads back = reads_all(after, before);
    SchemaChange change{.old_reads_new = forth, .new_reads_old = back};
    if (forth != Reads::always) {
      change.old_server = OldServer::refuses;
    } else if (back != Reads::always) {
      change.old_server = OldServer::spoils;
    }
    add(&before, &after, std::move(change));
  }

  void compare_parts(const Schema& before, const Schema& after, bool in_optional) {
    const SchemaNode& old_node = SchemaNode::of(before);
    const SchemaNode& new_node = SchemaNode::of(after);
    const auto is_list = [](Kind kind) {
      return kind == Kind::array || kind == Kind::strict_array;
    };
    if (is_list(old_node.kind) && is_list(new_node.kind)) {
      within(ChangeStep::Kind::items, {}, *old_node.element, *new_node.element, in_optional);
    } else if (old_node.kind != new_node.kind) {
      return;
    } else if (old_node.kind == Kind::map) {
      within(ChangeStep::Kind::values, {}, *old_node.element, *new_node.element, in_optional);
    } else if (old_node.kind == Kind::object) {
      compare_members(before, after, in_optional);
    } else if (old_node.kind == Kind::tagged_union && old_node.tag == new_node.tag) {
      compare_variants(before, after);
    }
  }

  void within(ChangeStep::Kind kind, std::string name, const Schema& before, const Schema& after,
              bool in_optional) {
    way_.push_back({kind, std::move(name), writer_may_lack(before)});
    compare(before, after, in_optional);
    way_.pop_back();
  }

  void compare_members(const Schema& before, const Schema& after, bool in_optional) {
    const std::string old_order = order_of(before, after);
    const std::string new_order = order_of(after, before);
    if (old_order != new_order) {
      add(nullptr, nullptr, {});
      found.back().change.before = "members in the order " + old_order;
      found.back().change.after = "members in the order " + new_order;
    }
    for (const SchemaMember& member : before.members()) {
      if (way_.empty() && member.name == "version") continue;
      const Schema* now = after.member(member.name);
      if (now != nullptr) {
        within(ChangeStep::Kind::member, member.name, member.schema, *now, in_optional);
      } else {
        remove_member(member, after);
      }
    }
    for (const SchemaMember& member : after.members()) {
      if (way_.empty() && member.name == "version") continue;
      if (before.member(member.name) == nullptr) add_member(member, before, in_optional);
    }
  }

  /// The members that the other has, too.
  static std::string order_of(const Schema& schema, const Schema& other) {
    std::string text;
    for (const SchemaMember& member : schema.members()) {
      if (other.member(member.name) == nullptr) continue;
      text += (text.empty() ? "" : ", ") + member.name;
    }
    return text;
  }

  static bool reserves(const Schema& schema, const std::string& name) {
    const std::vector<std::string>& reserved = schema.reserved();
    return schema.unknown_fields() == UnknownFields::reject ||
           std::find(reserved.begin(), reserved.end(), name) != reserved.end();
  }

  void remove_member(const SchemaMember& member, const Schema& after) {
    SchemaChange change{.kind = SchemaChange::Kind::removed};
    if (!reader_may_lack(member.schema)) change.old_reads_new = Reads::not_always;
    if (reserves(after, member.name)) change.new_reads_old = Reads::not_always;
    if (change.old_reads_new != Reads::always) {
      change.old_server = OldServer::refuses;
    } else if (change.new_reads_old != Reads::always) {
      change.old_server = OldServer::spoils;  // it may write the member again
    }
    way_.push_back({ChangeStep::Kind::member, member.name});
    add(&member.schema, nullptr, std::move(change));
    way_.pop_back();
  }

  void add_member(const SchemaMember& member, const Schema& before, bool in_optional) {
    SchemaChange change{.kind = SchemaChange::Kind::added};
    const bool needed = !reader_may_lack(member.schema);
    if (needed) change.new_reads_old = Reads::not_always;
    if (reserves(before, member.name)) {
      change.old_reads_new = Reads::not_always;
      change.old_server = OldServer::refuses;
    } else if (needed && (before.unknown_fields() == UnknownFields::strip ||
                          is_made_by_old(way_, in_optional))) {
      change.old_server = OldServer::spoils;
    } else if (before.unknown_fields() == UnknownFields::strip) {
      change.old_server = OldServer::drops;
    }
    way_.push_back({ChangeStep::Kind::member, member.name});
    add(nullptr, &member.schema, std::move(change));
    way_.pop_back();
  }

  void compare_variants(const Schema& before, const Schema& after) {
    for (const SchemaMember& variant : before.members()) {
      const Schema* now = after.member(variant.name);
      if (now != nullptr) {
        compare(variant.schema, *now, true);
      } else {
        SchemaChange change{.kind = SchemaChange::Kind::removed,
                            .new_reads_old = Reads::not_always,
                            .old_server = OldServer::spoils};
        add_variant(variant, true, std::move(change));
      }
    }
    for (const SchemaMember& variant : after.members()) {
      if (before.member(variant.name) != nullptr) continue;
      SchemaChange change{.kind = SchemaChange::Kind::added,
                          .old_reads_new = Reads::not_always,
                          .old_server = OldServer::refuses};
      add_variant(variant, false, std::move(change));
    }
  }

  void add_variant(const SchemaMember& variant, bool old, SchemaChange change) {
    const std::string text = "variant " + write_json(Value(variant.name));
    add(nullptr, nullptr, std::move(change));
    (old ? found.back().change.before : found.back().change.after) = text;
  }

  ChangeWay way_;
  std::vector<Pair> open_;  // on the way
  std::set<Pair> same_;     // known to be without a difference
};

}  // namespace

std::vector<FoundChange> find_changes(const Schema& before, const Schema& after) {
  ChangeFinder finder;
  finder.compare(before, after, false);
  return std::move(finder.found);
}

std::vector<SchemaChange> diff_schemas(const Schema& before, const Schema& after) {
  std::vector<SchemaChange> changes;
  for (FoundChange& found : find_changes(before, after)) changes.push_back(std::move(found.change));
  return changes;
}

std::string_view name(Reads reads) noexcept {
  constexpr std::string_view kNames[] = {"always", "not always", "unknown"};
  return kNames[static_cast<std::size_t>(reads)];
}

std::string_view name(OldServer server) noexcept {
  constexpr std::string_view kNames[] = {"works", "drops", "refuses", "spoils"};
  return kNames[static_cast<std::size_t>(server)];
}

std::string_view name(SchemaChange::Kind kind) noexcept {
  constexpr std::string_view kNames[] = {"added", "removed", "changed"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace keepsake
