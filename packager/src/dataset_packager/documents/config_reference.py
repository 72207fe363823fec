"""The reference of the configuration, from its JSON Schema: ``docs/configuration.md``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dataset_packager.columns.kinds import column_types
from dataset_packager.documents.markdown import code, table
from dataset_packager.project.config import SECTION
from dataset_packager.project.contract import configuration_schema, format_sections

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEADER = ("key", "type", "default", "meaning")


def configuration_reference() -> str:
    """Return docs/configuration.md: every key of the configuration, with its type, default and meaning."""
    return "\n".join(_lines(configuration_schema())) + "\n"


def _lines(schema: Mapping[str, Any]) -> Iterator[str]:
    yield "# Configuration"
    yield ""
    yield "Any folder with such a `pyproject.toml` is a dataset. Name, version (`MAJOR.MINOR.PATCH`), description,"
    yield "license, authors, keywords and urls stand in `[project]`, as packaging standards have them."
    yield "All else stands here. This page is made from the JSON Schema that the configuration is checked against."
    yield from _section(f"[{SECTION}]", schema, schema)
    for title, name in (
        (f"[{SECTION}.tables.NAME]", "table"),
        ("references of a table", "reference"),
        ("splits of a table", "splits"),
        (f"[{SECTION}.views.NAME]", "view"),
        (f"[{SECTION}.card]", "card"),
        (f"[{SECTION}.croissant]", "croissant"),
        (f"[[{SECTION}.croissant.creators]]", "creator"),
        (f"[[{SECTION}.croissant.usage]]", "usage"),
        (f"[{SECTION}.report]", "report"),
        (f"[[{SECTION}.report.timelines]]", "timeline"),
        (f"[[{SECTION}.report.chains]]", "chain"),
        (f"[[{SECTION}.report.comparisons]]", "comparison"),
        (f"[[{SECTION}.report.threads]]", "thread"),
        (f"[[{SECTION}.report.counts]]", "count"),
        (f"[[{SECTION}.report.browsers]]", "browser"),
    ):
        yield from _section(title, schema["$defs"][name], schema)
        if name == "table":
            yield from _column_types(schema)
        if name == "splits":
            yield ""
            yield "Every other key is a split, with its share, all of which sum up to 1, or with the list of its files."
        if name == "table":
            for key, options in format_sections().items():
                if "properties" in options:
                    yield from _section(f"[{SECTION}.tables.NAME.{key}]", options, schema)


def _column_types(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is chosen for a column, and the types that there are, from their registry."""
    yield from _section(f"[{SECTION}.tables.NAME.columns]", schema["$defs"]["column"], schema)
    yield ""
    yield "Types that don't fit their column are errors that say what fits, and so is an `x-column` that no column"
    yield "follows, as within what becomes JSON text. `explain-schema` shows the types of columns, and those that"
    yield "`format`, `contentEncoding` or `enum` suggest. A value that a type can't hold is a finding"
    yield "`unrepresentable`; [formats.md](formats.md#column-types) says what is stored and what comes back."
    yield ""
    header = ("type", "of a column of", "holds", "options")
    rows = []
    for name, each in column_types().items():
        told = "; ".join(f"{code(option)}: {meaning}" for option, meaning in each.options.items())
        rows.append((code(name), each.fits.noun, each.noun, told))
    yield from table(header, rows)


def _section(title: str, part: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## `{title}`"
    yield ""
    yield from table(HEADER, [_row(name, rule, part, schema) for name, rule in part["properties"].items()])


def _row(name: str, rule: Mapping[str, Any], part: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[str, ...]:
    target = schema["$defs"][rule["$ref"].rsplit("/", 1)[1]] if "$ref" in rule else {}
    known = {**target, **rule}
    default = code(json.dumps(known["default"])) if "default" in known else ""
    if name in part.get("required", ()):
        default = "required"
    example = f" For example {code(json.dumps(known['examples'][0]))}." if "examples" in known else ""
    kind = known.get("type", "")
    kind = kind if isinstance(kind, str) else " or ".join(kind)
    return code(name), kind, default, known.get("description", "") + example
