// Answers as text, so that those of two backends can be compared, and a difference read.
#pragma once

#include <string>
#include <vector>

#include "keepsake/backend/mail.h"
#include "keepsake/backend/operations.h"
#include "keepsake/backend/steal.h"
#include "keepsake/backend/subject.h"
#include "keepsake/base/result.h"

namespace keepsake {

[[nodiscard]] std::string describe(bool truth);
[[nodiscard]] std::string describe(std::uint64_t number);
[[nodiscard]] std::string describe(const ProfileKey& key);
[[nodiscard]] std::string describe(const Envelope& row);
[[nodiscard]] std::string describe(const Record& record);
[[nodiscard]] std::string describe(const Lease& lease);
[[nodiscard]] std::string describe(const OwnedRow& row);
[[nodiscard]] std::string describe(const AskOnOurs& ask);
[[nodiscard]] std::string describe(const Renewed& renewed);
[[nodiscard]] std::string describe(const AcquireAnswer& answer);
[[nodiscard]] std::string describe(const GroupAnswer& answer);
[[nodiscard]] std::string describe(const CreateAnswer& answer);
[[nodiscard]] std::string describe(const ListPage& page);
[[nodiscard]] std::string describe(const Receipt& receipt);
[[nodiscard]] std::string describe(const Message& message);
[[nodiscard]] std::string describe(const InboxState& state);
[[nodiscard]] std::string describe(const MailOnOurs& mail);
[[nodiscard]] std::string describe(const QuarantineEntry& entry);
[[nodiscard]] std::string describe(const Snapshot& snapshot);
[[nodiscard]] std::string describe(const Belongings& all);
[[nodiscard]] std::string describe(const EraseAnswer& answer);
[[nodiscard]] std::string describe(const StealAnswer& answer);
[[nodiscard]] std::string describe(const AuditEntry& entry);
inline std::string describe(const std::string& id) { return id; }

template <class T>
[[nodiscard]] std::string describe(const std::optional<T>& value) {
  return value ? describe(*value) : "none";
}
template <class T>
[[nodiscard]] std::string describe(const std::vector<T>& values) {
  std::string out = "[";
  for (const T& value : values) out += describe(value) + ", ";
  return out + "]";
}
template <class T>
[[nodiscard]] std::string describe(const Result<T>& result) {
  if (!result) return result.error().text();
  if constexpr (std::is_void_v<T>) {
    return "good";
  } else {
    return describe(*result);
  }
}

}  // namespace keepsake
