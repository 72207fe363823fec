"""The dataset card: README.md of the release, with the YAML that the Hub and ``datasets`` read, then prose.

What people wrote may be edited on the Hub: verifying passes over it, and holds all else to what the release gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.base.check_result import Skipped, unsound
from dataset_packager.base.text import within
from dataset_packager.columns.arrow import stored_type
from dataset_packager.columns.kinds import type_of
from dataset_packager.documents import datasheet
from dataset_packager.documents.citation import bibtex, first_sentence, table_documentation
from dataset_packager.documents.column_tables import LONGEST, ROW_PROVENANCE, column_tables
from dataset_packager.documents.document import Document, not_compared
from dataset_packager.documents.front_matter import as_yaml, check_metadata, front_matter, parts_of
from dataset_packager.documents.licences import licence_table
from dataset_packager.documents.markdown import code, escape, fenced, folded, json_block, table
from dataset_packager.documents.release_facts import facts_of
from dataset_packager.documents.report import pictures
from dataset_packager.documents.split_rules import split_rules
from dataset_packager.release.names import ASSETS, CARD, DATASHEET, LICENSE, REPORT, shards_pattern
from dataset_packager.shards.parquet import batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dataset_packager.base.check_result import Told
    from dataset_packager.columns.arrow import ArrowField
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.documents.report.charts import Picture
    from dataset_packager.release.contents import Contents, ReleasedConfig
    from dataset_packager.release.release_files import Release

INTRODUCTION, LIMITS = "about", "limits"  # passages that have their own places on the card
LONGEST_EXAMPLE = 300
LONGEST_LINE = 120  # of a line that a finding shows
MANY_CONFIGS = 6  # from here on their columns are folded twice
MANY_SPLITS = 4  # of a config: from here on they are counted, not listed
_ROW = re.compile(r"\|\s*`(?P<config>[^`|]+)`[^`|]*\|\s*`(?P<split>[^`|]+)`\s*\|\s*(?P<rows>[\d,]+)\s*\|")
_LOADED = re.compile(r'load_dataset\("([^"\\\n]+)"')
_REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
LOADING = """from datasets import load_dataset

rows = load_dataset({named})
"""
OTHERS = """import duckdb
import pandas
import polars
from datasets import load_dataset

stream = load_dataset({named}, streaming=True)
table = pandas.read_parquet({first})
frame = polars.read_parquet({shards})
relation = duckdb.read_parquet({shards})
"""


class Prose(str):
    """Lines that people wrote."""

    __slots__ = ()


def _write(facts: Facts) -> dict[str, str]:
    metadata = as_yaml(front_matter(facts))
    return {CARD: f"---\n{metadata}---\n\n" + "".join(_pieces(facts))}


def _pieces(facts: Facts) -> list[str]:
    """Return the card's text behind its metadata, cut where prose begins and ends."""
    pieces: list[str] = []
    for line in _body(facts):
        if pieces and isinstance(line, Prose) == isinstance(pieces[-1], Prose):
            pieces[-1] = type(pieces[-1])(f"{pieces[-1]}{line}\n")
        else:
            pieces.append(Prose(f"{line}\n") if isinstance(line, Prose) else f"{line}\n")
    return pieces


def _body(facts: Facts) -> Iterator[str]:
    config, contents = facts.config, facts.contents
    passages = datasheet.passages(facts.datasheet, "card")
    yield Prose(f"# {escape(config.pretty_name)}\n\n{escape(config.description, longest=2_000)}\n")
    if INTRODUCTION in passages:
        yield Prose(passages[INTRODUCTION] + "\n")
    yield from _facts_in_a_line(facts)
    yield from _section("## Loading", _loading(facts))
    others = [name for name in passages if name not in (INTRODUCTION, LIMITS)]
    for name in [name for name in (LIMITS,) if name in passages]:
        yield from _section(_heading(name), [Prose(passages[name])])
    yield from _section("## Configs", _configs(facts))
    if drawn := list(pictures(facts)):
        yield from _section("## At a glance", _pictures(drawn))
    elif (facts.release / REPORT).is_file():
        yield from ("[`report.html`](report.html) shows every column: save it and open it in a browser.", "")
    yield from _section("## Columns", _columns(facts.release, contents))
    if by_row := list(licence_table(facts)):
        yield from _section("## Licences", by_row)
    for name in others:
        yield from _section(_heading(name), [Prose(passages[name])])
    yield from _section("## Citation", fenced("bibtex", config.card.get("citation") or bibtex(config, repo=facts.repo)))


