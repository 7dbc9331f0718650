// What stands beside "type", and objects told apart by a tag.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "keepsake/datum/json.h"
#include "src/datum/fault.h"
#include "src/datum/json_schema_read.h"

namespace keepsake {

namespace {

Result<Schema> refused(SchemaForm& form, std::string_view keyword, std::string_view expected) {
  static_cast<void>(form.fail(keyword, expected));
  return std::move(form.fault).error();
}

/// A bound as it is for integers: exact, and one further where it is exclusive.
bool take_integer_bound(const Value& bound, bool least, bool exclusive, Limits& limits) {
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  std::int64_t value = 0;
  if (bound.kind() == Value::Kind::integer) {
    value = bound.as_integer();
  } else {
    const double number = bound.as_number();
    const double whole = least ? std::ceil(number) : std::floor(number);
    exclusive = exclusive && whole == number;
    value = least ? detail::integer_at_least(number) : detail::integer_at_most(number);
  }
  if (exclusive && value == (least ? kMax : kMin)) return false;  // nothing is beyond it
  if (exclusive) value += least ? 1 : -1;
  limits = limits & (least ? at_least(value) : at_most(value));
  return true;
}

Limits number_bound(double value, bool least, bool exclusive) {
  constexpr double kEndless = std::numeric_limits<double>::infinity();
  if (exclusive) value = std::nextafter(value, least ? kEndless : -kEndless);
  return least ? at_least(value) : at_most(value);
}

bool take_items(SchemaForm& form, const char* least, const char* most, Limits& limits) {
  return form.take_size(least, limits.least_size) && form.take_size(most, limits.most_size);
}

}  // namespace

bool take_bounds(SchemaForm& form, bool integer, Limits& limits) {
  struct Bound {
    const char* keyword;
    bool least;
    bool exclusive;
  };
  constexpr Bound kBounds[] = {{"minimum", true, false},
                               {"maximum", false, false},
                               {"exclusiveMinimum", true, true},
                               {"exclusiveMaximum", false, true}};
  for (const Bound& bound : kBounds) {
    const Value* value = form.take(bound.keyword);
    if (value == nullptr) continue;
    if (value->kind() != Value::Kind::integer && value->kind() != Value::Kind::number) {
      return form.fail(bound.keyword, "a number");
    }
    if (!integer) {
      limits = limits & number_bound(value->as_number(), bound.least, bound.exclusive);
    } else if (!take_integer_bound(*value, bound.least, bound.exclusive, limits)) {
      return form.fail(bound.keyword, "a bound that an integer of 64 bits can pass");
    }
  }
  return true;
}

Result<Schema> SchemaReader::read_types(SchemaForm& form) {
  const Value& types = *form.take("type");
  if (types.kind() == Value::Kind::string) return read_type(form, types.as_string());
  if (types.kind() != Value::Kind::array || types.size() == 0) {
    return refused(form, "type", "a type's name, or an array of them");
  }
  std::vector<Schema> schemas;
  bool or_null = false;
  for (const Value& type : types.items()) {
    if (type.kind() != Value::Kind::string) {
      return refused(form, "type", "a type's name, or an array of them");
    }
    if (type.as_string() == "null" && types.size() == 2) {
      or_null = true;
      continue;
    }
    Result<Schema> schema = read_type(form, type.as_string());
    if (!schema) return schema;
    schemas.push_back(*std::move(schema));
  }
  if (or_null && schemas.size() == 1) return schema::optional(std::move(schemas.front()));
  return schema::union_of(std::move(schemas));
}

Result<Schema> SchemaReader::read_type(SchemaForm& form, std::string_view type) {
  if (type == "null") return schema::nil();
  if (type == "boolean") return schema::boolean();
  if (type == "string") return read_text(form);
  if (type == "array") return read_array(form);
  if (type == "object") return read_object_or_map(form);
  const bool integer = type == "integer";
  if (!integer && type != "number") {
    const Place at = Place::member(form.place(), "type");
    return schema_fault(&at, "the name of a type of JSON Schema", write_json(Value(type)));
  }
  Limits limits;
  if (!take_bounds(form, integer, limits)) return std::move(form.fault).error();
  return (integer ? schema::integer() : schema::number()).within(limits);
}

Result<Schema> SchemaReader::read_text(SchemaForm& form) {
  Limits limits;
  if (!take_items(form, "x-keepsake-minBytes", "x-keepsake-maxBytes", limits)) {
    return std::move(form.fault).error();
  }
  if (const Value* encoding = form.take("contentEncoding")) {
    if (*encoding != Value("base64")) return refused(form, "contentEncoding", "\"base64\"");
    return schema::bytes().within(limits);
  }
  if (!form.take_size("minLength", limits.least_length) ||
      !form.take_size("maxLength", limits.most_length)) {
    return std::move(form.fault).error();
  }
  Schema text = schema::string().within(limits);
  const std::string* pattern = nullptr;
  if (!form.take_text("pattern", pattern)) return std::move(form.fault).error();
  if (pattern == nullptr) return text;
  Result<Pattern> parsed = Pattern::parse(*pattern);
  if (parsed) return text.matching(*std::move(parsed));
  const Place at = Place::member(form.place(), "pattern");
  return std::move(std::move(parsed).error().path(pointer_text(&at)));
}

Result<Schema> SchemaReader::read_array(SchemaForm& form) {
  Limits limits;
  if (!take_items(form, "minItems", "maxItems", limits)) return std::move(form.fault).error();
  const Value* items = form.take("items");
  if (items == nullptr) return schema::array(schema::any()).within(limits);
  const Place at = Place::member(form.place(), "items");
  Result<Schema> element = read(*items, &at);
  if (!element) return element;
  return schema::array(*std::move(element)).within(limits);
}

Result<Schema> SchemaReader::read_object_or_map(SchemaForm& form) {
  const Value* rest = form.peek("additionalProperties");
  if (rest != nullptr && rest->kind() == Value::Kind::object) {
    if (form.peek("properties") == nullptr) return read_map(form, *rest);
    return refused(form, "additionalProperties", "true or false beside properties");
  }
  return read_object(form);
}

Result<Schema> SchemaReader::read_map(SchemaForm& form, const Value& element) {
  static_cast<void>(form.take("additionalProperties"));
  Limits limits;
  if (!take_items(form, "minProperties", "maxProperties", limits)) {
    return std::move(form.fault).error();
  }
  const Place at = Place::member(form.place(), "additionalProperties");
  Result<Schema> value = read(element, &at);
  if (!value) return value;
  Schema key = schema::string();
  if (const Value* names = form.take("propertyNames")) {
    const Place key_at = Place::member(form.place(), "propertyNames");
    Result<Schema> read_key = read(*names, &key_at);
    if (!read_key) return read_key;
    key = *std::move(read_key);
  }
  return schema::map(std::move(key), *std::move(value)).within(limits);
}

Result<Schema> SchemaReader::read_object(SchemaForm& form) {
  const Value* properties = form.take("properties");
  const Value* required = form.take("required");
  if (properties != nullptr && properties->kind() != Value::Kind::object) {
    return refused(form, "properties", "an object");
  }
  std::vector<std::string> must;
  if (required != nullptr && required->kind() != Value::Kind::array) {
    return refused(form, "required", "an array of strings");
  }
  for (std::size_t i = 0; required != nullptr && i < required->size(); ++i) {
    const Value& name = required->items()[i];
    if (name.kind() != Value::Kind::string) return refused(form, "required", "an array of strings");
    must.emplace_back(name.as_string());
  }
  std::vector<SchemaMember> members;
  std::vector<std::string> reserved;
  const Place list = Place::member(form.place(), "properties");
  for (std::size_t i = 0; properties != nullptr && i < properties->size(); ++i) {
    const Member& property = properties->members()[i];
    if (property.value == Value(false)) {
      reserved.emplace_back(property.name);
      continue;
    }
    const Place at = Place::member(&list, property.name);
    Result<Schema> schema = read(property.value, &at);
    if (!schema) return schema;
    const auto named = std::find(must.begin(), must.end(), property.name);
    const bool may_lack = accepts_nothing(*schema);
    if (named != must.end() && may_lack) {
      return schema_fault(&at, "a required member that may not be null, which is absent here",
                          "one that may");
    }
    if (named != must.end()) {
      must.erase(named);
    } else if (!may_lack && schema->default_value() == nullptr) {
      schema = schema::optional(*std::move(schema));
    }
    members.push_back({std::string(property.name), *std::move(schema)});
  }
  if (!must.empty()) {
    const Place at = Place::member(form.place(), "required");
    return schema_fault(&at, "names of properties, each once", write_json(Value(must.front())));
  }
  Schema object = schema::object(std::move(members)).reserving(std::move(reserved));
  if (const Value* rest = form.take("additionalProperties")) {
    if (rest->kind() != Value::Kind::boolean) {
      return refused(form, "additionalProperties", "a schema, true or false");
    }
    if (!rest->as_bool()) object = object.unknown_fields(UnknownFields::reject);
  }
  if (const Value* unknown = form.take("x-keepsake-unknown")) {
    if (*unknown != Value("strip")) return refused(form, "x-keepsake-unknown", "\"strip\"");
    object = object.unknown_fields(UnknownFields::strip);
  }
  return object;
}

Result<Schema> SchemaReader::read_tagged(SchemaForm& form) {
  const Value& variants = *form.take("oneOf");
  const Value* type = form.take("type");
  if (type != nullptr && *type != Value("object")) return refused(form, "type", "\"object\"");
  if (variants.kind() != Value::Kind::array || variants.size() == 0) {
    return refused(form, "oneOf", "an array of at least one schema");
  }
  const Value* told = form.peek("discriminator");
  const Value* name = told == nullptr ? nullptr : told->find("propertyName");
  if (name == nullptr || name->kind() != Value::Kind::string) {
    return refused(form, "discriminator",
                   "{\"propertyName\": …} beside oneOf (anyOf is for other unions)");
  }
  const std::string tag(name->as_string());
  if (const Value* required = form.take("required")) {
    if (*required != Value::array({tag})) return refused(form, "required", "the tag alone");
  }
  const Place list = Place::member(form.place(), "oneOf");
  std::vector<SchemaMember> members;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const Place at = Place::element(&list, i);
    Result<SchemaMember> variant = read_variant(variants.items()[i], &at, tag);
    if (!variant) return std::move(variant).error();
    for (const SchemaMember& other : members) {
      if (other.name != variant->name) continue;
      return schema_fault(&at, "a const that no other variant has", write_json(Value(other.name)));
    }
    members.push_back(*std::move(variant));
  }
  return schema::tagged_union(tag, std::move(members));
}

