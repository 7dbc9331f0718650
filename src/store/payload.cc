#include "src/store/payload.h"

#include <utility>

namespace keepsake {

DataForm form_of(PayloadFormat format) noexcept {
  return format == PayloadFormat::json ? DataForm::json : DataForm::cbor;
}

PayloadFormat format_of(DataForm form) noexcept {
  return form == DataForm::json ? PayloadFormat::json : PayloadFormat::cbor;
}

Compressor PayloadCodec::take() {
  auto idle = idle_.lock();
  if (idle->empty()) return Compressor::make().value();
  Compressor compressor = std::move(idle->back());
  idle->pop_back();
  return compressor;
}

void PayloadCodec::give_back(Compressor compressor) {
  idle_.lock()->push_back(std::move(compressor));
}

Result<EncodedData> PayloadCodec::open(PayloadFormat format, std::string_view stored,
                                       std::string& room) {
  switch (format) {
    case PayloadFormat::json:
    case PayloadFormat::cbor: return EncodedData(stored, form_of(format));
    case PayloadFormat::compressed: break;
    default:
      return Error(ErrorCode::needs_newer_server,
                   "the payload is of a format that this program doesn't know")
          .expected("1 (json), 2 (cbor) or 3 (compressed)")
          .found(std::to_string(static_cast<int>(format)))
          .remedy("start a server that knows it");
  }
  if (!is_compressed(stored)) {
    return Error(ErrorCode::malformed, "a compressed payload: it doesn't begin as a frame of zstd");
  }
  Compressor compressor = take();
  Result<std::string> expanded = compressor.expand(stored);
  give_back(std::move(compressor));
  if (!expanded) return std::move(expanded).error();
  room = *std::move(expanded);
  return EncodedData(room, DataForm::cbor);
}

void PayloadCodec::pack(PayloadFormat setting, PayloadFormat& format, std::string& payload) {
  if (setting != PayloadFormat::compressed || format != PayloadFormat::cbor) return;
  Compressor compressor = take();
  std::string frame = compressor.compress(payload);
  give_back(std::move(compressor));
  if (!is_compressed(frame)) return;
  format = PayloadFormat::compressed;
  payload = std::move(frame);
}

}  // namespace keepsake
