#include "src/cli/table.h"

#include <algorithm>
#include <utility>

#include "src/base/assert.h"
#include "src/cli/text.h"

namespace keepsake::cli {

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(display_width(column.title));
}

void Table::add(const std::vector<std::string>& cells) {
  require(cells.size() == columns_.size(), "Table::add gets one cell for each column");
  std::vector<std::string> row;
  row.reserve(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    row.push_back(cells[i].empty() ? "-" : printable(cells[i]));
    widths_[i] = std::max(widths_[i], display_width(row.back()));
  }
  rows_.push_back(std::move(row));
}

void Table::write(std::ostream& out) {
  if (rows_.empty()) return;
  if (!titles_written_) {
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    write_row(out, titles);
    titles_written_ = true;
  }
  for (const std::vector<std::string>& row : rows_) write_row(out, row);
  rows_.clear();
}

void Table::write_row(std::ostream& out, const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string gap(widths_[i] - display_width(cells[i]), ' ');
    if (i != 0) line += "  ";
    line += columns_[i].align == Align::right ? gap + cells[i] : cells[i] + gap;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

}  // namespace keepsake::cli
