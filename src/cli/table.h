// A table for people: columns aligned by display width.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace keepsake::cli {

class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit Table(std::vector<Column> columns);

  /// One cell for each column; cells are made printable, and an empty one shows as "-".
  void add(const std::vector<std::string>& cells);
  /// Writes the rows added since the last call, before the first ones the titles. Columns grow
  /// from page to page where they must and never shrink. Without any row nothing is written.
  void write(std::ostream& out);

 private:
  void write_row(std::ostream& out, const std::vector<std::string>& cells) const;
  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
  bool titles_written_ = false;
};

}  // namespace keepsake::cli
