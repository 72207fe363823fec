"""The dataset card: README.md of the release, with the YAML that the Hub and ``datasets`` read, then prose."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from dataset_packager.base.check_result import unsound
from dataset_packager.base.text import within
from dataset_packager.documents import datasheet
from dataset_packager.documents.citation import bibtex, table_documentation
from dataset_packager.documents.datasheet_slots import LONGEST, column_rows
from dataset_packager.documents.document import Document
from dataset_packager.documents.front_matter import as_yaml, check_metadata, front_matter, parts_of
from dataset_packager.documents.markdown import code, escape, fenced, json_block, table
from dataset_packager.documents.report import pictures
from dataset_packager.release.names import ASSETS, CARD, shards_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dataset_packager.base.check_result import Told
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.documents.report.charts import Picture
    from dataset_packager.project.config import Config
    from dataset_packager.release.contents import Contents, ReleasedConfig
    from dataset_packager.release.release_files import Release


INTRODUCTION = "about"
LONGEST_EXAMPLE = 300
_ROW = re.compile(r"\|\s*`(?P<config>[^`|]+)`[^|]*\|\s*`(?P<split>[^`|]+)`\s*\|\s*(?P<rows>[\d,]+)\s*\|")
LOADING = """import duckdb
import pandas
import polars
from datasets import load_dataset

rows = load_dataset({named})
stream = load_dataset({named}, streaming=True)
table = pandas.read_parquet({first})
frame = polars.read_parquet({shards})
relation = duckdb.read_parquet({shards})
"""


def card(
    config: Config,
    contents: Contents,
    examples: Mapping[str, Any],
    schemas: Mapping[str, Any],
    passages: Mapping[str, str],
    pictures: Sequence[Picture] = (),
) -> str:
    """Return the text of the card.

    Args:
        config: the configuration.
        contents: what the release holds.
        examples: one row of each config that has rows.
        schemas: the JSON Schema of each config, for its documentation.
        passages: prose by name, in the order in which it is to stand; the one named ``about`` comes first.
        pictures: pictures of the release, which stand behind the introduction.
    """
    metadata = as_yaml(front_matter(config, contents))
    body = "\n".join(_body(config, contents, examples, schemas, passages, pictures))
    return f"---\n{metadata}---\n\n{body}\n"


def _body(
    config: Config,
    contents: Contents,
    examples: Mapping[str, Any],
    schemas: Mapping[str, Any],
    passages: Mapping[str, str],
    pictures: Sequence[Picture],
) -> Iterator[str]:
    yield from _section(f"# {escape(config.pretty_name)}", [escape(config.description, longest=2_000)])
    if INTRODUCTION in passages:
        yield from (passages[INTRODUCTION], "")
    licence = f", under {escape(config.license)}" if config.license else ""
    yield from (f"Version {escape(config.version)}, released {escape(config.released)}{licence}.", "")
    if pictures:
        yield from _section("## At a glance", _pictures(pictures))
    yield from _section(
        "## Configs", table(("config", "split", "rows", "what it holds"), _sizes(config, contents, schemas))
    )
    yield from _section("## Loading", _loading(config, contents))
    yield from _section("## Columns", _columns(contents, examples))
    for name, text in passages.items():
        if name != INTRODUCTION:
            yield from _section(f"## {escape(name.replace('-', ' ').capitalize())}", [text])
    yield from _section("## Citation", fenced("bibtex", bibtex(config)))


def _pictures(pictures: Sequence[Picture]) -> Iterator[str]:
    """Yield each picture with its title and alternative text, and where to read on."""
    for picture in pictures:
        yield f"**{escape(picture.title)}**"
        yield ""
        yield f"![{escape(picture.text, longest=LONGEST)}]({ASSETS}{picture.name}.svg)"
        yield ""
    yield "`report.html` shows these and more: save it and open it in a browser; it needs nothing else."


def _section(heading: str, lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    yield from (heading, "", *lines, "")


def _sizes(config: Config, contents: Contents, schemas: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for part in contents.configs:
        name = code(part.name) + (" (default)" if part.name == config.default_config else "")
        told = escape(table_documentation(schemas.get(part.name)), longest=LONGEST)
        for split in part.splits:
            yield name, code(split.name), f"{split.rows:,}", told


def _loading(config: Config, contents: Contents) -> Iterator[str]:
    part = next(part for part in contents.configs if part.name == config.default_config)
    split = part.splits[0].name
    named = f"{_quoted(config.name)}, {_quoted(part.name)}, split={_quoted(split)}"
    first = _quoted(f"{config.name}/{part.splits[0].shards[0].path}")
    shards = _quoted(f"{config.name}/{shards_pattern(part.name, split, folders=part.in_folders)}")
    yield f"Here {code(config.name)} is the folder of the release. On the Hub, give `load_dataset` the repository's"
    yield "name, and put `hf://datasets/` and that name in place of the folder for the others."
    yield ""
    yield from fenced("python", LOADING.format(named=named, first=first, shards=shards))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _columns(contents: Contents, examples: Mapping[str, Any]) -> Iterator[str]:
    for part in contents.configs:
        yield from _section(
            f"### {escape(part.name)}", table(("column", "type", "what it holds"), column_rows(part.arrow_schema))
        )
        if part.name in examples:
            yield from _section("A row, with long values cut:", list(json_block(examples[part.name])))


def _example(release: Path, part: ReleasedConfig) -> dict[str, Any]:
    """Return the first row of a config, with long values cut, as the card shows it."""
    with pq.ParquetFile(release / part.shards[0].path) as file:
        row: dict[str, Any] = next(file.iter_batches(1)).to_pylist()[0]
    shown = _cut(row)
    return shown if isinstance(shown, dict) else {}


def _cut(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _cut(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_cut(item) for item in value[:3]] + (["…"] if len(value) > 3 else [])
    if isinstance(value, str):
        return within(value, LONGEST_EXAMPLE)
    return value if isinstance(value, int | float | bool | None) else str(value)


def _write(facts: Facts) -> dict[str, str]:
    contents = facts.contents
    examples = {part.name: _example(facts.release, part) for part in contents.configs if part.rows}
    passages = datasheet.passages(facts.datasheet, "card")
    return {CARD: card(facts.config, contents, examples, facts.schemas, passages, list(pictures(facts)))}


def _check(release: Release) -> Iterator[Told]:
    """Compare the card's configs, features, sizes and numbers of rows with the shards, and the rest of its metadata."""
    try:
        found, body = parts_of(release.text(CARD), release.config, release.contents)
    except ValueError as error:
        yield unsound(CARD, str(error))
        return
    yield from check_metadata(found, release.config, release.contents)
    yield from _check_sizes(body, release.contents)


def _check_sizes(body: str, contents: Contents) -> Iterator[Told]:
    """Check the numbers of rows that tables of the card's text state for a config and a split."""
    rows = {(part.name, split.name): split.rows for part in contents.configs for split in part.splits}
    for match in _ROW.finditer(body):
        place = match["config"], match["split"]
        if place in rows:
            told = int(match["rows"].replace(",", ""))
            same = told == rows[place]
            yield 1 if same else unsound(CARD, f"{place[0]}, {place[1]}: the text says {told} rows, not {rows[place]}")


DOCUMENT = Document("card", (CARD,), _write, _check, follows=("datasheet", "report"), quick=True)
