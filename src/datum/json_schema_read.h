// Reads a JSON Schema document into a Schema.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/datum/json_schema_form.h"
#include "src/datum/schema_node.h"

namespace keepsake {

class SchemaReader {
 public:
  SchemaReader(const Value& document, std::vector<std::string>* unheld)
      : document_(document), unheld_(unheld) {}

  [[nodiscard]] Result<Schema> read();

 private:
  static constexpr std::size_t kMostDefinitions = 1000;
  static constexpr std::size_t kMostDepth = 200;
  static constexpr std::size_t kMostChain = 32;
  enum class State : unsigned char { unread, under_way, done };
  struct Definition {
    const Value* form = nullptr;
    State state = State::unread;
    std::size_t alias = static_cast<std::size_t>(-1);  // it is nothing but a reference to this one
  };
  struct Default {
    Schema schema;
    Value value;
    std::string pointer;
  };

  [[nodiscard]] Result<void> read_definitions();
  [[nodiscard]] Result<void> read_definition(std::size_t index);
  [[nodiscard]] Result<void> prove();
  [[nodiscard]] Result<Schema> read(const Value& value, const Place* place);
  [[nodiscard]] Result<Schema> read_form(SchemaForm& form);
  [[nodiscard]] Result<Schema> read_reference(SchemaForm& form);
  [[nodiscard]] Result<Schema> read_enum(SchemaForm& form);
  [[nodiscard]] Result<Schema> read_any_of(SchemaForm& form);
  [[nodiscard]] Result<Schema> read_tagged(SchemaForm& form);
  [[nodiscard]] Result<SchemaMember> read_variant(const Value& form, const Place* place,
                                                  std::string_view tag);
  [[nodiscard]] Result<Schema> read_types(SchemaForm& form);
  [[nodiscard]] Result<Schema> read_type(SchemaForm& form, std::string_view type);
  [[nodiscard]] Result<Schema> read_text(SchemaForm& form);
  [[nodiscard]] Result<Schema> read_array(SchemaForm& form);
  [[nodiscard]] Result<Schema> read_object_or_map(SchemaForm& form);
  [[nodiscard]] Result<Schema> read_map(SchemaForm& form, const Value& element);
  [[nodiscard]] Result<Schema> read_object(SchemaForm& form);
  [[nodiscard]] Result<Schema> with_notes(SchemaForm& form, Schema schema);
  [[nodiscard]] Result<void> take_rules(SchemaForm& form, Schema& schema);

  const Value& document_;
  std::vector<std::string>* const unheld_;
  SchemaTable table_{true};
  std::vector<Definition> definitions_;  // the first one is the whole document
  std::unordered_map<std::string, std::size_t> by_name_;
  std::vector<Default> defaults_;
  std::size_t depth_ = 0;
};

/// Both bounds of numbers, from the four keywords.
[[nodiscard]] bool take_bounds(SchemaForm& form, bool integer, Limits& limits);

}  // namespace keepsake