def _heading(name: str) -> str:
    return f"## {escape(name.replace('-', ' ').capitalize())}"


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    yield from (heading, "", *lines, "")


def _facts_in_a_line(facts: Facts) -> Iterator[str]:
    config = facts.config
    licence = escape(config.license) if config.license else ""
    if licence and (facts.release / LICENSE).is_file():
        licence = f"[{licence}]({LICENSE})"
    under = f", under {licence}" if licence else ""
    yield f"Version {escape(config.version)}, released {escape(config.released)}{under}. How it came about, what is in"
    yield f"it and what it is good for: [{DATASHEET}]({DATASHEET})."
    yield ""


def _loading(facts: Facts) -> Iterator[str]:
    config = facts.config
    part = next(part for part in facts.contents.configs if part.name == config.default_config)
    split = part.splits[0].name
    named = f"{_quoted(facts.repo or config.name)}, {_quoted(part.name)}, split={_quoted(split)}"
    place = f"hf://datasets/{facts.repo}" if facts.repo else config.name
    first = _quoted(f"{place}/{part.splits[0].shards[0].path}")
    shards = _quoted(f"{place}/{shards_pattern(part.name, split, folders=part.in_folders)}")
    yield from fenced("python", LOADING.format(named=named))
    if facts.repo is None:
        yield ""
        yield f"Here {code(config.name)} is the folder of the release: where it is published stands in its place there."
    yield ""
    others = fenced("python", OTHERS.format(named=named, first=first, shards=shards))
    yield from folded("Streaming, pandas, Polars, DuckDB", others)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _configs(facts: Facts) -> Iterator[str]:
    rows = []
    for part in facts.contents.configs:
        name = code(part.name) + (" (default)" if part.name == facts.config.default_config else "")
        told = escape(first_sentence(table_documentation(facts.schemas.get(part.name))), longest=LONGEST)
        splits = [(code(split.name), f"{split.rows:,}") for split in part.splits]
        if len(splits) >= MANY_SPLITS:
            splits = [(f"{len(splits)} splits", f"{part.rows:,}")]
        rows += [(name, split, count, told) for split, count in splits]
    yield from table(("config", "split", "rows", "what it holds"), rows)
    if rules := list(split_rules(facts.config)):
        yield from ("", "How the rows came into their splits:", "", *rules)


def _pictures(drawn: list[Picture]) -> Iterator[str]:
    """Yield each picture with its title and alternative text, all but the first folded, and where to read on."""
    first, *others = ([f"![{escape(one.text, longest=LONGEST)}]({ASSETS}{one.name}.svg)"] for one in drawn)
    yield f"**{escape(drawn[0].title)}**"
    yield from ("", *first, "")
    for picture, lines in zip(drawn[1:], others, strict=True):
        yield from folded(picture.title, lines)
    yield ""
    yield f"[`{REPORT}`]({REPORT}) shows these and more: save it and open it in a browser; it needs nothing else."


def _columns(release: Path, contents: Contents) -> Iterator[str]:
    """Yield the columns of each config, folded; what several have in common is told once."""
    tables = column_tables(contents.configs)
    if tables.has_provenance:
        yield ROW_PROVENANCE
        yield ""
    lines: list[str] = []
    for part in contents.configs:
        inside = [*table(("column", "type", "what it holds"), tables.rows[part.name]), ""]
        if part.rows:
            inside += ["A row, with long values cut:", "", *json_block(_example(release, part))]
        lines += folded(f"{part.name}: {len(part.arrow_schema)} columns", inside)
    many = len(contents.configs) > MANY_CONFIGS
    yield from folded(f"The columns of {len(contents.configs)} configs", lines) if many else lines


