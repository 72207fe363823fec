"""Writing Parquet so that the same rows give the same bytes.

Rows are cut into row groups of a fixed number, each written by one call under one schema, however they came in.
The footer says which features the rows have and where they come from.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_packager.digest import ContentDigest
from dataset_packager.files import durable
from dataset_packager.results import WrittenShard
from dataset_packager.tally import Tallies

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping
    from pathlib import Path

FOOTER_FEATURES = b"huggingface"
FOOTER_PROVENANCE = b"provenance"
GROUP_BYTES = 32 * 2**20
SAMPLE_BYTES = 2**20
LEAST_ROWS, MOST_ROWS = 128, 131_072
PARQUET = {
    "compression": "zstd",
    "write_page_index": True,
    "use_content_defined_chunking": True,
}


class GroupSize:
    """The number of rows in each row group of a shard, from the lengths of its first records.

    It is the power of two at which a group holds about ``GROUP_BYTES`` of input; it depends on the input alone.
    """

    def __init__(self) -> None:
        self._rows = self._bytes = 0

    @property
    def known(self) -> bool:
        """Whether enough records have been seen."""
        return self._bytes >= SAMPLE_BYTES

    def feed(self, length: int, rows: int = 1) -> None:
        """Take note of the length in bytes of a record, or of some, while there is need for it."""
        if not self.known:
            self._rows += rows
            self._bytes += length

    @property
    def rows(self) -> int:
        """Rows in a group, from what has been seen so far."""
        fitting = GROUP_BYTES * self._rows // max(self._bytes, 1)
        power: int = 1 << (max(fitting, 1).bit_length() - 1)
        return min(max(power, LEAST_ROWS), MOST_ROWS)


def text_leaves(schema: pa.Schema) -> Iterator[str]:
    """Yield the Parquet paths of the leaf columns that hold strings."""
    todo = [(field.name, field.type) for field in reversed(schema)]
    while todo:
        path, kind = todo.pop()
        if pa.types.is_list(kind):
            todo.append((f"{path}.list.element", kind.value_type))
        elif pa.types.is_struct(kind):
            todo.extend((f"{path}.{kind.field(n).name}", kind.field(n).type) for n in reversed(range(kind.num_fields)))
        elif pa.types.is_string(kind):
            yield path


class ShardWriter:
    """One Parquet file in the making, which appears under its name when it is finished.

    ``content`` names the columns that the content digest covers, which are all but the row provenance. Strings
    are written with a dictionary, but for the leaves in ``unrepeated``; numbers never: that takes time and more room.
    """

    def __init__(
        self, path: Path, schema: pa.Schema, features: bytes, content: list[str], unrepeated: Container[str] = ()
    ) -> None:
        self._path, self._stack = path, ExitStack()
        self._file = self._stack.enter_context(durable(path))
        self._schema = schema.with_metadata({FOOTER_FEATURES: features})
        repeated = [leaf for leaf in text_leaves(schema) if leaf not in unrepeated]
        self._writer = pq.ParquetWriter(self._file, self._schema, use_dictionary=repeated or False, **PARQUET)
        self._content = content
        covered = pa.schema([schema.field(name) for name in content])
        self._digest, self._tallies = ContentDigest(covered), Tallies(covered)
        self._pending: list[pa.Table] = []
        self.rows = self._waiting = 0

    def add(self, table: pa.Table) -> None:
        """Take rows, in order."""
        self._pending.append(table.cast(self._schema))  # whole: of a part of a struct with a null column, cast fails
        self.rows += table.num_rows
        self._waiting += table.num_rows

    def drain(self, group_rows: int, *, last: bool = False) -> None:
        """Write the row groups that are full, and with ``last`` the remaining rows too."""
        if self._waiting < group_rows and not last:
            return
        table = pa.concat_tables(self._pending).combine_chunks() if self._pending else self._schema.empty_table()
        begin = 0
        while table.num_rows - begin >= group_rows or (last and begin < table.num_rows):
            self._write(table.slice(begin, group_rows))
            begin += group_rows
        rest = table.slice(begin)
        self._pending, self._waiting = ([rest] if rest.num_rows else []), rest.num_rows

    def _write(self, group: pa.Table) -> None:
        group = group.combine_chunks()
        covered = group.select(self._content)
        self._digest.update(covered)
        self._tallies.update(covered)
        self._writer.write_table(group, row_group_size=group.num_rows)

    def finish(self, group_rows: int, footer: Mapping[str, Any]) -> WrittenShard:
        """Write what remains and close the file with ``footer``, rows and content digest as its provenance."""
        self.drain(group_rows, last=True)
        content = self._digest.hexdigest()
        text = json.dumps({**footer, "content_digest": content, "rows": self.rows}, sort_keys=True, ensure_ascii=False)
        self._writer.add_key_value_metadata({FOOTER_PROVENANCE: text.encode("utf-8")})
        self._writer.close()
        self._stack.close()
        return WrittenShard(
            self._path.name, self._file.sha256, self._file.size, self.rows, content, self._tallies.found
        )
