#include "keepsake/datum/change_form.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "keepsake/datum/json.h"
#include "src/datum/change_parts.h"
#include "src/datum/pointer.h"

namespace keepsake {

namespace {

using P = ChangeParts;

constexpr std::string_view kKinds[] = {"rename", "move",    "add",  "remove",     "wrap",
                                       "unwrap", "convert", "each", "map_values", "when"};
constexpr std::string_view kConditions[] = {"equals", "present", "absent", "has_kind"};

Value form_of(const Condition& condition) {
  Value form = Value::object({{"asks", kConditions[static_cast<std::size_t>(P::kind(condition))]},
                              {"at", pointer_of(P::at(condition))}});
  if (P::kind(condition) == Condition::Kind::equals) form.set("value", P::value(condition));
  if (P::kind(condition) == Condition::Kind::has_kind) {
    form.set("kind", name(P::value_kind(condition)));
  }
  return form;
}

Value form_of(const Change& change) {
  Value form = Value::object({{"op", kKinds[static_cast<std::size_t>(change.kind())]}});
  if (change.kind() != Change::Kind::when) form.set("at", pointer_of(P::at(change)));
  switch (change.kind()) {
    case Change::Kind::rename:
    case Change::Kind::wrap:
    case Change::Kind::unwrap: form.set("name", P::name(change)); break;
    case Change::Kind::move: form.set("to", pointer_of(P::to(change))); break;
    case Change::Kind::add: form.set("value", P::value(change)); break;
    case Change::Kind::remove:
      if (P::has_restored(change)) form.set("restored", P::value(change));
      break;
    case Change::Kind::convert:
      if (!P::name(change).empty()) {
        form.set("as", P::name(change));
      } else if (P::convert_back(change)) {
        form.set("back", true);
      }
      break;
    case Change::Kind::when:
      form.set("if", form_of(P::conditions(change).front()));
      [[fallthrough]];
    case Change::Kind::each:
    case Change::Kind::map_values: form.set("changes", form_of(change.parts())); break;
  }
  return form;
}

/// Reads one object; remembers the first thing that is wrong with it.
class FormReader {
 public:
  FormReader(const Value& form, std::string place, std::vector<std::string>* unknown)
      : form_(form), place_(std::move(place)), unknown_(unknown) {}

  Result<Change> change() {
    const std::string op = text("op");
    std::size_t kind = 0;
    while (kind < std::size(kKinds) && kKinds[kind] != op) ++kind;
    if (fault_ && kind == std::size(kKinds)) fail("op", "the kind of a change");
    if (!fault_) return std::move(fault_).error();
    Change made = change(static_cast<Change::Kind>(kind));
    knows_no_more();
    if (!fault_) return std::move(fault_).error();
    return made;
  }

 private:
  /// The member, which counts as known from now on.
  const Value* find(std::string_view member) {
    known_.push_back(member);
    return form_.find(member);
  }
  /// Fails at the first member that nothing asked for.
  void knows_no_more() {
    for (std::size_t i = 0; fault_ && i < form_.size(); ++i) {
      const std::string_view member = form_.members()[i].name;
      if (std::find(known_.begin(), known_.end(), member) == known_.end()) {
        fail(member, "no such member");
      }
    }
  }
  void fail(std::string_view member, std::string_view expected) {
    if (!fault_) return;
    const Value* found = form_.find(member);
    fault_ = Error(ErrorCode::invalid_schema, "a change that isn't understood")
                 .path(pointer_below(place_, member))
                 .expected(expected)
                 .found(found == nullptr                       ? "nothing"
                        : found->kind() == Value::Kind::string ? write_json(*found)
                                                               : name(found->kind()));
  }
  std::string text(std::string_view member) {
    const Value* found = find(member);
    if (found != nullptr && found->kind() == Value::Kind::string) {
      return std::string(found->as_string());
    }
    fail(member, "string");
    return {};
  }
  /// A pointer; "/?" after a fault.
  std::string place(std::string_view member, bool may_be_whole) {
    std::string pointer = text(member);
    const std::optional<Names> names = split_pointer(pointer);
    if (!names || (names->empty() && !may_be_whole)) {
      fail(member, may_be_whole ? "a JSON pointer" : "a JSON pointer to a member");
    }
    return fault_ ? pointer : "/?";
  }
  Value value(std::string_view member) {
    const Value* found = find(member);
    if (found == nullptr) fail(member, "a value");
    return found == nullptr ? Value() : *found;
  }
  std::vector<Change> parts() {
    const Value* found = find("changes");
    std::vector<Change> changes;
    if (found == nullptr || found->kind() != Value::Kind::array) {
      fail("changes", "array");
      return changes;
    }
    for (std::size_t i = 0; i < found->size() && fault_; ++i) {
      Result<Change> part =
          FormReader(found->items()[i], place_ + "/changes/" + std::to_string(i), unknown_)
              .change();
      if (part) {
        changes.push_back(*std::move(part));
      } else {
        fault_ = std::move(part).error();
      }
    }
    return changes;
  }

