// Payloads in the forms that rows have them in (PayloadFormat): read whatever form a row has, and
// made smaller where that pays.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keepsake/backend/record.h"
#include "keepsake/base/result.h"
#include "keepsake/compress/compressor.h"
#include "keepsake/datum/data_form.h"
#include "src/base/guarded.h"

namespace keepsake {

/// What data is encoded in before a row of that format has it.
[[nodiscard]] DataForm form_of(PayloadFormat format) noexcept;
/// The format of a payload that is just that.
[[nodiscard]] PayloadFormat format_of(DataForm form) noexcept;

/// Any thread.
class PayloadCodec {
 public:
  /// A row's payload as data. The outcome borrows from `stored`, or from `room`, into which a
  /// compressed one is expanded. malformed or limit_exceeded: a frame that is damaged, or none.
  /// needs_newer_server: a format that this program doesn't know.
  [[nodiscard]] Result<EncodedData> open(PayloadFormat format, std::string_view stored,
                                         std::string& room);
  /// Encoded data, as a store of that setting puts it into a row: compressed where it asks for that
  /// and the data gets smaller, else as it is.
  void pack(PayloadFormat setting, PayloadFormat& format, std::string& payload);

 private:
  /// Of as many threads as have needed one at a time.
  [[nodiscard]] Compressor take();
  void give_back(Compressor compressor);

  Guarded<std::vector<Compressor>> idle_;
};

}  // namespace keepsake
