"""What the build writes into a datasheet's slots. Nothing in it depends on the datasheet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dataset_packager.columns.metadata import NULLABLE, leaves, said
from dataset_packager.columns.statistics import words_of
from dataset_packager.documents.citation import bibtex, table_documentation
from dataset_packager.documents.column_tables import LONGEST, column_row
from dataset_packager.documents.licences import licence_table
from dataset_packager.documents.markdown import code, escape, fenced, long_table, table
from dataset_packager.documents.split_rules import split_rules
from dataset_packager.documents.withdrawn import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from dataset_packager.columns.statistics import Tally
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.project.config import Config
    from dataset_packager.release.contents import ReleasedConfig


def fill(facts: Facts, name: str, argument: str = "") -> str | None:
    """Return what stands in a slot, or None where there is no such slot."""
    if name in INLINE and not argument:
        return escape(INLINE[name](facts.config))
    if name == "rows":
        rows = {part.name: part.rows for part in facts.contents.configs}
        return f"{rows[argument]:,}" if argument in rows else None
    if argument or (name not in BLOCKS and name not in facts.extra):
        return None
    lines = BLOCKS[name](facts) if name in BLOCKS else facts.extra[name] or ["Nothing was measured."]
    return "\n\n" + "\n".join(lines).strip("\n") + "\n\n"


def _tables(facts: Facts) -> Iterator[str]:
    rows = []
    for part in facts.contents.configs:
        told = escape(table_documentation(facts.schemas.get(part.name)), longest=LONGEST)
        rows += [
            (code(part.name), code(split.name), f"{split.rows:,}", "view" if part.is_view else "table", told)
            for split in part.splits
        ]
    yield from table(("config", "split", "rows", "is a", "what it holds"), rows)
    if rules := list(split_rules(facts.config)):
        yield from ("", "How the rows came into their splits:", "", *rules)


def _columns(facts: Facts) -> Iterator[str]:
    for part in facts.contents.configs:
        told = escape(table_documentation(facts.schemas.get(part.name)), longest=LONGEST)
        yield f"**{escape(part.name)}**" + (f": {told}" if told else "")
        yield ""
        rows = [column_row(path, column) for path, column in leaves(part.arrow_schema)]
        yield from long_table(("column", "type", "what it holds"), rows, "columns and members")
        yield ""


def _missing(facts: Facts) -> Iterator[str]:
    rows, whole = [], 0
    for part, path, _, tally in _tallied(facts):
        if tally.missing or tally.empty:
            empty = f"{tally.empty:,}" if tally.empty else "-"
            cells = (code(part.name), code(path), f"{tally.places:,}", f"{tally.missing:,}")
            rows.append((*cells, _share(tally.missing, tally.places), empty))
        else:
            whole += 1
    yield f"{whole:,} columns and members have a value in every place" + (", these have not:" if rows else ".")
    if rows:
        yield ""
        yield from long_table(
            ("config", "column", "places", "null", "share", "empty lists"), rows, "columns and members"
        )


def _words(facts: Facts) -> Iterator[str]:
    rows = []
    for part, path, column, tally in _tallied(facts):
        for word in words_of(column) if not part.is_view else ():
            value, count = json.loads(word), tally.words.get(word, 0)
            shown = code(value if isinstance(value, str) else word)
            rows.append((code(part.name), code(path), shown, f"{count:,}", _share(count, sum(tally.words.values()))))
    if not rows:
        yield "No column of a table has a list of words to choose from."
        return
    yield from long_table(("table", "column", "value", "count", "share"), rows, "values")


def _tallied(facts: Facts) -> Iterator[tuple[ReleasedConfig, str, pa.Field, Tally]]:
    for part in facts.contents.configs:
        columns = dict(leaves(part.arrow_schema))
        for path, tally in facts.tallies[part.name].items():
            yield part, path, columns[path], tally


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _not_kept(facts: Facts) -> Iterator[str]:
    """Say where a null stands of members that may also be absent, which both are null in their column."""
    found = [
        f"{code(part.name)} {code(path)}"
        for part in facts.contents.configs
        for path, column in leaves(part.arrow_schema)
        if said(column, NULLABLE)
    ]
    if found:
        told = "Every record reads back as it went in. These members may be absent or null, and both are null in their"
        yield f"{told} column; the ones that were null stand in `additional_properties`: {', '.join(found)}."
    else:
        yield "Every record reads back as it went in: no member may be both absent and null."


def _rejected(facts: Facts) -> Iterator[str]:
    refused = {name: count for name, count in facts.contents.rejected.items() if count}
    if not refused:
        yield "No record was refused."
        return
    yield from table(("table", "refused records"), [(code(name), f"{count:,}") for name, count in refused.items()])


def _digests(facts: Facts) -> Iterator[str]:
    rows = [(code(part.name), f"{part.rows:,}", code(part.content)) for part in facts.contents.configs]
    yield from table(("config", "rows", "content digest (SHA-256)"), rows)


def _citation(facts: Facts) -> Iterator[str]:
    yield from fenced("bibtex", bibtex(facts.config))


INLINE: dict[str, Callable[[Config], str]] = {
    "name": lambda config: config.pretty_name,
    "version": lambda config: config.version,
    "released": lambda config: config.released,
    "license": lambda config: config.license or "no licence",
}


def _licences(facts: Facts) -> Iterator[str]:
    lines = list(licence_table(facts))
    yield from lines or ["No table says the licence of each row."]


BLOCKS: dict[str, Callable[[Facts], Iterator[str]]] = {
    "tables": _tables,
    "columns": _columns,
    "missing": _missing,
    "not-kept": _not_kept,
    "words": _words,
    "rejected": _rejected,
    "digests": _digests,
    "citation": _citation,
    "licences": _licences,
    "withdrawn": counted,
}
