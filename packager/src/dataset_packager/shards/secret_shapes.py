"""Keys, tokens and, by choice, personal data in rows: shapes that are known, found without printing what was found.

Issuers give their tokens fixed beginnings so that they can be found. A column's bytes are searched for these beginnings
first, which costs next to nothing; only a column that has one is looked at value by value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.arrow import items_of, stored_as
from dataset_packager.columns.metadata import shown_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of secret: its name, what every one of it has, and a pattern that matches it whole."""

    name: str
    sure: tuple[bytes, ...]
    pattern: str


# As their issuers document them, taken over 2026-11-28; a word boundary on both sides keeps longer words out.
SECRETS = (
    Shape("an AWS access key id", (b"AKIA", b"ASIA"), r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    Shape("a GitHub token", (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"), r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b"),
    Shape("a GitHub token", (b"github_pat_",), r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b"),
    Shape("a GitLab token", (b"glpat-",), r"\bglpat-[A-Za-z0-9_-]{20,}"),
    Shape("a Hugging Face token", (b"hf_",), r"\bhf_[A-Za-z]{34}\b"),
    Shape("a Slack token", (b"xoxb-", b"xoxp-", b"xoxa-", b"xoxr-"), r"\bxox[abpr]-[0-9A-Za-z-]{20,}"),
    Shape("a Stripe key", (b"sk_live_", b"rk_live_"), r"\b[rs]k_live_[0-9A-Za-z]{20,}\b"),
    Shape("a Google API key", (b"AIza",), r"\bAIza[0-9A-Za-z_-]{35}\b"),
    Shape("an OpenAI key", (b"sk-proj-", b"T3BlbkFJ"), r"\bsk-(?:proj-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}"),
    Shape("an Anthropic key", (b"sk-ant-",), r"\bsk-ant-[a-z0-9]+-[A-Za-z0-9_-]{80,}"),
    Shape("a PyPI token", (b"pypi-AgE",), r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    Shape("an npm token", (b"npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
    Shape("a private key", (b"PRIVATE KEY-----",), r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    Shape("a signed web token", (b"eyJ",), r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
)
PERSONAL = (
    Shape("an e-mail address", (b"@",), r"\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b"),
    Shape("a phone number", (b"+",), r"(?<![\w+])\+[1-9](?:[ .()/-]{0,2}[0-9]){7,14}\b"),
)


def shapes_found(table: pa.Table, shapes: Sequence[Shape]) -> Iterator[tuple[int, str, str]]:
    """Yield the row, the column's path and the kind of each secret in a table."""
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        parts = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
        begin = 0
        for part in parts:
            rows = range(begin, begin + len(part))
            yield from _found(part, shown_name(name), rows, shapes)
            begin += len(part)


def _found(array: pa.Array, path: str, rows: Sequence[int], shapes: Sequence[Shape]) -> Iterator[tuple[int, str, str]]:
    """``rows`` has the table's row of each value."""
    array = stored_as(array)
    kind = array.type
    if pa.types.is_list(kind):
        if _may_hold(items_of(array), shapes):
            lengths = [0 if length is None else length for length in array.value_lengths().to_pylist()]
            inner = [row for row, length in zip(rows, lengths, strict=True) for _ in range(length)]
            yield from _found(items_of(array), f"{path}[]", inner, shapes)
    elif pa.types.is_struct(kind):
        for field, child in zip(kind, array.flatten(), strict=True):
            yield from _found(child, f"{path}.{shown_name(field.name)}", rows, shapes)
    elif pa.types.is_string(kind):
        data = _bytes(array)
        if _holds_any(data, shapes):
            wanted = [shape for shape in shapes if any(each in data for each in shape.sure)]
            patterns = [(shape.name, re.compile(shape.pattern)) for shape in wanted]
            for row, text in zip(rows, array.to_pylist(), strict=True):
                for name, pattern in patterns:
                    if text and pattern.search(text):
                        yield row, path, name


def _may_hold(array: pa.Array, shapes: Sequence[Shape]) -> bool:
    """Say whether any text in an array has what some shape surely has."""
    array = stored_as(array)
    kind = array.type
    if pa.types.is_list(kind):
        return _may_hold(items_of(array), shapes)
    if pa.types.is_struct(kind):
        return any(_may_hold(child, shapes) for child in array.flatten())
    if not pa.types.is_string(kind):
        return False
    return _holds_any(_bytes(array), shapes)


def _holds_any(data: bytes, shapes: Sequence[Shape]) -> bool:
    """Say whether bytes have what some shape surely has; one pass over them, ten times as fast as one for each."""
    beginnings = "|".join(re.escape(each.decode()) for shape in shapes for each in shape.sure)
    whole = pa.array([data], pa.binary())
    return bool(pc.match_substring_regex(whole, beginnings)[0].as_py())


def _bytes(array: pa.Array) -> bytes:
    """Return the bytes of all texts of an array."""
    _, offsets, data = array.buffers()
    if data is None or not len(array):
        return b""
    ends = memoryview(offsets).cast("i")
    return bytes(memoryview(data)[ends[array.offset] : ends[array.offset + len(array)]])
