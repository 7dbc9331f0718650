// The layer table, read from layers.txt, and the rule that holds every #include to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lint/source.h"

namespace keepsake::lint {

struct Layer {
  std::string name;
  std::vector<std::string> folders;
  std::vector<std::string> may;      ///< layers whose headers it may include; "*" is all
  std::vector<std::string> foreign;  ///< prefixes of <> names, or "posix"
  std::vector<std::string> tests;    ///< layers for its tests only
  std::vector<std::string> never;    ///< standard headers
};

using Layers = std::vector<Layer>;

/// Reads the table. A line that doesn't parse, or names a layer that isn't there, is a finding.
[[nodiscard]] Layers read_layers(std::string_view text, Findings& findings);

/// Every #include of `source` is one that the layer's row allows, written from the root or as
/// "keepsake/…". A file in no layer's folder is a finding of its own.
void includes(const Source& source, const Layers& layers, Findings& findings);

}  // namespace keepsake::lint
