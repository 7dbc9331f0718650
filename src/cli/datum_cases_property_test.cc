// Case files that nobody wrote: random forms of schemas and random input, judged by a model of
// what datum-serde does, written for this test and from its documents alone.
#include <optional>
#include <variant>

#include "src/cli/datum_cases.h"
#include "src/datum/pointer.h"
#include "src/datum/random_test_data.h"

namespace keepsake::cli {
namespace {

/// A fault, by its pointer.
struct Refused {
  std::string path;
};
using Verdict = std::variant<Value, Refused>;

Verdict model(const Value& form, const Value& value);

std::string_view text(const Value& form, std::string_view name) {
  return form.find(name)->as_string();
}

/// The verdict on a part, seen from the whole.
std::optional<Refused> fault_below(std::string_view name, const Verdict& verdict) {
  const Refused* fault = std::get_if<Refused>(&verdict);
  if (fault == nullptr) return std::nullopt;
  return Refused{pointer_below("", name) + fault->path};
}

Verdict model_list(const Value& elem, const Value& value) {
  if (value.kind() != Value::Kind::array) return Refused{};
  Value out = Value::array();
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Verdict item = model(elem, value.items()[i]);
    if (const auto fault = fault_below(std::to_string(i), item)) return *fault;
    out.push_back(std::get<Value>(item));
  }
  return out;
}

Verdict model_map(const Value& form, const Value& value) {
  if (value.kind() != Value::Kind::object) return Refused{};
  Value out = Value::object();
  for (const Member& member : value.members()) {
    if (member.value.is_null()) continue;
    const Verdict key = model(*form.find("key"), Value(member.name));
    if (std::holds_alternative<Refused>(key)) return Refused{pointer_below("", member.name)};
    const Verdict entry = model(*form.find("value"), member.value);
    if (const auto fault = fault_below(member.name, entry)) return *fault;
    out.set(member.name, std::get<Value>(entry));
  }
  return out;
}

Verdict model_object(const Value& form, const Value& value, bool strict) {
  if (value.kind() != Value::Kind::object) return Refused{};
  const Value& shape = *form.find("shape");
  Value out = Value::object();
  for (const Member& wanted : shape.members()) {
    const Value* there = value.find(wanted.name);
    const Verdict member = model(wanted.value, there == nullptr ? Value() : *there);
    if (const auto fault = fault_below(wanted.name, member)) return *fault;
    if (!std::get<Value>(member).is_null()) out.set(wanted.name, std::get<Value>(member));
  }
  for (const Member& member : value.members()) {
    if (strict && !member.value.is_null() && shape.find(member.name) == nullptr) return Refused{};
  }
  return out;
}

Verdict model_tagged(const Value& form, const Value& value) {
  if (value.kind() != Value::Kind::object) return Refused{};
  const std::string_view tag = text(form, "tag");
  const Value* named = value.find(tag);
  if (named == nullptr || named->kind() != Value::Kind::string) {
    return Refused{pointer_below("", tag)};
  }
  const Value* variant = form.find("variants")->find(named->as_string());
  return variant == nullptr ? Verdict(Refused{}) : model(*variant, value);
}

Verdict model(const Value& form, const Value& value) {
  const std::string_view kind = text(form, "kind");
  const auto need = [&](bool holds) { return holds ? Verdict(value) : Verdict(Refused{}); };
  if (kind == "nil") return need(value.is_null());
  if (kind == "boolean") return need(value.kind() == Value::Kind::boolean);
  if (kind == "string") return need(value.kind() == Value::Kind::string);
  if (kind == "number") {
    return need(value.kind() == Value::Kind::integer || value.kind() == Value::Kind::number);
  }
  if (kind == "literal") return need(value == *form.find("value"));
  if (kind == "optional") return value.is_null() ? value : model(*form.find("inner"), value);
  if (kind == "array" || kind == "strictArray") return model_list(*form.find("elem"), value);
  if (kind == "map") return model_map(form, value);
  if (kind == "taggedUnion") return model_tagged(form, value);
  if (kind != "union") return model_object(form, value, kind == "strictObject");
  for (const Value& alternative : form.find("of")->items()) {
    const Verdict verdict = model(alternative, value);
    if (std::holds_alternative<Value>(verdict)) return verdict;
  }
  return Refused{};
}

/// Names that pointers have to escape among them.
std::string member_name(Choices& c) {
  static const char* const kNames[] = {"a", "b", "c", "a/b", "~", "", "0", "\xC3\xA9"};
  return kNames[c.below(8)];
}

Value random_form(Choices& c, int depth) {
  static const char* const kKinds[] = {
      "nil",         "boolean", "number", "string",      "literal", "optional",     "array",
      "strictArray", "map",     "union",  "taggedUnion", "object",  "strictObject", "object"};
  const std::string kind = kKinds[c.below(depth > 0 ? 14 : 5)];
  Value form = Value::object({{"kind", kind}});
  const auto inner = [&] { return random_form(c, depth - 1); };
  if (kind == "literal")
    form.set("value", c.coin() ? Value(member_name(c)) : Value(c.below(3) == 0));
  if (kind == "optional") form.set("inner", inner());
  if (kind == "array" || kind == "strictArray") form.set("elem", inner());
  if (kind == "map") {
    form.set("key", c.coin() ? Value::object({{"kind", "string"}}) : random_form(c, 0));
    form.set("value", inner());
  }
  if (kind == "union") {
    Value of = Value::array();
    for (std::size_t n = c.below(4); n > 0; --n) of.push_back(inner());
    form.set("of", std::move(of));
  }
  const bool tagged = kind == "taggedUnion";
  if (tagged) form.set("tag", member_name(c));
  if (tagged || kind == "object" || kind == "strictObject") {
    Value parts = Value::object();
    for (std::size_t n = c.below(4); n > 0; --n) parts.set(member_name(c), inner());
    form.set(tagged ? "variants" : "shape", std::move(parts));
  }
  return form;
}

Value random_input(Choices& c, int depth) {
  switch (c.below(depth > 0 ? 8 : 5)) {
    case 0: return {};
    case 1: return c.coin();
    case 2: return static_cast<std::int64_t>(c.below(3));
    case 3: return member_name(c);
    case 4: return 0.5;
    case 5: {
      Value list = Value::array();
      for (std::size_t n = c.below(4); n > 0; --n) list.push_back(random_input(c, depth - 1));
      return list;
    }
    default: {
      Value object = Value::object();
      for (std::size_t n = c.below(5); n > 0; --n) {
        object.set(member_name(c), random_input(c, depth - 1));
      }
      return object;
    }
  }
}

/// Input made after the form, for the most part.
Value input_for(Choices& c, const Value& form, int depth) {
  const std::string_view kind = text(form, "kind");
  if (c.one_in(8) || depth == 0) return random_input(c, 2);
  const auto parts = [&](const Value& shape) {
    Value object = Value::object();
    for (const Member& member : shape.members()) {
      object.set(member.name, input_for(c, member.value, depth - 1));
    }
    if (c.one_in(6)) object.set(member_name(c), random_input(c, 1));
    return object;
  };
  if (kind == "nil") return {};
  if (kind == "boolean") return c.coin();
  if (kind == "string") return member_name(c);
  if (kind == "number") return c.coin() ? Value(3) : Value(0.5);
  if (kind == "literal") return *form.find("value");
  if (kind == "optional") return c.coin() ? input_for(c, *form.find("inner"), depth - 1) : Value();
  if (kind == "array" || kind == "strictArray") {
    Value list = Value::array();
    for (std::size_t n = c.below(4); n > 0; --n) {
      list.push_back(input_for(c, *form.find("elem"), depth - 1));
    }
    return list;
  }
  if (kind == "map") {
    Value object = Value::object();
    for (std::size_t n = c.below(4); n > 0; --n) {
      object.set(member_name(c), input_for(c, *form.find("value"), depth - 1));
    }
    return object;
  }
  if (kind == "union") {
    const Value& of = *form.find("of");
    return of.size() == 0 ? Value() : input_for(c, of.items()[c.below(of.size())], depth - 1);
  }
  if (kind != "taggedUnion") return parts(*form.find("shape"));
  const Value& variants = *form.find("variants");
  if (variants.size() == 0) return Value::object();
  const Member& variant = variants.members()[c.below(variants.size())];
  Value made = input_for(c, variant.value, depth - 1);
  if (made.kind() == Value::Kind::object) made.set(text(form, "tag"), variant.name.view());
  return made;
}

rc::Gen<Value> random_cases() {
  return made_by(
      [](Choices& c) {
        Value cases = Value::array();
        for (int i = 0; i < 4; ++i) {
          const Value form = random_form(c, 3);
          const Value input = input_for(c, form, 5);
          const Verdict verdict = model(form, input);
          Value test = Value::object({{"id", std::to_string(i)},
                                      {"op", c.coin() ? "decode" : "encode"},
                                      {"schema", form},
                                      {"input", input},
                                      {"ok", std::holds_alternative<Value>(verdict)}});
          if (const Refused* fault = std::get_if<Refused>(&verdict)) {
            test.set("path", fault->path);
          } else {
            test.set("output", std::get<Value>(verdict));
          }
          cases.push_back(std::move(test));
        }
        return cases;
      },
      400);
}

RC_GTEST_PROP(DatumCasesProperty, RandomCasesPassAsAModelOfDatumSerdeJudgesThem, ()) {
  const Value cases = *random_cases();
  const CaseReport report = run_cases(write_json(cases)).value();
  for (const std::string& line : report.lines) RC_LOG() << line << "\n";
  RC_ASSERT(report.failed == 0);
  RC_ASSERT(report.passed == cases.size());
}

RC_GTEST_PROP(DatumCasesProperty, NoCaseOfTheOppositeVerdictPasses, ()) {
  Value cases = *random_cases();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const bool ok = cases.items()[i].find("ok")->as_bool();
    cases.item(i).set("ok", !ok);
    cases.item(i).set(ok ? "path" : "output", ok ? Value("") : *cases.items()[i].find("input"));
  }
  RC_ASSERT(run_cases(write_json(cases)).value().passed == 0);
}

}  // namespace
}  // namespace keepsake::cli