  Change conversion() {
    const std::string at = place("at", true);
    const Value* as = find("as");
    const std::string conversion = as == nullptr ? "" : text("as");
    std::optional<Change> known = convert_by_name(at, conversion);
    if (known) return *std::move(known);
    if (fault_ && as == nullptr && unknown_ != nullptr) return unknown_conversion(at);
    if (fault_) {
      fault_ = conversion.empty()
                   ? foreign_function()
                   : Error(ErrorCode::step_unknown, "a conversion that isn't known: " + conversion)
                         .path(place_)
                         .remedy("use the program that has it");
    }
    return change::remove("/?");
  }
  [[nodiscard]] Error foreign_function() const {
    return Error(ErrorCode::step_unknown, "a conversion by a function of a program")
        .path(place_)
        .remedy("use the program that has it");
  }
  Change unknown_conversion(std::string_view at) {
    unknown_->push_back(place_);
    const auto refuse = [why = foreign_function()](const Value&) -> Result<Value> { return why; };
    const Value* back = find("back");
    const bool has_back = back != nullptr;
    if (has_back && *back != Value(true)) fail("back", "true");
    Change change = has_back ? change::convert(at, refuse, refuse) : change::convert(at, refuse);
    P::unknown(change) = true;
    return change;
  }

  Condition condition() {
    const Value* form = find("if");
    if (form == nullptr) fail("if", "object");
    FormReader reader(form == nullptr ? form_ : *form, place_ + "/if", nullptr);
    const std::string asks = reader.text("asks");
    const std::string at = reader.place("at", true);
    Condition made = change::present(at);
    if (asks == "absent") {
      made = change::absent(at);
    } else if (asks == "equals") {
      made = change::equals(at, reader.value("value"));
    } else if (asks == "has_kind") {
      made = change::has_kind(at, reader.value_kind());
    } else if (asks != "present") {
      reader.fail("asks", "\"equals\", \"present\", \"absent\" or \"has_kind\"");
    }
    reader.knows_no_more();
    if (fault_) fault_ = std::move(reader.fault_);
    return made;
  }
  Value::Kind value_kind() {
    const std::string kind = text("kind");
    for (int i = 0; i <= static_cast<int>(Value::Kind::object); ++i) {
      if (name(static_cast<Value::Kind>(i)) == kind) return static_cast<Value::Kind>(i);
    }
    fail("kind", "the name of a kind of value");
    return Value::Kind::null;
  }

  Change change(Change::Kind kind) {
    if (kind == Change::Kind::when) {
      Condition asked = condition();
      return change::when(std::move(asked), parts());
    }
    if (kind == Change::Kind::convert) return conversion();
    const bool of_member = kind == Change::Kind::rename || kind == Change::Kind::move ||
                           kind == Change::Kind::add || kind == Change::Kind::remove;
    const std::string at = place("at", !of_member);
    switch (kind) {
      case Change::Kind::rename: return change::rename(at, text("name"));
      case Change::Kind::move: return change::move(at, place("to", false));
      case Change::Kind::add: return change::add(at, value("value"));
      case Change::Kind::remove:
        return find("restored") == nullptr ? change::remove(at)
                                           : change::remove(at, value("restored"));
      case Change::Kind::wrap: return change::wrap(at, text("name"));
      case Change::Kind::unwrap: return change::unwrap(at, text("name"));
      case Change::Kind::each: return change::each(at, parts());
      case Change::Kind::map_values: return change::map_values(at, parts());
      default: return change::remove("/?");
    }
  }

  const Value& form_;
  std::string place_;
  std::vector<std::string>* unknown_;
  std::vector<std::string_view> known_;
  Result<void> fault_;
};

}  // namespace

Value form_of(const std::vector<Change>& changes) {
  std::vector<Value> forms;
  forms.reserve(changes.size());
  for (const Change& change : changes) forms.push_back(form_of(change));
  return Value::array(std::move(forms));
}

Result<std::vector<Change>> changes_from(const Value& form, std::vector<std::string>* unknown) {
  if (form.kind() != Value::Kind::array) {
    return Error(ErrorCode::invalid_schema, "no list of changes")
        .expected("array")
        .found(name(form.kind()));
  }
  std::vector<Change> changes;
  for (std::size_t i = 0; i < form.size(); ++i) {
    Result<Change> change = FormReader(form.items()[i], "/" + std::to_string(i), unknown).change();
    if (!change) return std::move(change).error();
    changes.push_back(*std::move(change));
  }
  return changes;
}

}  // namespace keepsake
