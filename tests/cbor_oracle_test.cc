// CBOR against libcbor, which knows nothing of Keepsake: each reads what the other wrote, as the
// same value.
#include <cbor.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "keepsake/datum/cbor.h"
#include "src/datum/random_test_data.h"

namespace keepsake {
namespace {

struct Release {
  void operator()(cbor_item_t* item) const { cbor_decref(&item); }
};
using Item = std::unique_ptr<cbor_item_t, Release>;

std::string_view text_of(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

Value value_of(cbor_item_t* item) {
  switch (cbor_typeof(item)) {
    case CBOR_TYPE_UINT: return static_cast<std::int64_t>(cbor_get_int(item));
    case CBOR_TYPE_NEGINT: return -1 - static_cast<std::int64_t>(cbor_get_int(item));
    case CBOR_TYPE_BYTESTRING:
      return Value::bytes(text_of(cbor_bytestring_handle(item), cbor_bytestring_length(item)));
    case CBOR_TYPE_STRING:
      return Value(text_of(cbor_string_handle(item), cbor_string_length(item)));
    case CBOR_TYPE_ARRAY: {
      Value array = Value::array();
      for (std::size_t i = 0; i < cbor_array_size(item); ++i) {
        array.push_back(value_of(cbor_array_handle(item)[i]));
      }
      return array;
    }
    case CBOR_TYPE_MAP: {
      Value object = Value::object();
      for (std::size_t i = 0; i < cbor_map_size(item); ++i) {
        const cbor_pair& pair = cbor_map_handle(item)[i];
        object.set(std::string(value_of(pair.key).as_string()), value_of(pair.value));
      }
      return object;
    }
    case CBOR_TYPE_FLOAT_CTRL:
      if (!cbor_float_ctrl_is_ctrl(item)) return cbor_float_get_float(item);
      if (cbor_is_bool(item)) return cbor_get_bool(item);
      return {};
    case CBOR_TYPE_TAG: break;
  }
  ADD_FAILURE() << "a tag";
  return {};
}

/// In one of the forms that CBOR has for the value; few of them are the deterministic one.
cbor_item_t* item_of(Choices& c, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: return cbor_new_null();
    case Value::Kind::boolean: return cbor_build_bool(value.as_bool());
    case Value::Kind::integer: {
      const bool negative = value.as_integer() < 0;
      const auto size =
          static_cast<std::uint64_t>(negative ? -1 - value.as_integer() : value.as_integer());
      if (size < 0x100 && c.coin()) {
        const auto small = static_cast<std::uint8_t>(size);
        return negative ? cbor_build_negint8(small) : cbor_build_uint8(small);
      }
      if (size < 0x100000000 && c.coin()) {
        const auto middle = static_cast<std::uint32_t>(size);
        return negative ? cbor_build_negint32(middle) : cbor_build_uint32(middle);
      }
      return negative ? cbor_build_negint64(size) : cbor_build_uint64(size);
    }
    case Value::Kind::number: {
      const auto narrow = static_cast<float>(value.as_number());
      return static_cast<double>(narrow) == value.as_number()
                 ? cbor_build_float4(narrow)
                 : cbor_build_float8(value.as_number());
    }
    case Value::Kind::string:
      return cbor_build_stringn(value.as_string().data(), value.as_string().size());
    case Value::Kind::bytes:
      return cbor_build_bytestring(reinterpret_cast<const unsigned char*>(value.as_bytes().data()),
                                   value.size());
    case Value::Kind::array: {
      cbor_item_t* array =
          c.coin() ? cbor_new_definite_array(value.size()) : cbor_new_indefinite_array();
      for (const Value& item : value.items()) {
        EXPECT_TRUE(cbor_array_push(array, cbor_move(item_of(c, item))));
      }
      return array;
    }
    case Value::Kind::object: break;
  }
  cbor_item_t* map = c.coin() ? cbor_new_definite_map(value.size()) : cbor_new_indefinite_map();
  for (const Member& member : value.members()) {
    cbor_item_t* key = cbor_build_stringn(member.name.view().data(), member.name.view().size());
    EXPECT_TRUE(cbor_map_add(map, {cbor_move(key), cbor_move(item_of(c, member.value))}));
  }
  return map;
}

std::string written_by_libcbor(Choices& c, const Value& value) {
  const Item item(item_of(c, value));
  unsigned char* bytes = nullptr;
  std::size_t room = 0;
  const std::size_t size = cbor_serialize_alloc(item.get(), &bytes, &room);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(bytes, std::free);
  return std::string(text_of(bytes, size));
}

RC_GTEST_PROP(CborOracle, LibcborReadsWhatWeWrite, ()) {
  const Value value = *values();
  const std::string bytes = write_cbor(value);
  cbor_load_result result{};
  const Item item(
      cbor_load(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), &result));
  RC_ASSERT(item != nullptr);
  RC_ASSERT(result.read == bytes.size());
  RC_ASSERT(value_of(item.get()) == value);
}

RC_GTEST_PROP(CborOracle, WeReadWhatLibcborWrites, ()) {
  const Value value = *values();
  const auto bytes = *made_by([value](Choices& c) { return written_by_libcbor(c, value); });
  const Result<Value> lenient = read_cbor(bytes, {.lenient = true});
  if (!lenient) RC_FAIL(lenient.error().text());
  RC_ASSERT(*lenient == value);
  const bool deterministic = bytes == write_cbor(value);
  const Result<Value> strict = read_cbor(bytes);
  RC_ASSERT(!deterministic || strict.has_value());
  if (strict) RC_ASSERT(*strict == value);
}

}  // namespace
}  // namespace keepsake
