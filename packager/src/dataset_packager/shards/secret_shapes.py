"""Keys, tokens and, by choice, personal data in rows: shapes that are known, found without printing what was found.

Issuers give their tokens fixed beginnings so that they can be found. A column's bytes are searched for all of them
first, which costs next to nothing; only a column that has one is looked at value by value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.columns.arrow import items_of, stored_as
from dataset_packager.columns.fast.needles import FEWEST_BYTES, needles
from dataset_packager.columns.metadata import shown_name
from dataset_packager.shards.secret_catalogue import Catalogue, found_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataset_packager.columns.fast.needles import Needles


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


def secrets_found(table: pa.Table, searched: Sequence[Shape | Catalogue]) -> Iterator[tuple[int, str, str]]:
    """Yield the row, the column's path and the kind of each secret in a table.

    What the catalogue finds where a shape was found is the same and isn't told again.
    """
    shapes = tuple(each for each in searched if isinstance(each, Shape))
    sure = tuple(each for shape in shapes for each in shape.sure)
    compiled = needles(tuple(each for each in sure if len(each) >= FEWEST_BYTES))
    search = _Search(shapes, sure, compiled, is_wide=len(shapes) < len(searched))
    for name in table.column_names:
        begin = 0
        for part in table.column(name).chunks:
            yield from search.found(part, shown_name(name), range(begin, begin + len(part)))
            begin += len(part)


@dataclass(frozen=True, slots=True)
class _Search:
    """What is searched for in columns: shapes, and if it ``is_wide`` all that the catalogue knows.

    Of what the shapes are ``sure`` to have, ``compiled`` looks for all that is long enough, where there is a kernel.
    """

    shapes: tuple[Shape, ...]
    sure: tuple[bytes, ...]
    compiled: Needles | None
    is_wide: bool

    def found(self, array: pa.Array, path: str, rows: Sequence[int]) -> Iterator[tuple[int, str, str]]:
        """Yield the row, the path and the kind of each secret; ``rows`` has the table's row of each value."""
        array = stored_as(array)
        kind = array.type
        if pa.types.is_list(kind):
            if self._may_hold(items_of(array)):
                lengths = [0 if length is None else length for length in array.value_lengths().to_pylist()]
                inner = [row for row, length in zip(rows, lengths, strict=True) for _ in range(length)]
                yield from self.found(items_of(array), f"{path}[]", inner)
        elif pa.types.is_struct(kind):
            for field, child in zip(kind, array.flatten(), strict=True):
                yield from self.found(child, f"{path}.{shown_name(field.name)}", rows)
        elif pa.types.is_string(kind):
            known = list(self._shaped(array))
            yield from ((rows[place], path, name) for place, name in known)
            if self.is_wide:
                places = {place for place, _ in known}
                more = found_in(array.to_pylist())
                yield from ((rows[place], path, name) for place, name in more if place not in places)

    def _may_hold(self, array: pa.Array) -> bool:
        """Say whether any text in an array has a secret, or what one surely has."""
        array = stored_as(array)
        kind = array.type
        if pa.types.is_list(kind):
            return self._may_hold(items_of(array))
        if pa.types.is_struct(kind):
            return any(map(self._may_hold, array.flatten()))
        if not pa.types.is_string(kind):
            return False
        return self.is_wide or self._holds_any(array)

    def _shaped(self, array: pa.Array) -> Iterator[tuple[int, str]]:
        """Yield the place of each text that has a shape, and the shape's name."""
        if not self.shapes or not self._holds_any(array):
            return
        patterns = [(shape, re.compile(shape.pattern)) for shape in self.shapes]
        likely = pc.fill_null(pc.match_substring_regex(array, self._beginnings()), fill_value=False)
        for place in pc.indices_nonzero(likely).to_pylist():
            text = array[place].as_py()
            for shape, pattern in patterns:
                if any(each.decode() in text for each in shape.sure) and pattern.search(text):
                    yield place, shape.name

    def _beginnings(self) -> str:
        return "|".join(re.escape(each.decode()) for each in self.sure)

    def _holds_any(self, texts: pa.Array) -> bool:
        """Say whether the bytes of an array of texts have what some shape surely has."""
        if self.compiled is None:  # one pass over them, ten times as fast as one for each
            whole = pa.array([_bytes(texts)], pa.binary())
            return bool(pc.match_substring_regex(whole, self._beginnings())[0].as_py())
        if self.compiled.held_by(texts):
            return True
        short = [each for each in self.sure if len(each) < FEWEST_BYTES]
        return bool(short) and any(map(_bytes(texts).__contains__, short))


def _bytes(array: pa.Array) -> bytes:
    """Return the bytes of all texts of an array."""
    _, offsets, data = array.buffers()
    if data is None or not len(array):
        return b""
    ends = memoryview(offsets).cast("i")
    return bytes(memoryview(data)[ends[array.offset] : ends[array.offset + len(array)]])
