// A first step from one version of a schema to the next, out of what differs between them.
#include <algorithm>
#include <utility>

#include "keepsake/datum/json.h"
#include "keepsake/datum/schema_diff.h"
#include "src/datum/example_value.h"
#include "src/datum/json_write.h"
#include "src/datum/pointer.h"
#include "src/datum/schema_changes.h"
#include "src/datum/schema_node.h"
#include "src/datum/shape.h"

namespace keepsake {

namespace {

constexpr std::size_t kMostColumns = 100;
constexpr std::size_t kIndent = 6;  // of what a catalog's builder is told

/// Changes of one scope: the whole, or the elements of something in it.
struct Scope {
  struct Part;
  std::vector<std::string> changes;
  std::vector<Part> parts;
};
struct Scope::Part {
  std::string head;  // `change::each("/list", `
  Scope scope;
};

/// The part of that head; a new one where there is none yet.
Scope& part_of(Scope& scope, const std::string& head) {
  const auto known = std::find_if(scope.parts.begin(), scope.parts.end(),
                                  [&head](const Scope::Part& part) { return part.head == head; });
  Scope::Part& part = known != scope.parts.end() ? *known : scope.parts.emplace_back();
  part.head = head;
  return part.scope;
}

/// The scope of the elements that the way ends in, and the pointer there that is left. What may be
/// absent on the way is not to be made: what lies in it is changed where it is present.
std::pair<Scope*, std::string> scope_of(Scope& whole, const ChangeWay& way) {
  Scope* scope = &whole;
  std::string pointer;
  for (const ChangeStep& step : way) {
    if (step.kind == ChangeStep::Kind::member) {
      append_pointer(pointer, step.name);
      if (!step.may_lack || &step == &way.back()) continue;
      scope = &part_of(*scope, "change::when(change::present(" + quoted(pointer) + "), ");
      continue;
    }
    const char* each = step.kind == ChangeStep::Kind::items ? "each" : "map_values";
    scope = &part_of(*scope, "change::" + std::string(each) + "(" + quoted(pointer) + ", ");
    pointer.clear();
  }
  return {scope, pointer};
}

bool converts(const FoundChange& change, Schema::Kind from, Schema::Kind to) {
  return bare(*change.before).kind() == from && bare(*change.after).kind() == to;
}

class Suggestion {
 public:
  explicit Suggestion(std::vector<FoundChange> changes) : changes_(std::move(changes)) {
    for (const FoundChange& change : changes_) {
      if (change.change.kind == SchemaChange::Kind::added) add(change);
      if (change.change.kind == SchemaChange::Kind::removed) remove(change);
      if (change.change.kind == SchemaChange::Kind::changed) alter(change);
    }
  }

  [[nodiscard]] SuggestedStep step(std::string_view from, std::string_view to) && {
    std::string head = ".step(" + quoted(from) + ", " + quoted(to) + ",";
    const std::string list = text_of(whole_, 0);
    std::string code = head + " " + list + ")";
    if (kIndent + code.size() > kMostColumns) {
      code = head + "\n" + std::string(kIndent, ' ') + text_of(whole_, 2 * kIndent) + ")";
    }
    return {std::move(code), std::move(remarks_)};
  }

 private:
  /// `{a, b}`; over several lines where that is wider than a line, indented by `indent`.
  static std::string text_of(const Scope& scope, std::size_t indent) {
    std::vector<std::string> all = scope.changes;
    for (const Scope::Part& part : scope.parts) {
      all.push_back(part.head + text_of(part.scope, 0) + ")");
    }
    std::size_t width = indent + 2;
    for (const std::string& one : all) width += one.size() + 2;
    const bool broken = indent != 0 && width > kMostColumns;
    std::string text;
    for (const std::string& one : all) {
      if (!text.empty()) text += broken ? ",\n" + std::string(kIndent + 1, ' ') : ", ";
      text += one;
    }
    return "{" + text + "}";
  }

  void add(const FoundChange& change) {
    if (change.after == nullptr || reader_may_lack(*change.after)) return;
    auto [scope, pointer] = scope_of(whole_, change.way);
    scope->changes.push_back("change::add(" + quoted(pointer) + ", " + example_text(*change.after) +
                             ")");
  }

  void remove(const FoundChange& change) {
    if (change.before == nullptr) {
      remark(change, "what becomes of such data, only a function can say");
      return;
    }
    auto [scope, pointer] = scope_of(whole_, change.way);
    const std::string restored =
        accepts_nothing(*change.before) ? "Value()" : example_text(*change.before);
    scope->changes.push_back("change::remove(" + quoted(pointer) + ", " + restored + ")");
    for (const FoundChange& other : changes_) {
      if (!may_be_renamed(change, other)) continue;
      remark(change, "if it is " + other.change.path +
                         " under its old name, write change::rename(" + quoted(pointer) + ", " +
                         quoted(other.way.back().name) + ") in place of both");
    }
  }

  static bool may_be_renamed(const FoundChange& removed, const FoundChange& added) {
    if (added.change.kind != SchemaChange::Kind::added || added.after == nullptr) return false;
    const ChangeWay& a = removed.way;
    const ChangeWay& b = added.way;
    const bool neighbours =
        a.size() == b.size() &&
        std::equal(a.begin(), a.end() - 1, b.begin(), [](const ChangeStep& x, const ChangeStep& y) {
          return x.kind == y.kind && x.name == y.name;
        });
    return neighbours && reads(*added.after, *removed.before) == Reads::always;
  }

  void alter(const FoundChange& change) {
    if (change.before == nullptr || change.change.new_reads_old == Reads::always) return;
    auto [scope, pointer] = scope_of(whole_, change.way);
    const std::string place = quoted(pointer);
    using K = Schema::Kind;
    if (reads(*change.after, *change.before) == Reads::always && writer_may_lack(*change.before) &&
        !reader_may_lack(*change.after)) {
      scope->changes.push_back("change::when(change::absent(" + place + "), {change::add(" + place +
                               ", " + example_text(*change.after) + ")})");
    } else if (converts(change, K::integer, K::string)) {
      scope->changes.push_back("change::convert(" + place + ", Conversion::integer_to_string)");
    } else if (converts(change, K::string, K::integer)) {
      scope->changes.push_back("change::convert(" + place + ", Conversion::string_to_integer)");
      remark(change, "text that is no number fails the step");
    } else {
      remark(change, "data that the newer version refuses need change::convert(" + place +
                         ", forth, back), with functions of yours");
    }
  }

  void remark(const FoundChange& change, const std::string& text) {
    remarks_.push_back((change.change.path.empty() ? "the whole" : change.change.path) + ": " +
                       text);
  }

  std::vector<FoundChange> changes_;
  Scope whole_;
  std::vector<std::string> remarks_;
};

}  // namespace

SuggestedStep suggest_step(std::string_view from, std::string_view to, const Schema& before,
                           const Schema& after) {
  return Suggestion(find_changes(before, after)).step(from, to);
}

}  // namespace keepsake