Result<SchemaMember> SchemaReader::read_variant(const Value& form, const Place* place,
                                                std::string_view tag) {
  const auto names_tag = [tag](const Value& object) -> const Value* {
    const Value* properties = object.find("properties");
    const Value* property = properties == nullptr ? nullptr : properties->find(tag);
    return property == nullptr ? nullptr : property->find("const");
  };
  const Value* name = names_tag(form);
  if (name == nullptr || name->kind() != Value::Kind::string) {
    return schema_fault(
        place, "an object whose member " + write_json(Value(tag)) + " has a string as const",
        kind_text(form));
  }
  const Value* all = form.find("allOf");
  if (all == nullptr) {
    Result<Schema> schema = read(form, place);
    if (!schema) return std::move(schema).error();
    return SchemaMember{std::string(name->as_string()), *std::move(schema)};
  }
  const Place at = Place::member(place, "allOf");
  const Value tag_only = Value::object({{std::string(tag), Value::object({{"const", *name}})}});
  if (all->kind() != Value::Kind::array || all->size() != 1 || form.size() != 3 ||
      *form.find("properties") != tag_only || form.find("required") == nullptr ||
      *form.find("required") != Value::array({tag})) {
    return schema_fault(&at, "one schema beside the tag's const", kind_text(*all));
  }
  const Place first = Place::element(&at, 0);
  Result<Schema> schema = read(all->items()[0], &first);
  if (!schema) return std::move(schema).error();
  return SchemaMember{std::string(name->as_string()), *std::move(schema)};
}

}  // namespace keepsake
