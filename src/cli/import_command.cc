#include <utility>

#include "keepsake/datum/json.h"
#include "src/cli/commands.h"
#include "src/cli/importer.h"
#include "src/cli/places.h"
#include "src/cli/progress.h"
#include "src/cli/text.h"

namespace keepsake::cli {

namespace {

constexpr std::size_t kMostLineBytes = 12'000'000;  // a document at the reader's limit, and its key

std::string text_of(const ImportSummary& summary) {
  std::string text = "imported " + std::to_string(summary.imported) + ", unchanged " +
                     std::to_string(summary.unchanged) + ", refused " +
                     std::to_string(summary.refused.size());
  if (summary.in_session != 0) {
    text += "; " + std::to_string(summary.in_session) + " of them had been in a session";
  }
  if (summary.displaced != 0) {
    text += "; " + count_of(summary.displaced, "displaced field") + " in quarantine";
  }
  return text;
}

// With `failure`, what had been done when the import ended early.
Value summary_json(const ImportSummary& summary, const Error* failure) {
  std::vector<Value> refused;
  for (const Refusal& refusal : summary.refused) {
    refused.push_back(Value::object(
        {{"key", refusal.key}, {"path", refusal.path}, {"message", refusal.message}}));
  }
  Value json = Value::object({{"imported", static_cast<std::int64_t>(summary.imported)},
                              {"unchanged", static_cast<std::int64_t>(summary.unchanged)},
                              {"refused", Value::array(std::move(refused))}});
  if (failure != nullptr) json.set("error", failure->text());
  return json;
}

Result<void> import_lines(LineReader& reader, Importer& importer, Progress& progress,
                          const std::string& file) {
  LineReader::Line line;
  while (reader.next(line)) {
    if (auto added = importer.add(std::exchange(line, {})); !added) return added;
    progress.show(importer.lines_done(), reader.bytes_read());
  }
  if (reader.failed()) return Error(ErrorCode::io_error, "reading \"" + file + "\" failed");
  return importer.finish();
}

}  // namespace

Result<int> execute(const ImportOptions& options, Context& context) {
  auto catalog = catalog_of(context, options.place.store);
  if (!catalog) return std::move(catalog).error();
  auto input = open_input(context, options.file);
  if (!input) return std::move(input).error();
  auto backend = open_database(options.place.db, Use::makes);
  if (!backend) return std::move(backend).error();

  Environment& environment = context.environment;
  Progress progress(environment, input->size_bytes);
  LineReader reader(*input->in, kMostLineBytes);
  Importer importer(
      **backend, **catalog, environment.clock,
      [&](std::string_view line) { progress.report(line); }, options.payload);
  auto imported = import_lines(reader, importer, progress, options.file);
  const ImportSummary& summary = importer.summary();
  progress.report(text_of(summary));
  if (!imported) {
    // A server's remedy, if there is one, is of no use here: this program doesn't go on by itself.
    imported.error().remedy(
        "mend that and run the import again: what is there already counts as unchanged");
  }
  const Error* const failure = imported ? nullptr : &imported.error();
  if (options.json) environment.out << write_json(summary_json(summary, failure)) << '\n';
  if (!imported) return std::move(imported).error();
  return summary.refused.empty() ? 0 : 1;
}

}  // namespace keepsake::cli