def _example(release: Path, part: ReleasedConfig) -> dict[str, Any]:
    """Return the first row of a config, with long values cut, as the card shows it."""
    with pq.ParquetFile(release / part.shards[0].path) as file:
        row: dict[str, Any] = next(batches(file, 1, paths_only=True)).to_pylist()[0]
    return {name: _cut(value, part.arrow_schema.field(name)) for name, value in row.items()}


def _cut(value: Any, field: ArrowField) -> Any:
    """Return a value of a column as JSON, with what is long cut; bytes are the text that a record has for them."""
    if isinstance(value, bytes) and (column_type := type_of(field)):
        value = column_type.decode(pa.array([value], field.type))[0].as_py()
    if isinstance(value, Mapping):
        return {name: _cut(item, stored_type(field.type).field(name)) for name, item in value.items()}
    if isinstance(value, list):
        return [_cut(item, stored_type(field.type).field(0)) for item in value[:3]] + (["…"] if len(value) > 3 else [])
    if isinstance(value, str):
        return within(value, LONGEST_EXAMPLE)
    return value if isinstance(value, int | float | bool | None) else str(value)


def published(text: str, facts: Facts, repo: str) -> str:
    """Return a card in which the repository's name stands where it was published; prose stays as it is."""
    position = 0
    for ours, theirs in zip(_pieces(facts), _pieces(replace(facts, repo=repo)), strict=True):
        begin = -1 if isinstance(ours, Prose) else text.find(ours, position)
        if begin >= 0:
            text = text[:begin] + theirs + text[begin + len(ours) :]
            position = begin + len(theirs)
    return text


def repo_of(text: str) -> str | None:
    """Return the repository that a card's code loads from; None where that is the folder of a release."""
    found = _LOADED.search(text)
    return found[1] if found and _REPO.fullmatch(found[1]) else None


def _check(release: Release) -> Iterator[Told]:
    """Hold the metadata and the numbers of rows against the shards, and make all but the prose again."""
    facts = facts_of(release)
    try:
        found, body = parts_of(release.text(CARD), facts)
    except ValueError as error:
        yield unsound(CARD, str(error))
        return
    yield from check_metadata(found, facts)
    yield from _check_sizes(body, release.contents)
    if repo := repo_of(body):
        yield Skipped(f"{CARD}: its code loads {repo}: whether it was published there can't be told from a folder")
    if release.same_versions:
        yield from _check_pieces(body, replace(facts, repo=repo))
    else:
        yield not_compared(release)


def _check_pieces(body: str, facts: Facts) -> Iterator[Told]:
    """Find all that nobody wrote, in its order; what people add may stand where prose does, and at the end."""
    position, may_be_prose = 1, True  # behind the empty line below the metadata
    for piece in _pieces(facts):
        if isinstance(piece, Prose):
            may_be_prose = True
            continue
        begin = body.find(piece, position)
        if begin < 0 or (begin > position and not may_be_prose):
            yield unsound(CARD, _difference(body[position:], piece))
            return
        yield 1
        position, may_be_prose = begin + len(piece), False


def _difference(text: str, piece: str) -> str:
    """Say where a text that ought to have a piece first has something else."""
    right = piece.rstrip("\n").split("\n")
    begin = text.find(f"{right[0]}\n")
    if begin < 0:
        return f"{within(right[0], LONGEST_LINE)!r} is missing"
    pairs = zip(text[begin:].split("\n"), right, strict=False)
    found, wanted = next(((one, other) for one, other in pairs if one != other), ("the end of the text", right[-1]))
    return f"{within(found, LONGEST_LINE)!r} stands where the release gives {within(wanted, LONGEST_LINE)!r}"


def _check_sizes(body: str, contents: Contents) -> Iterator[Told]:
    """Check the numbers of rows that tables of the card's text state for a config and a split."""
    rows = {(part.name, split.name): split.rows for part in contents.configs for split in part.splits}
    for match in _ROW.finditer(body):
        place = match["config"], match["split"]
        if place in rows:
            told = int(match["rows"].replace(",", ""))
            same = told == rows[place]
            yield 1 if same else unsound(CARD, f"{place[0]}, {place[1]}: the text says {told} rows, not {rows[place]}")


DOCUMENT = Document("card", (CARD,), _write, _check, follows=("datasheet", "license", "report"), quick=True)
