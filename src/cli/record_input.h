// The records that a command on files of data works on: which they are, where the data is in them,
// and how far they are read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/cli/commands.h"
#include "src/cli/places.h"
#include "src/cli/progress.h"
#include "src/cli/record_reader.h"

namespace keepsake::cli {

class RecordInput {
 public:
  /// Errors: those of open_input; invalid_argument for an `at` that is no pointer. `quiet`: no
  /// progress is shown, since the records themselves are.
  [[nodiscard]] static Result<std::unique_ptr<RecordInput>> open(const RecordsOptions& options,
                                                                 Context& context, bool quiet);

  /// Reads the next record; false at the end.
  [[nodiscard]] bool next();
  /// io_error if reading failed.
  [[nodiscard]] Result<void> ended() const;

  [[nodiscard]] Form form() const noexcept { return form_; }
  [[nodiscard]] bool alone() const noexcept { return reader_->alone(); }
  [[nodiscard]] Progress& progress() noexcept { return progress_; }

  // Of the record that was read.
  [[nodiscard]] const RecordRead& record() const noexcept { return record_; }
  /// The record's data, or its fault; invalid_data where it has no such member.
  [[nodiscard]] Result<Value> data() const;
  /// The record with other data in its place. It must have had some.
  [[nodiscard]] Value with_data(Value data) const;
  /// Where the data is but a part of it, its member "key"; "" if it has none.
  [[nodiscard]] std::string key() const;
  /// "line 7, Player_1 at /x: invalid_data: expected …".
  [[nodiscard]] std::string text_of(const Error& fault) const;

 private:
  RecordInput(const RecordsOptions& options, Context& context, Input input,
              std::vector<std::string> at, bool quiet);

  const std::string file_;
  const std::string at_text_;
  const std::vector<std::string> at_;
  const bool quiet_;
  const Input input_;
  const Form form_;
  const std::unique_ptr<RecordReader> reader_;
  Progress progress_;
  RecordRead record_;
};

/// "line 7, Player_1 at /x", without the parts that are "".
[[nodiscard]] std::string place_text(std::string_view place, std::string_view key,
                                     std::string_view path);

}  // namespace keepsake::cli
