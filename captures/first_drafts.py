"""Scaffolding: the first drafts of a new document, and finding spans for the words that an annotator quotes.

Drafts quote their capture. They are kept in a folder that git ignores; only the records that are resolved from them go
into the project.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from captures.drafts import resolve, resolve_partition
from captures.load_rows import captures_config, read_lines
from captures.locators import LocatorError, locator, occurrences, read_capture
from dataset_packager.base.files import failures, make_folder, write_text
from dataset_packager.base.findings import SetupError
from dataset_packager.base.paths import LIST
from dataset_packager.schemas import load_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from captures.config import CapturesConfig
    from dataset_packager.base.paths import ColumnPath
    from dataset_packager.project.config import Config

OTHER = "chrome"  # the first guess for a block that isn't a paragraph; an annotator corrects it
_BLOCK = re.compile(r"\S[^\n]*")
_PARAGRAPH = 80  # code points of a line that is long enough to be one, if it ends as a sentence does
_SENTENCE_END = re.compile(r"[.!?…][\"”’»)\]]*\s*$")


def scaffold(config: Config, capture: Path, document: str, out: Path) -> list[Path]:
    """Write the first drafts of a new document into the folder ``out`` and return their paths.

    The draft of its row has the captured file's name, hash and sizes; the draft of its partition has a segment for each
    paragraph and a guess at its label; every other table with locators has a record with empty members to copy.

    Raises:
        SetupError: the capture isn't UTF-8, or ``out`` has drafts already.
        EnvironmentFailure: the capture can't be read, or ``out`` can't be written to.
    """
    known = captures_config(config)
    text = _text(capture)
    if out.exists() and any(out.iterdir()):
        raise SetupError(f"{out}: holds files already: name a new folder for the drafts")
    make_folder(out)
    write_text(out / ".gitignore", "*\n")
    drafts = {known.documents.table: [_document(config, known, capture, text, document)]}
    drafts[known.partition.table] = list(draft_partition(text, document, known))
    own = {item.table: item for item in reversed(known.locators) if LIST not in item.document}
    for table, columns in sorted(own.items()):
        if table in drafts:
            continue
        record = _empty(config, table)
        _set(record, columns.document, document)
        drafts[table] = [_with_span(record) if () in columns.paths else record]
    return [_write(out, table, rows) for table, rows in drafts.items()]


def _text(capture: Path) -> str:
    with failures(capture):
        try:
            return read_capture(capture)
        except UnicodeDecodeError as error:
            raise SetupError(f"{capture}: not UTF-8: {error.reason} at byte {error.start}") from error


def _write(out: Path, table: str, rows: Iterable[Mapping[str, Any]]) -> Path:
    path = out / f"{table}.jsonl"
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path


def _empty(config: Config, table: str) -> dict[str, Any]:
    """Return a record with all members that the table's schema names: lists empty, everything else null."""
    document = load_schema(config.project, config.table[table].schema).document
    members = document.get("properties", {}) if isinstance(document, dict) else {}
    return {name: [] if schema.get("type") == "array" else None for name, schema in members.items()}


def _with_span(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record that is itself a locator, with a member in its place that says which words it covers."""
    return {"span": {"find": ""}} | {name: value for name, value in record.items() if name not in locator("x", 0, 1)}


def _document(config: Config, known: CapturesConfig, capture: Path, text: str, document: str) -> dict[str, Any]:
    columns = known.documents
    data = text.encode("utf-8")
    record = _empty(config, columns.table)
    facts = {
        columns.id: document,
        columns.file_name: capture.name,
        columns.sha256: hashlib.sha256(data).hexdigest(),
        columns.bytes: len(data),
        columns.characters: len(text),
    }
    for path, value in facts.items():
        if path is not None:
            _set(record, path, value)
    return record


def _set(record: dict[str, Any], path: ColumnPath, value: Any) -> None:
    """Set the member at a path through objects, and make those that are missing on the way."""
    *parents, last = (str(step) for step in path)
    for name in parents:
        if record.get(name) is None:
            record[name] = {}
        record = record[name]
    record[last] = value


def draft_partition(text: str, document: str, config: CapturesConfig) -> Iterator[dict[str, Any]]:
    """Yield the draft of a partition: a segment for each paragraph, one for each run of other lines.

    Each row says with which words it begins, as many as are needed to find the place behind the row before it.
    """
    body = min(config.partition.body)
    cursor, former = 0, None
    for line in _BLOCK.finditer(text):
        label = body if _is_paragraph(line[0]) else OTHER
        if label == OTHER and former == OTHER:
            continue
        start = 0 if former is None else line.start()
        begins = _beginning(text, start, line.end(), cursor)
        cursor, former = start + len(begins), label
        row: dict[str, Any] = {}
        _set(row, config.partition.document, document)
        row["begins"] = begins
        _set(row, config.partition.label, label)
        yield row


def _is_paragraph(line: str) -> bool:
    return len(line) >= _PARAGRAPH and _SENTENCE_END.search(line) is not None


def _beginning(text: str, start: int, end: int, cursor: int) -> str:
    """Return the shortest run of whole words at ``start`` that isn't found between ``cursor`` and there."""
    for match in re.finditer(r"\S+(?=\s|$)", text[start:end]):
        begins = text[start : start + match.end()]
        if text.find(begins, cursor) == start:
            return begins
    return text[start:end]


def locate(capture: Path, words: str, *, to: str | None = None, after: str | None = None) -> list[dict[str, Any]]:
    """Return the locators of every place where ``words`` stand in the capture, in order.

    Args:
        capture: the captured file.
        words: the words, exactly as they are printed.
        to: the last words of the span, where ``words`` only begin it.
        after: words behind whose first occurrence is searched.

    Raises:
        LocatorError: the words stand nowhere.
        EnvironmentFailure: the capture can't be read.
    """
    text = _text(capture)
    rest = {name: value for name, value in {"after": after}.items() if value is not None}
    span = {"find": words} if to is None else {"from": words, "to": to}
    begin = text.find(after) + len(after) if after and after in text else 0
    count = sum(1 for _ in occurrences(text, words, begin))
    return [resolve({**span, **rest, "nth": nth}, text) for nth in range(1, max(count, 1) + 1)]


def resolve_file(capture: Path, drafts: Path, *, partition: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the records that a file of drafts (JSON Lines) stands for; every draft that can't be resolved is named.

    Raises:
        LocatorError: words stand nowhere, or more than once; all such drafts are named by line.
        SetupError: a line isn't JSON, or the capture isn't UTF-8.
        EnvironmentFailure: a file can't be read.
    """
    text = _text(capture)
    rows = read_lines(drafts.parent, drafts.name)
    if partition:
        yield from resolve_partition([dict(row.record) for row in rows], text)
        return
    wrong = []
    for row in rows:
        try:
            yield resolve(dict(row.record), text)
        except LocatorError as error:
            wrong.append(f"{row.file}:{row.line}: {error}")
    if wrong:
        raise LocatorError("\n".join(wrong))
