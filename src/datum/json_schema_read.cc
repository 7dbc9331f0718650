#include "src/datum/json_schema_read.h"

#include <algorithm>
#include <utility>

#include "keepsake/datum/json.h"
#include "keepsake/datum/json_schema.h"
#include "src/datum/base64.h"
#include "src/datum/fault.h"

namespace keepsake {

namespace {

using Kind = Schema::Kind;

Error endless(const std::string& path) {
  return Error(ErrorCode::invalid_schema)
      .path(path)
      .expected("a schema that is decided in at most 32 steps without a value between")
      .found("a longer chain, or a circle");
}

constexpr std::string_view kDraft = "https://json-schema.org/draft/2020-12/schema";

}  // namespace

Result<Schema> SchemaReader::read() {
  definitions_.push_back({.form = &document_});
  static_cast<void>(table_.add());
  if (document_.kind() == Value::Kind::object) {
    const Value* draft = document_.find("$schema");
    if (draft != nullptr && *draft != Value(kDraft)) {
      const Place at = Place::member(nullptr, "$schema");
      return schema_fault(&at, write_json(Value(kDraft)), "another draft");
    }
    Result<void> listed = read_definitions();
    if (!listed) return std::move(listed).error();
  }
  for (std::size_t i = 0; i < definitions_.size(); ++i) {
    Result<void> done = read_definition(i);
    if (!done) return std::move(done).error();
  }
  Result<void> proved = prove();
  if (!proved) return std::move(proved).error();
  return table_.whole(table_.reference(0));
}

/// Finds the names; what they hold is read when it is referred to, or at the end.
Result<void> SchemaReader::read_definitions() {
  const Value* listed = document_.find("$defs");
  if (listed == nullptr) return {};
  const Place at = Place::member(nullptr, "$defs");
  if (listed->kind() != Value::Kind::object) {
    return schema_fault(&at, "an object", kind_text(*listed));
  }
  if (listed->size() > kMostDefinitions) {
    return Error(ErrorCode::limit_exceeded, "more than 1000 definitions").path(pointer_text(&at));
  }
  for (const Member& member : listed->members()) {
    by_name_[std::string(member.name)] = definitions_.size();
    definitions_.push_back({.form = &member.value});
    static_cast<void>(table_.add());
  }
  return {};
}

Result<void> SchemaReader::read_definition(std::size_t index) {
  if (definitions_[index].state != State::unread) return {};
  definitions_[index].state = State::under_way;
  const Place defs = Place::member(nullptr, "$defs");
  std::string_view name;
  for (const auto& [known, at] : by_name_) {
    if (at == index) name = known;
  }
  const Place at = Place::member(&defs, name);
  Result<Schema> schema = read(*definitions_[index].form, index == 0 ? nullptr : &at);
  if (!schema) return std::move(schema).error();
  if (SchemaNode::is_reference(*schema)) {
    const std::string_view target = definitions_[index].form->find("$ref")->as_string();
    definitions_[index].alias =
        target == "#" ? 0 : by_name_[split_pointer(target.substr(1))->back()];
  } else if (index != 0) {
    SchemaNode node = SchemaNode::of(*schema);
    node.title = name;
    schema = SchemaBuilder::make(std::move(node));
  }
  std::size_t next = definitions_[index].alias;
  for (std::size_t steps = 0; next < definitions_.size(); ++steps) {
    if (next == index || steps > definitions_.size())
      return endless(pointer_text(index == 0 ? nullptr : &at));
    next = definitions_[next].alias;
  }
  table_.set(index, *std::move(schema));
  // Every circle is closed by the last of its definitions.
  if (chain_from(table_.reference(index)) > kMostChain) {
    return endless(pointer_text(index == 0 ? nullptr : &at));
  }
  definitions_[index].state = State::done;
  return {};
}

/// That every value can be decided, and that the defaults fit.
Result<void> SchemaReader::prove() {
  if (longest_chain(table_.reference(0)) > kMostChain) return endless({});
  for (const Default& given : defaults_) {
    const Result<Validated> fits = given.schema.validate(given.value);
    if (fits) continue;
    const Error& why = fits.error();
    return Error(ErrorCode::invalid_schema, "the default does not fit: " + why.message())
        .path(given.pointer + why.path());
  }
  return {};
}

Result<Schema> SchemaReader::read(const Value& value, const Place* place) {
  if (value == Value(true)) return schema::any();
  if (value.kind() != Value::Kind::object) {
    return schema_fault(place, "a schema (an object, or true)",
                        value == Value(false) ? "false" : kind_text(value));
  }
  if (++depth_ > kMostDepth) {
    return Error(ErrorCode::limit_exceeded, "more than 200 schemas within each other")
        .path(pointer_text(place));
  }
  SchemaForm form(value, place, place == nullptr);
  Result<Schema> schema = read_form(form);
  --depth_;
  return schema;
}

Result<Schema> SchemaReader::read_form(SchemaForm& form) {
  Result<Schema> schema = [&]() -> Result<Schema> {
    if (form.peek("$ref") != nullptr) return read_reference(form);
    if (form.peek("const") != nullptr) {
      const Value value = *form.take("const");
      const Value* encoding = form.take("contentEncoding");
      std::string octets;
      if (encoding == nullptr) return schema::literal(value);
      if (*encoding == Value("base64") && value.kind() == Value::Kind::string &&
          read_base64(value.as_string(), octets)) {
        return schema::literal(Value::bytes(octets));
      }
      return static_cast<void>(form.fail("contentEncoding", "\"base64\" beside base64")),
             std::move(form.fault).error();
    }
    if (form.peek("enum") != nullptr) return read_enum(form);
    if (form.peek("anyOf") != nullptr) return read_any_of(form);
    if (form.peek("oneOf") != nullptr) return read_tagged(form);
    if (form.peek("type") != nullptr) return read_types(form);
    return schema::any();
  }();
  if (!schema) return schema;
  return with_notes(form, *std::move(schema));
}

Result<Schema> SchemaReader::read_reference(SchemaForm& form) {
  const std::string* text = nullptr;
  if (!form.take_text("$ref", text)) return std::move(form.fault).error();
  const Place at = Place::member(form.place(), "$ref");
  std::size_t index = 0;
  if (*text != "#") {
    const auto names =
        text->starts_with('#') ? split_pointer(std::string_view(*text).substr(1)) : std::nullopt;
    if (!names || names->size() != 2 || names->front() != "$defs") {
      return schema_fault(&at, "\"#\" or \"#/$defs/\" with a name", "another reference");
    }
    const auto found = by_name_.find(names->back());
    if (found == by_name_.end()) {
      return schema_fault(&at, "the name of a definition", write_json(Value(names->back())));
    }
    index = found->second;
  }
  Result<void> done = read_definition(index);
  if (!done) return std::move(done).error();
  return table_.reference(index);
}

Result<Schema> SchemaReader::read_enum(SchemaForm& form) {
  const Value& values = *form.take("enum");
  if (values.kind() != Value::Kind::array || values.size() == 0) {
    return static_cast<void>(form.fail("enum", "an array of at least one value")),
           std::move(form.fault).error();
  }
  const auto is_text = [](const Value& value) { return value.kind() == Value::Kind::string; };
  if (std::all_of(values.items().begin(), values.items().end(), is_text)) {
    const Value* type = form.peek("type");
    if (type != nullptr && *type == Value("string")) static_cast<void>(form.take("type"));
    std::vector<std::string> names;
    for (const Value& value : values.items()) names.emplace_back(value.as_string());
    return schema::enumeration(std::move(names));
  }
  std::vector<Schema> alternatives;
  for (const Value& value : values.items()) alternatives.push_back(schema::literal(value));
  return schema::union_of(std::move(alternatives));
}

Result<Schema> SchemaReader::read_any_of(SchemaForm& form) {
  const Value& alternatives = *form.take("anyOf");
  if (alternatives.kind() != Value::Kind::array || alternatives.size() == 0) {
    return static_cast<void>(form.fail("anyOf", "an array of at least one schema")),
           std::move(form.fault).error();
  }
  const Place list = Place::member(form.place(), "anyOf");
  std::vector<Schema> schemas;
  for (std::size_t i = 0; i < alternatives.size(); ++i) {
    const Place at = Place::element(&list, i);
    Result<Schema> schema = read(alternatives.items()[i], &at);
    if (!schema) return schema;
    schemas.push_back(*std::move(schema));
  }
  const Value* kind = form.take("x-keepsake-kind");
  if (kind != nullptr && *kind != Value("union")) {
    return static_cast<void>(form.fail("x-keepsake-kind", "\"union\"")),
           std::move(form.fault).error();
  }
  const bool or_null =
      alternatives.size() == 2 && alternatives.items()[1] == Value::object({{"type", "null"}});
  if (or_null && kind == nullptr) return schema::optional(std::move(schemas.front()));
  return schema::union_of(std::move(schemas));
}

/// What stands beside every kind: description, deprecated, default, the words of predicates. And
/// the end of the form: every keyword must have been used.
Result<Schema> SchemaReader::with_notes(SchemaForm& form, Schema schema) {
  const auto fault = [&form]() { return std::move(form.fault).error(); };
  Result<void> ruled = take_rules(form, schema);
  if (!ruled) return std::move(ruled).error();
  const std::string* description = nullptr;
  if (!form.take_text("description", description)) return fault();
  const Value* deprecated = form.take("deprecated");
  if (deprecated != nullptr && deprecated->kind() != Value::Kind::boolean) {
    return static_cast<void>(form.fail("deprecated", "a boolean")), fault();
  }
  const Value* fallback = form.take("default");
  const Value* type = form.peek("type");
  const bool one_type = type != nullptr && type->kind() == Value::Kind::string;
  Result<void> used = form.all_used(one_type ? type->as_string() : "what is described here");
  if (!used) return std::move(used).error();
  const bool is_deprecated = deprecated != nullptr && deprecated->as_bool();
  if (description == nullptr && !is_deprecated && fallback == nullptr) return schema;
  // What is said beside a reference is said of this place, not of the definition.
  if (SchemaNode::is_reference(schema)) schema = schema::refine(std::move(schema), "", nullptr);
  SchemaNode node = SchemaNode::of(schema);
  if (description != nullptr) node.description = *description;
  node.deprecated = is_deprecated;
  if (fallback != nullptr) node.fallback = *fallback;
  schema = SchemaBuilder::make(std::move(node));
  if (fallback != nullptr) {
    const Place at = Place::member(form.place(), "default");
    defaults_.push_back({schema, *fallback, pointer_text(&at)});
  }
  return schema;
}

Result<void> SchemaReader::take_rules(SchemaForm& form, Schema& schema) {
  const Value* words = form.take("x-keepsake-refine");
  if (words == nullptr) return {};
  std::vector<Value> all{*words};
  if (words->kind() == Value::Kind::array) all.assign(words->items().begin(), words->items().end());
  for (const Value& word : all) {
    if (word.kind() != Value::Kind::string) {
      static_cast<void>(form.fail("x-keepsake-refine", "a string, or an array of them"));
      return std::move(form.fault);
    }
    const bool object = !SchemaNode::is_reference(schema) && schema.kind() == Kind::object;
    schema = object ? schema.with_rule(word.as_string(), nullptr)
                    : schema::refine(std::move(schema), word.as_string(), nullptr);
  }
  const Place at = Place::member(form.place(), "x-keepsake-refine");
  if (unheld_ != nullptr) unheld_->push_back(pointer_text(&at));
  return {};
}

Result<Schema> from_json_schema(const Value& document, std::vector<std::string>* unheld) {
  return SchemaReader(document, unheld).read();
}

}  // namespace keepsake
