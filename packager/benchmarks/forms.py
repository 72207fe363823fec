"""What files the records of a benchmark come in: JSON Lines, CSV, Parquet, or JSON Lines that name pictures.

Each of these writes files into a folder until they have so many bytes together, and returns the bytes and the records.
"""

from __future__ import annotations

import json
import math
import random
import struct
import zlib
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PICTURE = 100_000  # bytes
GROUP = 128  # blocks of records in a row group
_TYPES = {"integer": pa.int64(), "number": pa.float64(), "string": pa.string(), "boolean": pa.bool_()}


def lines(folder: Path, _: Path, blocks: Iterator[bytes], each: int, files: int) -> tuple[int, int]:
    """Write files of whole lines, each as soon as it has ``each`` bytes."""
    total = records = 0
    rest = b""
    for number in range(files):
        with (folder / f"part-{number:03}.jsonl").open("wb") as file:
            left = each
            while left > 0:
                text = rest or next(blocks)
                end = text.find(b"\n", left - 1) + 1 or len(text)
                file.write(text[:end])
                records += text.count(b"\n", 0, end)
                total, left, rest = total + end, left - end, text[end:]
    return total, records


def csv(folder: Path, schema: Path, blocks: Iterator[bytes], size: int, _: int) -> tuple[int, int]:
    """Write one file of CSV; what a record lacks is an empty cell."""
    records, kind = 0, _arrow_schema(schema)
    with (folder / "part-000.csv").open("wb") as file, pa_csv.CSVWriter(file, kind) as writer:
        while file.tell() < size:
            rows = _rows(next(blocks), kind)
            writer.write_table(rows)
            records += rows.num_rows
        written = file.tell()
    return written, records


def parquet(folder: Path, schema: Path, blocks: Iterator[bytes], size: int, _: int) -> tuple[int, int]:
    """Write one file of Parquet; what a record lacks is null."""
    records, kind = 0, _arrow_schema(schema)
    group = GROUP if size > 10**6 else 1
    with (folder / "part-000.parquet").open("wb") as file, pq.ParquetWriter(file, kind) as writer:
        while file.tell() < size:
            rows = pa.concat_tables([_rows(next(blocks), kind) for _ in range(group)])
            writer.write_table(rows)
            records += rows.num_rows
    return (folder / "part-000.parquet").stat().st_size, records


def pictures(folder: Path, _: Path, blocks: Iterator[bytes], size: int, __: int) -> tuple[int, int]:
    """Write pictures of 100 kB, and the records that name them; the bytes are those of the pictures."""
    total, records, each = 0, 0, min(PICTURE, size // 4)
    with (folder / "metadata.jsonl").open("wb") as file:
        while total < size:
            for line in next(blocks).splitlines(keepends=True):
                name = orjson.loads(line)["file_name"]
                total += (folder / name).write_bytes(_picture(each, records))
                file.write(line)
                records += 1
                if total >= size:
                    break
    return total, records


def _picture(size: int, seed: int) -> bytes:
    """Return a PNG of grey noise that has about ``size`` bytes, the same each time."""
    side = math.isqrt(size)
    rows = random.Random(seed)  # noqa: S311 - the same each time
    noise = b"".join(b"\0" + rows.randbytes(side) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(noise, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def _arrow_schema(schema: Path) -> pa.Schema:
    members = json.loads(schema.read_text("utf-8"))["properties"]
    return pa.schema([(name, _TYPES[told["type"]]) for name, told in members.items()])


def _rows(block: bytes, kind: pa.Schema) -> pa.Table:
    records: list[dict[str, Any]] = [orjson.loads(line) for line in block.splitlines()]
    return pa.table([pa.array([record.get(name) for record in records], kind.field(name).type) for name in kind.names],
                    kind)  # fmt: skip


FORMS: dict[str, tuple[str, Callable[[Path, Path, Iterator[bytes], int, int], tuple[int, int]]]] = {
    "jsonl": ("jsonl", lines),
    "csv": ("csv", csv),
    "parquet": ("parquet", parquet),
    "pictures": ("jsonl", pictures),
}
"""By name: how the files of records end, and what writes them from blocks of lines of JSON."""
