"""One function for each entrance through which strangers' bytes come in; it raises where something doesn't hold."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import format_path, parse_path
from dataset_packager.base.text import printable, quoted, shown, visible
from dataset_packager.documents.markdown import code, escape
from dataset_packager.documents.safe_yaml import safe_yaml
from dataset_packager.project.config import Limits
from dataset_packager.project.read_config import build_config
from dataset_packager.records.formats.interface import Reading
from dataset_packager.records.other_kind import packed_otherwise, written_otherwise
from dataset_packager.records.pieces import Scan, scan
from dataset_packager.records.reader import read_records
from dataset_packager.records.strict_json import LineError, parse
from dataset_packager.release.bag import manifest, parse_manifest

from .grammars import footers, layouts, queries

if TYPE_CHECKING:
    from dataset_packager.records.formats.interface import Raw

LIMITS = Limits(line_bytes=100_000, depth=128, expansion=1000)
CODES = {"json", "encoding", "duplicate-name", "range", "too-deep"}


def line(data: bytes) -> None:
    """A record that is read is what the standard library reads; anything else is a finding with a known code."""
    try:
        value = parse(data)
    except LineError as error:
        told = error
    else:
        assert same(value, json.loads(data))
        return
    assert told.code in CODES
    assert told.message


def same(one: Any, other: Any) -> bool:
    """Say whether two JSON values are the same, numbers to their type and sign."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and repr(one) == repr(other)


def lines(data: bytes) -> None:
    """Every line that isn't blank is yielded once, under its number, whatever the pieces that the file is cut into.

    But a file that is of another kind as a whole has one finding.
    """
    expected = [(n, part) for n, part in enumerate(data.split(b"\n"), 1) if part.strip(b" \t\r\n")]
    for target in (1, 7, 10**6):
        taken = _read("x.jsonl", data, target)
        if packed_otherwise("x.jsonl", data) or written_otherwise("x.jsonl", data):
            assert [len(raw.problems) for raw in taken] == [1], "a file of another kind is told of once"
        else:
            assert [(raw.line, raw.data) for raw in taken] == expected


def document(data: bytes) -> None:
    """A file that is an array of records gives these records; any other is one record, or has a finding."""
    taken = _read("x.json", data, 10**6)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    values = value if isinstance(value, list) else [value]
    if not any(raw.problems for raw in taken):
        assert [json.loads(raw.data) for raw in taken] == values or repr(values).count("nan")


def compressed(data: bytes) -> None:
    """Bytes that are no compressed file, or half of one, are a finding."""
    for name in ("x.jsonl.gz", "x.json.zst"):
        _read(name, data, 10**6)


def cells(data: bytes) -> None:
    """Rows of any bytes, cut anywhere, are the same records and findings, one for each row."""
    found = [_read("x.csv", data, target, _ANYTHING) for target in (10**6, 1, 9)]
    assert found[0] == found[1] == found[2]


def rows(data: bytes) -> None:
    """Bytes that are no Parquet or Arrow, or whose footer lies, are a finding."""
    for name, magic in (("x.parquet", b"PAR1"), ("x.arrow", b"ARROW1\0\0")):
        _read(name, magic + data + len(data).to_bytes(4, "little") + magic[:4], 10**6)


class _Anything:
    """The type of a value of which nothing is known."""

    kinds = frozenset(("null", "boolean", "integer", "number", "string", "array", "object"))
    members: tuple[str, ...] = ()

    def member(self, _: str) -> tuple[_Anything, bool]:
        return self, False

    def item(self) -> _Anything:
        return self


_ANYTHING = Reading(type=_Anything())


def _read(name: str, data: bytes, target: int, reading: Reading | None = None) -> list[Raw]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        pieces = scan(Scan(Path(folder), name, target)).pieces
        return [raw for piece in pieces for raw in read_records(Path(folder), piece, LIMITS, reading)]


def configuration(data: bytes) -> None:
    """A configuration is taken, or refused with a set-up error."""
    with contextlib.suppress(SetupError, ValueError, RecursionError):  # the last two: no TOML, as load_config says
        build_config(Path(), tomllib.loads(data.decode("utf-8")))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        self.found.append(tag)

    def handle_comment(self, data: str) -> None:
        self.found.append(data)


def markdown(data: bytes) -> None:
    """A value in a document stays one line of text: no markup, no tag, no cell, nothing that a terminal acts on."""
    text = data.decode("utf-8", "replace")
    escaped, span = escape(text), code(text)
    for each in (escaped, span):
        assert each.isprintable()
        assert "\n" not in each
    tags = _Tags()
    tags.feed(escaped)
    tags.close()
    assert not tags.found
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_\[\]`|]", escaped)
    assert not re.match(r"(?:#{1,6}|[-+*>]|\d{1,9}[.)])(?:\s|$)", escaped)
    assert not re.search(r"(?<!\\)\|", span)
    if span.startswith("`"):
        ticks = re.match("`+", span)
        assert ticks
        assert ticks[0] not in re.findall("`+", span[len(ticks[0]) : -len(ticks[0])])


def terminal(data: bytes) -> None:
    """What is printed moves no cursor, and reading it back gives what was there."""
    text = data.decode("utf-8", "surrogateescape")
    assert printable(text).isprintable()
    assert visible(text).isprintable()
    assert quoted(text).isprintable()
    assert shown({text: [text]}).isprintable()


def columns(data: bytes) -> None:
    """A path of a column is refused, or comes back when it is written and read again."""
    try:
        path = parse_path(data.decode("utf-8", "replace"))
    except SetupError:
        return
    assert parse_path(format_path(path)) == path


def manifests(data: bytes) -> None:
    """A manifest is refused, or comes back when it is written and read again."""
    try:
        hashes = parse_manifest(data.decode("utf-8", "replace"))
    except ValueError:
        return
    assert parse_manifest(manifest(hashes)) == hashes


def yaml(data: bytes) -> None:
    """A card's YAML gives plain values, or is refused."""
    try:
        safe_yaml(data.decode("utf-8", "replace"))
    except ValueError:
        return


TARGETS = (
    line, lines, document, compressed, cells, rows, configuration, markdown, terminal, columns, manifests, yaml,
    layouts, footers, queries,
)  # fmt: skip
