"""CSV (RFC 4180): a file for each table and view, with a header, in UTF-8.

Objects and lists are JSON text. Null is an empty cell; where a text of the table is empty, null is a word that no text
of it is, so that both are told apart: ``datapackage.json`` names it.
"""

from __future__ import annotations

import csv
import io
from functools import partial
from itertools import chain, count
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.base.files import durable, make_folder
from dataset_packager.documents.exports.interface import Export
from dataset_packager.documents.exports.plain_rows import plain_rows, scalars

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dataset_packager.documents.exports.interface import Writer
    from dataset_packager.documents.exports.plain_rows import PlainRows
    from dataset_packager.documents.release_facts import Facts

FOLDER = "exports/csv/"


def csv_lines(rows: PlainRows) -> Iterator[bytes]:
    """Yield a table as CSV, in pieces that end with a line."""
    null = null_word(rows)
    yield _written([rows.schema.names])
    for table in rows.batches():
        columns = [_cells(field, column, null) for field, column in zip(rows.schema, table.columns, strict=True)]
        yield _written(zip(*columns, strict=True))


def null_word(rows: PlainRows) -> str:
    """Return how null is written: the first of nothing, ``NULL``, ``NULL_1``, … that no text of the table is."""
    texts = [number for number, field in enumerate(rows.schema) if pa.types.is_string(field.type)]
    for word in chain(["", "NULL"], (f"NULL_{number}" for number in count(1))):
        if not any(_stands(word, table.column(number)) for table in rows.batches() for number in texts):
            return word
    raise AssertionError  # words never end


def _stands(word: str, column: pa.ChunkedArray) -> bool:
    return bool(pc.any(pc.equal(column, word)).as_py())


def _cells(field: pa.Field, column: pa.ChunkedArray, null: str) -> list[Any]:
    values = scalars(field, column)
    if pa.types.is_boolean(field.type):
        values = [None if value is None else "true" if value else "false" for value in values]
    return [null if value is None else value for value in values]


def _written(rows: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8")


def write_csv(rows: PlainRows, path: Path) -> None:
    """Write a table to a file."""
    make_folder(path.parent)
    with durable(path) as file:
        for lines in csv_lines(rows):
            file.write(lines)


def _in_release(facts: Facts) -> dict[str, Writer]:
    return {f"{FOLDER}{name}.csv": partial(write_csv, rows) for name, rows in plain_rows(facts).items()}


def _beside(facts: Facts, folder: Path) -> None:
    for name, rows in plain_rows(facts).items():
        write_csv(rows, folder / f"{name}.csv")


EXPORT = Export("csv", "a folder with a CSV file a table", (f"{FOLDER}*.csv",), _in_release, _beside, is_folder=True)
