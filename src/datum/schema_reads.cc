#include <algorithm>
#include <utility>

#include "keepsake/datum/fingerprint.h"
#include "src/datum/schema_changes.h"
#include "src/datum/schema_node.h"
#include "src/datum/shape.h"

namespace keepsake {

namespace {

using Kind = Schema::Kind;

Reads always_if(bool holds) { return holds ? Reads::always : Reads::not_always; }

bool is_array(Kind kind) { return kind == Kind::array || kind == Kind::strict_array; }

/// Whether what the inner limits let pass, the outer ones do, too.
bool within(const Limits& inner, const Limits& outer) { return (inner & outer) == inner; }

Reads reads_numbers(const SchemaNode& reader, const SchemaNode& writer) {
  const Limits& r = reader.limits;
  const Limits& w = writer.limits;
  if (reader.kind == Kind::integer) {
    return always_if(writer.kind == Kind::integer && w.least_integer >= r.least_integer &&
                     w.most_integer <= r.most_integer);
  }
  if (writer.kind == Kind::number) return always_if(w.least >= r.least && w.most <= r.most);
  return always_if(static_cast<double>(w.least_integer) >= r.least &&
                   static_cast<double>(w.most_integer) <= r.most);
}

/// Each alternative of the writer's is one of the reader's; else only the data can tell.
Reads reads_unions(const SchemaNode& reader, const SchemaNode& writer) {
  const bool all = std::all_of(
      writer.members.begin(), writer.members.end(), [&](const SchemaMember& alternative) {
        const std::string print = fingerprint(alternative.schema);
        return std::any_of(
            reader.members.begin(), reader.members.end(),
            [&print](const SchemaMember& other) { return fingerprint(other.schema) == print; });
      });
  return all ? Reads::always : Reads::unknown;
}

Reads reads_texts(const SchemaNode& reader, const SchemaNode& writer) {
  if (!within(writer.limits, reader.limits)) return Reads::not_always;
  if (!reader.pattern) return Reads::always;
  const bool same = writer.pattern && writer.pattern->text() == reader.pattern->text();
  return same ? Reads::always : Reads::unknown;
}

Reads reads_bare(const Schema& reader, const Schema& writer) {
  const SchemaNode& r = SchemaNode::of(reader);
  const SchemaNode& w = SchemaNode::of(writer);
  if (r.kind == Kind::any) return Reads::always;
  if (w.kind == Kind::literal) return always_if(reader.validate(w.literal).has_value());
  if (w.kind == Kind::enumeration) {
    return always_if(std::all_of(w.names.begin(), w.names.end(), [&](const std::string& name) {
      return reader.validate(Value(name)).has_value();
    }));
  }
  const bool numbers = (w.kind == Kind::integer || w.kind == Kind::number) &&
                       (r.kind == Kind::integer || r.kind == Kind::number);
  if (numbers) return reads_numbers(r, w);
  if (is_array(r.kind) && is_array(w.kind)) return always_if(within(w.limits, r.limits));
  if (r.kind == Kind::union_of && w.kind != Kind::union_of) {
    Reads best = Reads::not_always;
    for (const SchemaMember& alternative : r.members) {
      const Reads one = reads(alternative.schema, writer);
      if (one == Reads::always) return one;
      // What lies within isn't looked at here.
      if (alternative.schema.kind() == w.kind || one == Reads::unknown) best = Reads::unknown;
    }
    return best;
  }
  if (r.kind != w.kind) return Reads::not_always;
  switch (r.kind) {
    case Kind::string:
    case Kind::bytes: return reads_texts(r, w);
    case Kind::map: {
      const Reads keys = reads(*r.key, *w.key);
      return within(w.limits, r.limits) ? keys : Reads::not_always;
    }
    case Kind::union_of: return reads_unions(r, w);
    case Kind::tagged_union: return always_if(r.tag == w.tag);
    default: return Reads::always;
  }
}

}  // namespace

bool writer_may_lack(const Schema& writer) {
  return accepts_nothing(writer) && !SchemaNode::of(writer).fallback;
}

bool reader_may_lack(const Schema& reader) {
  return accepts_nothing(reader) || SchemaNode::of(reader).fallback;
}

Reads reads(const Schema& reader, const Schema& writer) {
  return reads_bare(bare(reader), bare(writer));
}

}  // namespace keepsake
